import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { dataPath } from "../../local/toolchain/cache.ts";
import { ensureEngine } from "../../local/toolchain/engine.ts";
import { plainReport } from "../../local/toolchain/progress.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { Stack } from "../engine/stack.ts";
import { fetchPage } from "../fetch-page.ts";
import { isOpen } from "../proof/isolation.ts";
import { acmeRoot, kubectl, root } from "./environment.ts";

const example = path.join(root, "examples", "two-sites");

/** Whether WordPress of one site reaches MySQL of a site. */
async function reaches(from: string, to: string): Promise<boolean> {
  const pod = ["-n", to, "get", "pod", "wordpress-mysql-0"];
  const address = await kubectl(...pod, "-o", "jsonpath={.status.podIP}");
  return isOpen({ from: { namespace: from, pod: "deploy/wordpress" }, to: address, port: 3306 });
}

describe("two sites in one program", function () {
  this.timeout(15 * 60_000);
  let stack: Stack;

  async function pulumi(...args: string[]): Promise<void> {
    const { code, text } = await stack.run(...args);
    expect(code, text).to.equal(0);
  }

  before(async () => {
    const { config } = parse(readFileSync(path.join(example, "Pulumi.local.yaml"), "utf8"));
    const options = { project: "two-sites", config, patience: 9 * 60_000 };
    stack = new Stack(await ensureEngine(plainReport()), dataPath("cluster", "kubeconfig"), options);
    await stack.init(`export { urls } from ${JSON.stringify(path.join(example, "index.ts"))};`);
  });

  after(() => stack.remove());

  it("are both there, each at its address", async () => {
    await pulumi("up", "--yes", "--skip-preview");
    for (const [name, title] of [
      ["blog", "Blog"],
      ["shop", "Shop"],
    ]) {
      const { body } = await waitUntil(`${title}'s page with a certificate of its own`, 60, async () => {
        const answer = await fetchPage(`https://${name}.localhost:8443/`, {
          ca: acmeRoot(),
          address: "127.0.0.1",
        });
        if (answer.status !== 200) throw new Error(`it answers with ${answer.status}`);
        return answer;
      });
      expect(body).to.include(`<title>${title}`);
    }
    await pulumi("preview", "--expect-no-changes");
  });

  it("do not reach each other's database", async () => {
    expect(await reaches("blog", "blog")).to.equal(true);
    expect(await reaches("shop", "shop")).to.equal(true);
    expect(await reaches("blog", "shop")).to.equal(false);
    expect(await reaches("shop", "blog")).to.equal(false);
  });

  it("go together", async () => {
    await pulumi("destroy", "--yes", "--skip-preview");
    expect(await kubectl("get", "namespaces", "-o", "name")).not.to.match(/\/(blog|shop)$/m);
  });
});
