/** Objects that a stack does not know and that Pulumi has made: what a killed `up`, or a destroyed stack, has left. */
import path from "node:path";
import { expect } from "chai";
import "./hooks.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { makeKinds } from "./api-server.ts";
import { cluster, live, newStack } from "./context.ts";

const checkout = path.join(import.meta.dirname, "..", "..");

const program = (value: string, password: string) => `
import { programWins } from "${checkout}/components/program-wins.ts";
const opts = { transformations: [programWins], retainOnDelete: true };
new k8s.core.v1.ConfigMap("map", { metadata: { name: "taken-back" }, data: { value: "${value}" } }, opts);
new k8s.core.v1.Secret("secret", { metadata: { name: "taken-back" }, stringData: { password: "${password}" } }, opts);
`;

async function data(kind: string): Promise<unknown> {
  return (await live(`/api/v1/namespaces/default/${kind}/taken-back`))?.data;
}

describe("an object of a stack that is gone", () => {
  it("is taken back by the next stack with its values, which goes on changing it afterwards", async () => {
    const gone = await newStack(program("one", "known to the database"));
    await gone.up();
    await gone.destroy();
    gone.remove();
    const next = await newStack(program("one", "known to the database"));
    await next.up();
    next.program(program("two", "known to the database"));
    await next.up();
    expect(await data("configmaps")).to.deep.equal({ value: "two" });
    next.remove();
  });

  it("keeps its password when it is a Secret: the up ends with a conflict", async () => {
    const next = await newStack(program("three", "another"));
    const { text } = await next.up("failure");
    expect(text).to.match(/conflict/i);
    const password = Buffer.from("known to the database").toString("base64");
    expect(await data("secrets")).to.deep.equal({ password });
    next.remove();
  });
});

describe("Rook's objects of a stack that is gone", () => {
  const ceph = "/apis/ceph.rook.io/v1/namespaces/rook-ceph";
  const paths = [
    `${ceph}/cephfilesystems/myfs`,
    `${ceph}/cephblockpools/replicapool`,
    "/apis/storage.k8s.io/v1/storageclasses/taken-back-files",
    "/apis/storage.k8s.io/v1/storageclasses/taken-back-tables",
  ];
  const storage = (replicas: number) => `
import { RookCephfs } from "${checkout}/components/rook-cephfs/index.ts";
const names = { sharedClassName: "taken-back-files", blockClassName: "taken-back-tables" };
new RookCephfs("storage", { ...names, replicas: ${replicas} });
`;

  /** What Rook's operator says once Ceph has the pools. */
  async function sayReady(kind: string, name: string): Promise<void> {
    const { kubectl } = await cluster();
    const phase = JSON.stringify({ status: { phase: "Ready" } });
    await waitUntil(`${kind} ${name}`, 60, () =>
      kubectl(["patch", kind, name, "-n", "rook-ceph", "--subresource=status", "--type=merge", "-p", phase]),
    );
  }

  async function uids(): Promise<unknown[]> {
    const objects = await Promise.all(paths.map((path) => live(path)));
    return objects.map((object) => (object?.metadata as { uid?: string } | undefined)?.uid);
  }

  before(async () => {
    const { kubectl } = await cluster();
    await makeKinds(kubectl, "rook-crds.yaml");
    const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "rook-ceph" } };
    await kubectl(["apply", "--server-side", "-f", "-"], namespace);
  });

  it("stay when it is destroyed, and are the next stack's, which goes on changing them", async () => {
    const first = await newStack(storage(3));
    const ready = [sayReady("cephfilesystem", "myfs"), sayReady("cephblockpool", "replicapool")];
    await Promise.all([first.up(), ...ready]);
    const made = await uids();
    expect(made).not.to.include(undefined);
    await first.destroy();
    first.remove();
    expect(await uids()).to.deep.equal(made);

    const next = await newStack(storage(3));
    await next.up();
    next.program(storage(2));
    await next.up();
    expect(await uids()).to.deep.equal(made);
    const pool = (await live(paths[1] ?? "")) as { spec: { replicated: { size: number } } };
    expect(pool.spec.replicated.size).to.equal(2);
    next.remove();
  });
});
