import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { parseConfig } from "../../../stacks/config.ts";
import { generatedValue, recordResources } from "../../../tools/mocks.ts";
import { renderStack } from "../../../tools/render.ts";
import { readStackConfig } from "../../../tools/stack-config.ts";

const root = path.join(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "render-"));

interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  stringData?: Record<string, string>;
  spec?: { replicas?: number; template?: { spec: { containers: { image: string }[] } } };
}

/** Runs the command in a process of its own. */
async function render(...args: string[]) {
  const { stdout, stderr, exitCode } = await execa(process.execPath, ["tools/render.ts", ...args], {
    cwd: root,
    reject: false,
    timeout: 60_000,
    env: {
      NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
      // Each of the processes compiles the same SDK.
      NODE_COMPILE_CACHE: path.join(folder, "compiled"),
    },
  });
  return { stdout, stderr, exitCode };
}

const documents = (text: string): Manifest[] => parseAllDocuments(text).map((document) => document.toJS());
const identity = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;

describe("render", () => {
  after(() => rmSync(folder, { recursive: true }));

  it("prints prod as a stream of complete manifests and nothing else, the same every time", async () => {
    const [first, second] = await Promise.all([render("prod"), render("prod")]);
    expect(first).to.include({ exitCode: 0, stderr: "" });
    expect(first.stdout).to.equal(second.stdout);
    const manifests = documents(first.stdout);
    for (const manifest of manifests) {
      expect(manifest, identity(manifest)).to.include.keys("apiVersion", "kind", "metadata");
    }
    const expected = await renderStack(readStackConfig("prod"));
    expect(manifests).to.deep.equal(expected);
  });

  it("puts first what others need", async () => {
    const kinds = (await renderStack(readStackConfig("prod"))).map(({ kind }) => kind);
    expect(kinds[0]).to.equal("Namespace");
    for (const [earlier, later] of [
      ["CephFilesystem", "StorageClass"],
      ["StorageClass", "PersistentVolumeClaim"],
      ["NetworkPolicy", "StatefulSet"],
      ["Secret", "StatefulSet"],
      ["ConfigMap", "Job"],
      ["PersistentVolumeClaim", "StatefulSet"],
      ["StatefulSet", "Job"],
      ["Job", "Deployment"],
      ["Deployment", "HorizontalPodAutoscaler"],
    ] as const) {
      expect(kinds.lastIndexOf(earlier), `${earlier} before ${later}`)
        .to.be.greaterThan(-1)
        .and.below(kinds.indexOf(later));
    }
  });

  it("prints every object the program makes", async () => {
    const manifests = (await renderStack(readStackConfig("dev"))) as Manifest[];
    expect(manifests.map(identity)).to.include.members([
      "Namespace/kube-example",
      "PersistentVolumeClaim/mysql-pvc",
      "PersistentVolumeClaim/wordpress-pvc",
      "StatefulSet/wordpress-mysql",
      "Deployment/wordpress",
      "IngressRoute/wordpress-https",
      "IngressRoute/wordpress-http",
    ]);
    expect(new Set(manifests.map(identity)).size).to.equal(manifests.length);
  });

  it("names no owner, which would have another uid in a cluster", async () => {
    const jobs = (await renderStack(readStackConfig("dev"))).filter(({ kind }) => kind === "Job");
    expect(jobs.map(({ metadata }) => Object.keys(metadata).sort())).to.deep.equal([
      ["annotations", "labels", "name", "namespace"],
    ]);
  });

  describe("secrets", () => {
    it("are left out: no value of a Secret is in the output", async () => {
      const stack = readStackConfig("prod", ["site.adminUser=a-name-of-our-own"]);
      const manifests = (await renderStack(stack)) as Manifest[];
      const secrets = manifests.filter(({ kind }) => kind === "Secret");
      expect(secrets.map(({ metadata }) => metadata.name)).to.deep.equal([
        "wordpress-admin",
        "wordpress-cache-token",
        "wordpress-mysql",
        "wordpress-mysql-tls",
        "wordpress-salts",
      ]);
      for (const { stringData, ...rest } of secrets) {
        expect(rest).not.to.have.property("data");
        expect(new Set(Object.values(stringData ?? {}))).to.deep.equal(new Set(["(redacted)"]));
      }
    });

    it("show no generated value and no key anywhere, in plain or in base64", async () => {
      const { stdout } = await render("prod");
      expect(stdout).to.include("kind: Secret").and.not.to.include(generatedValue);
      expect(stdout).not.to.include(Buffer.from(generatedValue).toString("base64"));
      expect(stdout).not.to.include("PRIVATE KEY");
      // The program does make such values: the search could have found one.
      expect(await secretsMade())
        .to.include(generatedValue)
        .and.to.include("PRIVATE KEY");
    });

    async function secretsMade(): Promise<string> {
      const { Site } = await import("../../../stacks/site.ts");
      const { runtime } = await import("@pulumi/pulumi");
      const recorded = recordResources();
      new Site("wordpress", parseConfig(readStackConfig("prod")));
      await runtime.disconnect();
      return JSON.stringify(recorded);
    }
  });

  describe("--config", () => {
    it("overrides the stack's values", async () => {
      const { stdout, exitCode } = await render(
        "dev",
        ...["--config", "namespace=blog", "--config", "wordpress.image=wordpress:7.2.0-apache"],
        ...["--config", "wordpress.autoscaling.enabled=false", "--config", "wordpress.replicas=1"],
      );
      expect(exitCode).to.equal(0);
      const deployment = documents(stdout).find(({ kind }) => kind === "Deployment");
      expect(deployment?.metadata.namespace).to.equal("blog");
      expect(deployment?.spec?.replicas).to.equal(1);
      expect(deployment?.spec?.template?.spec.containers[0]?.image).to.equal("wordpress:7.2.0-apache");
    });

    it("fails with the messages of the config, all of them, and prints no manifest", async () => {
      const { stdout, stderr, exitCode } = await render(
        "prod",
        ...["--config", "wordpress.replicas=-1", "--config", "mysql.storage.size=2GB"],
      );
      expect({ stdout, exitCode }).to.deep.equal({ stdout: "", exitCode: 1 });
      expect(stderr.split("\n")).to.deep.equal([
        "The stack's config has 2 faults; nothing was deployed.",
        '  - mysql.storage.size: "2GB" is not allowed; expected a size with a binary unit, such as 512Mi or 20Gi',
        "  - wordpress.replicas: -1 is not allowed; expected a whole number from 1 to 100",
      ]);
    });
  });

  describe("--out", () => {
    it("writes a file for each object, numbered in order", async () => {
      const out = path.join(folder, "new/dev");
      const { stdout, stderr, exitCode } = await render("dev", "--out", out);
      const expected = await renderStack(readStackConfig("dev"));
      expect({ stdout, stderr, exitCode }).to.deep.equal({
        stdout: "",
        stderr: `${expected.length} objects written to ${out}`,
        exitCode: 0,
      });
      const files = readdirSync(out).sort();
      expect(files[0]).to.equal("01-namespace-kube-example.yaml");
      const written = files.map((file) => documents(readFileSync(path.join(out, file), "utf8")));
      expect(written).to.deep.equal(expected.map((manifest) => [manifest]));
    });

    it("refuses a folder that is not empty, and leaves it as it was", async () => {
      const out = path.join(folder, "used");
      mkdirSync(out);
      writeFileSync(path.join(out, "99-old.yaml"), "kind: Secret\n");
      expect(await render("dev", "--out", out)).to.deep.equal({
        stdout: "",
        stderr: `--out ${out}: the folder is not empty.`,
        exitCode: 1,
      });
      expect(readdirSync(out)).to.deep.equal(["99-old.yaml"]);
      expect(readFileSync(path.join(out, "99-old.yaml"), "utf8")).to.equal("kind: Secret\n");
    });
  });

  it("tells how it is used", async () => {
    const [none, help] = await Promise.all([render(), render("--help")]);
    expect(none).to.include({ stdout: "", exitCode: 1 });
    expect(none.stderr)
      .to.match(/^npm run render -- STACK /)
      .and.to.include("STACK is one of dev, local, prod.");
    expect(help).to.deep.equal({ stdout: none.stderr, stderr: "", exitCode: 0 });
  });

  it("fails on a stack there is none of, and on an option there is none of", async () => {
    const [stack, option] = await Promise.all([render("staging"), render("prod", "--confg", "a=b")]);
    expect(stack).to.deep.equal({
      stdout: "",
      stderr: 'There is no stack "staging"; known are dev, local, prod.',
      exitCode: 1,
    });
    expect(option).to.include({ stdout: "", exitCode: 1 });
    expect(option.stderr).to.match(/^Unknown option '--confg'/);
  });
});
