import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { dataPath } from "../../local/toolchain/cache.ts";
import { until } from "../proof/kube.ts";
import { upWith } from "../proof/up.ts";
import {
  adminPassword,
  freshPage,
  inWordPress,
  kubectl,
  objectOf,
  pulumi,
  stackOutputs,
} from "./environment.ts";
import { fileServer } from "./file-server.ts";
import { zipOf } from "./provision/zip.ts";

interface Deployment {
  metadata: { generation: number };
  spec: { template: { spec: { containers: { image: string; resources: unknown }[] } } };
}

describe("the engine", function () {
  this.timeout(10 * 60_000);

  it("sees no change after up", async () => {
    const { code, output } = await pulumi(["preview", "--expect-no-changes", "--diff"]);
    expect(code, output).to.equal(0);
    expect(output).to.include("neither installed nor updated from WordPress.org");
  });

  it("has the stack outputs", async () => {
    expect(await stackOutputs()).to.deep.equal({
      adminSecretName: "wordpress-admin",
      databasePassword: "[secret]",
      databaseSecretName: "wordpress-mysql",
      mysqlHost: "wordpress-mysql.kube-example.svc",
      namespace: "kube-example",
      url: "https://wordpress.localhost:8443",
    });
  });

  it("refuses bad config with every fault, and deploys nothing", async () => {
    const before = await objectOf<Deployment>("deployment", "wordpress");
    const { code, output } = await upWith({
      wordpress: { autoscaling: { minReplicas: 9 }, storage: { size: "2GB" }, replica: 3 },
    });
    expect(code).not.to.equal(0);
    expect(output).to.include('wordpress.storage.size: "2GB" is not allowed');
    expect(output).to.include("wordpress.replica: is not a known key; did you mean replicas?");
    expect(output).not.to.match(/\n\s+at /);
    const after = await objectOf<Deployment>("deployment", "wordpress");
    expect(after.metadata.generation).to.equal(before.metadata.generation);
  });

  it("rolls a change out, and installs a plugin of the config from a server the Job may reach", async () => {
    const { bytes, sha256 } = zipOf({
      "greeting/greeting.php":
        "<?php\n/* Plugin Name: Greeting\n * Version: 1.0\n */\nadd_action('wp_footer', fn() => print 'Greetings from the plugin');",
    });
    const server = await fileServer("greeting.zip", bytes);
    const plugins = [{ slug: "greeting", version: "1.0", sha256, url: `${server.url}/greeting.zip` }];
    const { code, output } = await upWith({ wordpress: { php: { memoryLimit: "160Mi" }, plugins } });
    await server.remove();
    expect(code, output).to.equal(0);
    expect((await freshPage("/?greeting")).body).to.include("Greetings from the plugin");
    // The old ones may still be serving out their grace.
    await until("the new limit", 120, async () =>
      (await inWordPress("php", "-r", "echo ini_get('memory_limit');")).includes("160M"),
    );
  });

  it("reports a broken image by the pod's own error while the old pods serve, and is repaired by the next up", async () => {
    const broken = await upWith({
      wordpress: {
        image: "localhost/wordpress:does-not-exist",
        progressDeadlineSeconds: 45,
        provisionDeadlineSeconds: 45,
      },
    });
    expect(broken.code).not.to.equal(0);
    expect(broken.output).to.match(/ImagePullBackOff|ErrImagePull/);
    expect((await freshPage("/")).status).to.equal(200);

    const repaired = await pulumi(["up", "--yes", "--skip-preview"], 9);
    expect(repaired.code, repaired.output).to.equal(0);
    expect((await freshPage("/")).status).to.equal(200);
    const preview = await pulumi(["preview", "--expect-no-changes"]);
    expect(preview.code, preview.output).to.equal(0);
  });

  it("finds drift by refresh and mends it by up; the page cache finds a Service at another address", async () => {
    const patch = '{"spec":{"maxUnavailable":2}}';
    await kubectl("-n", "kube-example", "patch", "pdb", "wordpress", "--type=merge", "-p", patch);
    const address = async () =>
      (await objectOf<{ spec: { clusterIP: string } }>("service", "wordpress")).spec.clusterIP;
    const before = await address();
    await kubectl("-n", "kube-example", "delete", "service", "wordpress");
    const drift = await pulumi(["preview", "--refresh", "--diff"]);
    expect(drift.output).to.match(/maxUnavailable\s*: 2 => 1/);
    const mended = await pulumi(["up", "--refresh", "--yes", "--skip-preview"]);
    expect(mended.code, mended.output).to.equal(0);
    const budget = await objectOf<{ spec: { maxUnavailable: number } }>("pdb", "wordpress");
    expect(budget.spec.maxUnavailable).to.equal(1);
    expect(await address()).not.to.equal(before);
    // Until Traefik has followed, and by every pod of the page cache.
    await until("pages made by WordPress", 60, async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => freshPage("/")));
      return answers.every(({ status }) => status === 200);
    });
  });

  it("keeps secrets out of state and output, in plain text and in base64", async () => {
    const shown = await pulumi(["stack", "export"]);
    const files = stateFiles(dataPath("state")).map((file) => readFileSync(file, "utf8"));
    const haystack = [shown.output, ...files].join("\n");
    const salts = await objectOf<{ data: Record<string, string> }>("secret", "wordpress-salts");
    const database = await objectOf<{ data: Record<string, string> }>("secret", "wordpress-mysql");
    const encoded = [...Object.values(salts.data), ...Object.values(database.data)];
    const plain = [...encoded.map((value) => Buffer.from(value, "base64").toString()), await adminPassword()];
    expect(plain).to.have.length(11);
    for (const secret of [...plain, ...plain.map((value) => Buffer.from(value).toString("base64"))]) {
      expect(haystack.includes(secret), "a secret is readable").to.equal(false);
    }
  });

  it("previews prod, and the API server accepts every object of it", async () => {
    // The embedded cluster has Rook's kinds and namespace but no Rook, which the preflight would say. In a namespace of
    // its own: under the local stack's names an apply is taken for a change of what is there.
    const config = ["--config", "preflight=false", "--config", "namespace=prod-preview"];
    const preview = await pulumi(["preview", "--stack", "prod", ...config]);
    expect(preview.code, preview.output).to.equal(0);
    expect(preview.output).to.match(/kubernetes:ceph\.rook\.io.*CephFilesystem.*create/);
    expect(preview.output).to.match(/kubernetes:apps\/v1:StatefulSet.*create/);
  });
});

function stateFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== "passphrase")
    .map((entry) => path.join(entry.parentPath, entry.name));
}
