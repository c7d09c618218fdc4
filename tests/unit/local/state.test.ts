import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { k3sContext } from "../../../local/k3s.ts";
import { contextsOf, moveOldStates, requireFreeName, stateOf } from "../../../local/state.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";

describe("the state of stacks", () => {
  const cache = useTemporaryCache();
  const environment = (more = {}) => ({ XDG_STATE_HOME: path.join(cache(), "xdg"), ...more });
  const folderOf = (context: string) => stateOf(context, environment()).folder;

  /** What a deployed stack leaves: its config beside the state. */
  function deployed(stack: string, folder: string, config = {}): void {
    mkdirSync(path.join(folder, "project"), { recursive: true });
    writeFileSync(path.join(folder, "project", `Pulumi.${stack}.yaml`), JSON.stringify({ config }));
  }

  it("is in the cache for the embedded cluster, whatever backend the environment names", () => {
    const { folder, env } = stateOf(undefined, environment({ PULUMI_BACKEND_URL: "s3://mine" }));
    expect(folder).to.equal(path.join(cache(), "state"));
    expect(env.PULUMI_BACKEND_URL).to.equal(`file://${folder}`);
  });

  it("is one folder for each context, outside the cache, for its owner only", () => {
    const [one, other, odd] = ["kind", "arn:aws:eks/a b", ".."].map(folderOf);
    expect(new Set([one, other, odd]).size).to.equal(3);
    for (const folder of [one, other, odd]) {
      expect(path.dirname(String(folder))).to.equal(path.join(cache(), "xdg", "wordpress-kubernetes"));
      expect(statSync(String(folder)).mode & 0o777).to.equal(0o700);
    }
  });

  it("has one passphrase, which only its owner can read", () => {
    const file = String(stateOf("kind", environment()).env.PULUMI_CONFIG_PASSPHRASE_FILE);
    const passphrase = readFileSync(file, "utf8");
    expect(passphrase).to.match(/^[\w-]{43}$/);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    stateOf("kind", environment());
    expect(readFileSync(file, "utf8")).to.equal(passphrase);
  });

  it("is where the environment says, encrypted as it says", () => {
    const backend = { PULUMI_BACKEND_URL: "s3://mine" };
    expect(stateOf("kind", environment(backend)).env).not.to.have.property("PULUMI_BACKEND_URL");
    for (const name of ["PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"]) {
      const { env } = stateOf("kind", environment({ ...backend, [name]: "" }));
      expect(env, name).to.deep.equal({});
    }
  });

  it("of our own clusters is encrypted by our passphrase, whatever the environment has for others", () => {
    for (const context of [undefined, k3sContext]) {
      const mine = environment({ PULUMI_CONFIG_PASSPHRASE: "mine" });
      expect(stateOf(context, mine).env).to.have.property("PULUMI_CONFIG_PASSPHRASE_FILE");
      expect(mine).not.to.have.property("PULUMI_CONFIG_PASSPHRASE");
    }
  });

  it("knows the contexts a stack went to", () => {
    expect(contextsOf("dev", environment())).to.deep.equal([]);
    for (const context of ["a/b", "kind"]) deployed("dev", folderOf(context));
    deployed("prod", folderOf("kind"));
    expect(contextsOf("dev", environment()).sort()).to.deep.equal(["a/b", "kind"]);
    expect(contextsOf("prod", environment())).to.deep.equal(["kind"]);
  });

  it("refuses one stack of a backend for two contexts", () => {
    const mine = environment({ PULUMI_BACKEND_URL: "s3://mine" });
    requireFreeName("dev", "kind", mine);
    deployed("dev", folderOf("kind"));
    requireFreeName("dev", "kind", mine);
    expect(() => requireFreeName("dev", "other", mine)).to.throw("Stack dev of s3://mine is on context kind");
    requireFreeName("prod", "other", mine);
    requireFreeName("dev", "other", environment({ PULUMI_BACKEND_URL: "s3://another" }));
    requireFreeName("dev", "other", environment());
  });

  it("of other clusters leaves the cache before that can be deleted, once", async () => {
    const old = path.join(cache(), "state");
    deployed("dev", old, { "kubernetes:context": "kind" });
    deployed("local", old);
    writeFileSync(path.join(old, "passphrase"), "old");
    await moveOldStates(environment());
    rmSync(old, { recursive: true });
    const folder = path.join(cache(), "xdg", "wordpress-kubernetes", "kind");
    expect(readFileSync(path.join(folder, "passphrase"), "utf8")).to.equal("old");
    expect(contextsOf("dev", environment())).to.deep.equal(["kind"]);
    writeFileSync(path.join(folder, "passphrase"), "newer");
    deployed("dev", old, { "kubernetes:context": "kind" });
    await moveOldStates(environment());
    expect(readFileSync(path.join(folder, "passphrase"), "utf8")).to.equal("newer");
    expect(existsSync(old)).to.equal(true);
  });
});
