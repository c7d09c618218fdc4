import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { packageVersion } from "../../../local/toolchain/cli.ts";
import { stackNames } from "../../../tools/stack-config.ts";

/* What this cannot prove: that GitHub runs them. It checks what a review would otherwise have to. */

const root = path.join(import.meta.dirname, "../../..");
const folder = path.join(root, ".github/workflows");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

interface Step {
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}

interface Job {
  if?: string;
  "runs-on": string;
  steps: Step[];
  permissions?: Record<string, string>;
  environment?: string | { name: string };
  strategy?: { matrix: { stack?: string; runner?: string[] } };
  "timeout-minutes"?: number;
}

interface Workflow {
  on: Record<string, { inputs?: { stack: { options: string[] } }; branches?: string[] } | null>;
  permissions: Record<string, string>;
  concurrency: { group: string; "cancel-in-progress": boolean };
  jobs: Record<string, Job>;
}

const read = (file: string) => parse(readFileSync(file, "utf8"));
const workflows = Object.fromEntries(
  readdirSync(folder).map((file) => [file, read(path.join(folder, file)) as Workflow]),
);
const prepare = read(path.join(root, ".github/actions/prepare/action.yml")) as { runs: { steps: Step[] } };
const jobs = Object.values(workflows).flatMap((workflow) => Object.values(workflow.jobs));
const steps = [...jobs.flatMap((job) => job.steps), ...prepare.runs.steps];

describe("workflows", () => {
  it("are test, preview and deploy", () => {
    expect(Object.keys(workflows).sort()).to.deep.equal(["deploy.yml", "preview.yml", "test.yml"]);
  });

  it("pin every action to a commit", () => {
    for (const { uses } of steps.filter((step) => step.uses !== undefined)) {
      if (uses?.startsWith("./"))
        expect(existsSync(path.join(root, uses, "action.yml")), uses).to.equal(true);
      else expect(uses).to.match(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
    }
  });

  it("may read the code and nothing else, but for the comment on a pull request", () => {
    for (const { permissions } of Object.values(workflows))
      expect(permissions).to.deep.equal({ contents: "read" });
    const granted = jobs.map(({ permissions }) => permissions).filter((given) => given !== undefined);
    // The first asks which environments there are.
    expect(granted).to.deep.equal([{ actions: "read" }, { contents: "read", "pull-requests": "write" }]);
  });

  it("test every pull request, also of forks, without any secret", () => {
    const { on, jobs: tests } = workflows["test.yml"] as Workflow;
    expect(on).to.deep.include({ pull_request: null, push: { branches: ["main"] } });
    expect(readFileSync(path.join(folder, "test.yml"), "utf8")).not.to.contain("secrets.");
    for (const [name, job] of Object.entries(tests))
      expect(job, name).not.to.have.any.keys("if", "environment");
    expect(Object.keys(tests)).to.deep.equal(["unit", "windows", "e2e", "docker"]);
  });

  it("give secrets to environments only, and prod's to a branch only where somebody must look at it first", () => {
    const preview = workflows["preview.yml"]?.jobs ?? {};
    expect(preview.stacks?.if)
      .to.contain("head.repo.full_name == github.repository")
      .and.to.contain("login != 'dependabot[bot]'");
    expect(preview.stacks?.steps[0]?.env?.FILTER).to.contain(
      '.name == "prod-preview" and any(.protection_rules[]; .type == "required_reviewers")',
    );
    expect(preview.preview?.if).to.equal("needs.stacks.outputs.found != '[]'");
    for (const job of jobs.filter(({ steps }) => JSON.stringify(steps).includes("secrets.")))
      expect(job.environment).not.to.equal(undefined);
  });

  it("deploy nothing by themselves where nobody asked for it", () => {
    expect(workflows["deploy.yml"]?.jobs.up?.if).to.equal(
      "github.event_name == 'workflow_dispatch' || vars.DEPLOY_DEV == 'true'",
    );
  });

  it("are kept fresh by Dependabot, but for what has to move together", () => {
    const { updates } = read(path.join(root, ".github/dependabot.yml"));
    const [actions, npm] = updates;
    expect(actions).to.deep.include({
      "package-ecosystem": "github-actions",
      directories: ["/", "/.github/actions/prepare"],
    });
    expect(npm["package-ecosystem"]).to.equal("npm");
    expect(npm.ignore[0]).to.deep.equal({ "dependency-name": "@pulumi/*" });
  });

  it("end in time and do not run against each other; an update is never cut off", () => {
    for (const job of jobs) expect(job["timeout-minutes"]).to.be.a("number");
    const cancel = Object.entries(workflows).map(([file, { concurrency }]) => [
      file,
      concurrency["cancel-in-progress"],
    ]);
    expect(Object.fromEntries(cancel)).to.deep.equal({
      "deploy.yml": false,
      "preview.yml": true,
      "test.yml": true,
    });
  });

  it("run only npm scripts there are, and install the packages once", () => {
    const called = steps.flatMap(({ run }) => [...(run ?? "").matchAll(/\bnpm (?:run )?(\w+)/g)]);
    const scripts = called.map(([, name]) => name ?? "");
    expect(new Set(scripts)).to.deep.equal(new Set(["ci", "test", "render", "e2e", "start", "stop"]));
    expect(scripts.filter((name) => name === "ci")).to.have.lengthOf(1);
    expect(manifest.scripts).to.include.keys(...scripts.filter((name) => name !== "ci"));
  });

  it("preview and deploy stacks there are, with the CLI of the SDK's version", () => {
    const deployed = workflows["deploy.yml"]?.on.workflow_dispatch?.inputs?.stack.options;
    expect(deployed).to.deep.equal(["dev", "prod"]);
    expect(stackNames()).to.include.members(deployed ?? []);
    const engines = steps.filter(({ uses }) => uses?.startsWith("pulumi/actions@"));
    expect(engines.map((step) => step.with?.command)).to.have.members(["preview", "up"]);
    for (const engine of engines) {
      expect(engine.with?.["pulumi-version"]).to.equal(packageVersion("pulumi"));
    }
  });
});
