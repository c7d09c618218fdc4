/** Work that failed is told at its first answer, and done again by the next `up`, though the program is the same. */
import path from "node:path";
import { expect } from "chai";
import "./hooks.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { cluster, newStack } from "./context.ts";

const checkout = path.join(import.meta.dirname, "..", "..");

// No node runs its pod: it fails at its deadline, or when its status says so.
const program = (name: string, deadline: number) => `
import { oneTimeJob } from "${checkout}/components/one-time-job.ts";
oneTimeJob("${name}", {
  namespace: "default",
  labels: { app: "${name}" },
  spec: {
    activeDeadlineSeconds: ${deadline},
    template: { metadata: { labels: { app: "${name}" } }, spec: { restartPolicy: "Never", containers: [{ name: "work", image: "example/work:1" }] } },
  },
}, {});
`;

describe("a Job that failed", () => {
  before(cluster);

  it("ends the up with Kubernetes' own reason, and the next up makes another", async () => {
    const stack = await newStack(program("work", 2));
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

  it("is told at its first answer; a pod that was taken away has given none", async () => {
    const stack = await newStack(program("answer", 300));
    const up = stack.start("up", "--yes", "--skip-preview");
    const first = await podOtherThan("");
    await ends(first, {
      conditions: [{ type: "DisruptionTarget", status: "True" }],
      containerStatuses: [ended(143)],
    });
    const second = await podOtherThan(first);
    await ends(second, { containerStatuses: [ended(78)] });
    const { exitCode, all } = await up;
    expect(exitCode, all).not.to.equal(0);
    expect(all).to.contain("BackoffLimitExceeded");
    stack.remove();
  });

  const ended = (exitCode: number) => ({
    name: "work",
    image: "example/work:1",
    imageID: "",
    ready: false,
    restartCount: 0,
    state: { terminated: { exitCode } },
  });

  /** What a kubelet writes of a pod whose containers are through. */
  async function ends(pod: string, status: object): Promise<void> {
    const { kubectl } = await cluster();
    const failed = JSON.stringify({ status: { phase: "Failed", ...status } });
    await kubectl(["patch", "pod", pod, "--subresource=status", "--type=strategic", "-p", failed]);
  }

  async function podOtherThan(other: string): Promise<string> {
    const { kubectl } = await cluster();
    return waitUntil("a pod of the Job", 60, async () => {
      const pods = (await kubectl(["get", "pods", "-l", "app=answer", "-o", "name"])).split("\n");
      const pod = pods.find((name) => name !== "" && name !== `pod/${other}`);
      if (pod === undefined) throw new Error("there is none yet");
      return pod.replace("pod/", "");
    });
  }
});
