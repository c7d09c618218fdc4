import { setTimeout as sleep } from "node:timers/promises";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { run } from "../../../local/toolchain/process.ts";
import { linuxOnly } from "../linux-only.ts";

use(chaiAsPromised);

describe("running a program", () => {
  it("returns its output and hands on each line", async () => {
    const lines: string[] = [];
    const onLine = (line: string) => lines.push(line);
    expect(await run("sh", ["-c", "echo one; echo two >&2"], { timeout: 5000, onLine })).to.equal("one");
    expect(lines).to.have.members(["one", "two"]);
  });

  it("fails with the program's last lines", async () => {
    const running = run("sh", ["-c", "echo the reason >&2; exit 3"], { timeout: 5000 });
    await expect(running).to.be.rejectedWith(/^sh -c failed: the reason$/);
  });

  it("adds to the environment and works in the given folder", async () => {
    expect(await run("sh", ["-c", "echo $A $PWD"], { timeout: 5000, env: { A: "b" }, cwd: "/" })).to.equal(
      "b /",
    );
  });

  it("ends a program that takes too long together with what it started", async function () {
    linuxOnly.call(this);
    const marker = `31.${process.pid}`;
    const running = run("sh", ["-c", `sleep ${marker} & sleep 32`], { timeout: 1000 });
    await expect(running).to.be.rejectedWith("took longer than 1 s");
    await sleep(100);
    expect(await run("sh", ["-c", `pgrep -fx 'sleep ${marker}' || true`], { timeout: 5000 })).to.equal("");
  });
});
