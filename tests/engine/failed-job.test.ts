/** Work that failed is done again by the next `up`, though the program is the same. */
import path from "node:path";
import { expect } from "chai";
import "./hooks.ts";
import { newStack } from "./context.ts";

const checkout = path.join(import.meta.dirname, "..", "..");

// No node runs its pod, so that it fails at its deadline.
const program = `
import { oneTimeJob } from "${checkout}/components/one-time-job.ts";
oneTimeJob("work", {
  namespace: "default",
  labels: { app: "work" },
  spec: {
    activeDeadlineSeconds: 2,
    template: { spec: { restartPolicy: "Never", containers: [{ name: "work", image: "example/work:1" }] } },
  },
}, {});
`;

describe("a Job that failed", function () {
  this.timeout(120_000);

  it("ends the up with Kubernetes' own reason, and the next up makes another", async () => {
    const stack = await newStack(program);
    const failing = async () => {
      const { text } = await stack.up("failure");
      expect(text).to.contain("DeadlineExceeded");
      return (await stack.resource("work"))?.id;
    };
    const first = await failing();
    const second = await failing();
    expect(first).to.match(/^default\/work-/);
    expect(second)
      .to.match(/^default\/work-/)
      .and.not.to.equal(first);
    stack.remove();
  });
});
