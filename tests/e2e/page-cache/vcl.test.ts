import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Varnish } from "./varnishtest.ts";

/* The rules in the real Varnish, against a server that says what WordPress might say. */

describe("the page cache's rules", () => {
  let varnish: Varnish;

  before(async () => {
    varnish = await Varnish.unpack();
  });

  after(() => varnish?.remove());

  for (const file of globSync(path.join(import.meta.dirname, "*.vtc")).sort()) {
    const [, title = file] = /^varnishtest "(.+)"$/m.exec(readFileSync(file, "utf8")) ?? [];
    it(title, async () => {
      const fault = await varnish.fault(file);
      if (fault !== undefined) expect.fail(fault);
    });
  }

  it("are what these cases ask: a rule taken away is missed", async () => {
    const cookies = path.join(import.meta.dirname, "never-shares-a-login.vtc");
    varnish.changeRules((vcl) => vcl.replace("req.http.Cookie ~", "req.http.No-Cookie ~"));
    expect(await varnish.fault(cookies)).to.include("FAILED");
  });
});
