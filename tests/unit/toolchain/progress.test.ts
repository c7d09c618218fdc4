import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { duration, plainReport, step } from "../../../local/toolchain/progress.ts";

use(chaiAsPromised);

describe("progress", () => {
  it("writes durations as people read them", () => {
    expect([400, 59_000, 60_000, 230_400].map(duration)).to.deep.equal(["0 s", "59 s", "1 m 00", "3 m 50"]);
  });

  it("announces a step and its end", async () => {
    const lines: string[] = [];
    expect(
      await step(
        (line) => lines.push(line),
        "etcd: building",
        async () => 7,
      ),
    ).to.equal(7);
    expect(lines).to.deep.equal(["etcd: building …", "etcd: building: done in 0 s"]);
  });

  it("does not call a failed step done", async () => {
    const lines: string[] = [];
    const failing = step(
      (line) => lines.push(line),
      "etcd: building",
      async () => {
        throw new Error("no");
      },
    );
    await expect(failing).to.be.rejectedWith("no");
    expect(lines).to.deep.equal(["etcd: building …"]);
  });

  it("puts the time before plain lines", () => {
    let text = "";
    plainReport((part) => {
      text += part;
    })("hello");
    expect(text).to.equal("[0 s] hello\n");
  });
});
