import { expect } from "chai";
import { dataPath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { plainReport } from "../../local/toolchain/progress.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { Stack } from "../engine/stack.ts";
import { runByHosts, useExample } from "../engine/yaml-example.ts";
import { fetchPage } from "../fetch-page.ts";
import { acmeRoot, kubectl } from "./environment.ts";

const url = "https://blog.localhost:8443";

/** What the example needs besides on the embedded cluster, one pod of each. */
const embedded = {
  mysql: { image: "localhost/mysql:9.7", storage: { size: "1Gi" } },
  wordpress: { image: "localhost/wordpress:7.1", replicas: 1, autoscaling: { enabled: false } },
  network: { traefik: { cidrs: ["10.89.0.10/32"] }, dnsCidrs: ["10.89.0.10/32"] },
};

describe("a program in YAML", function () {
  this.timeout(15 * 60_000);
  let stack: Stack;

  async function pulumi(...args: string[]): Promise<void> {
    const { code, text } = await runByHosts(stack, args);
    expect(code, text).to.equal(0);
  }

  before(async () => {
    const engine = await ensureEngine(plainReport());
    const options = { project: "blog", patience: 9 * 60_000 };
    stack = new Stack(engine, dataPath("cluster", "kubeconfig"), options);
    await stack.init("");
    useExample(stack, embedded);
    const values = { url, sharedClassName: "local-shared", blockClassName: "local-path" };
    for (const [key, value] of Object.entries(values)) await pulumi("config", "set", key, value);
  });

  after(() => stack.remove());

  it("deploys a site that answers at its address", async () => {
    await pulumi("up", "--yes", "--skip-preview");
    const page = await waitUntil("the site's page with a certificate of its own", 60, () =>
      fetchPage(`${url}/`, { ca: acmeRoot(), address: "127.0.0.1" }).then((answer) => {
        if (answer.status !== 200) throw new Error(`it answers with ${answer.status}`);
        return answer;
      }),
    );
    expect(page.body).to.include("<title>Blog");
    await pulumi("preview", "--expect-no-changes");
  });

  it("takes it away again", async () => {
    await pulumi("destroy", "--yes", "--skip-preview");
    expect(await kubectl("get", "namespace", "blog", "--ignore-not-found")).to.equal("");
  });
});
