import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { stackNames } from "../../../tools/stack-config.ts";

/* What this cannot prove: that GitHub runs them. It checks what a review would otherwise have to. */

const root = path.join(import.meta.dirname, "../../..");
const folder = path.join(root, ".github/workflows");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

interface Step {
  uses?: string;
  run?: string;
  with?: Record<string, string>;
}

interface Job {
  if?: string;
  "runs-on": string;
  steps: Step[];
  permissions?: Record<string, string>;
  strategy?: { matrix: { stack: string[] } };
  "timeout-minutes"?: number;
}

interface Workflow {
  on: Record<string, { inputs?: { stack: { options: string[] } } } | null>;
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
    expect(granted).to.deep.equal([{ contents: "read", "pull-requests": "write" }]);
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

  it("run only npm scripts there are", () => {
    const called = steps.flatMap(({ run }) => [...(run ?? "").matchAll(/npm (?:run )?(test|e2e|\w+)$/gm)]);
    const scripts = called.map(([, name]) => name).filter((name) => name !== "ci");
    expect(new Set(scripts)).to.deep.equal(new Set(["test", "e2e"]));
    expect(manifest.scripts).to.include.keys("test", "e2e");
  });

  it("run the embedded cluster only on a runner that was named for it", () => {
    const { unit, e2e } = workflows["test.yml"]?.jobs ?? {};
    expect(unit).not.to.have.property("if");
    expect(e2e?.if).to.equal("vars.E2E_RUNNER != ''");
    expect(e2e?.["runs-on"].replace(/[${} ]/g, "")).to.equal("vars.E2E_RUNNER");
  });

  it("preview and deploy stacks there are, with the CLI of the SDK's version", () => {
    const previewed = workflows["preview.yml"]?.jobs.preview?.strategy?.matrix.stack;
    const deployed = workflows["deploy.yml"]?.on.workflow_dispatch?.inputs?.stack.options;
    expect(previewed).to.deep.equal(["dev", "prod"]).and.to.deep.equal(deployed);
    expect(stackNames()).to.include.members(previewed ?? []);
    const engines = steps.filter(({ uses }) => uses?.startsWith("pulumi/actions@"));
    expect(engines.map((step) => step.with?.command)).to.have.members(["preview", "up"]);
    for (const engine of engines) {
      expect(engine.with?.["pulumi-version"]).to.equal(manifest.dependencies["@pulumi/pulumi"]);
    }
  });
});
