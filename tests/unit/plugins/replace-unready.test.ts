import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { ApiError } from "../../../local/plugins/kubernetes/client.ts";
import { isUnreadyJob } from "../../../local/plugins/kubernetes/replace-unready.ts";
import type { Session } from "../../../local/plugins/kubernetes/session.ts";

use(chaiAsPromised);

const stored = { metadata: { namespace: "blog", name: "provision" } };
const job = (annotations = {}, kind = "Job") => ({
  apiVersion: "batch/v1",
  kind,
  metadata: { ...stored.metadata, annotations },
});
const asks = job({ "pulumi.com/replaceUnready": "true" });
const withCondition = (type: string) => ({ status: { conditions: [{ type, status: "True" }] } });

/** A cluster that has one answer, or one error. */
function clusterWith(answer: object): { session: Session; asked: string[] } {
  const asked: string[] = [];
  const discovery = {
    path: async ({ kind, metadata }: { kind: string; metadata: { namespace: string; name: string } }) =>
      `${kind} ${metadata.namespace}/${metadata.name}`,
  };
  const client = {
    async json({ path }: { path: string }) {
      asked.push(path);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  return { session: { discovery, client } as unknown as Session, asked };
}

describe("pulumi.com/replaceUnready", () => {
  it("is for the live Job that failed or does not end", async () => {
    for (const answer of [withCondition("Failed"), { status: { failed: 1 } }, {}]) {
      const { session, asked } = clusterWith(answer);
      expect(await isUnreadyJob(session, stored, asks)).to.equal(true);
      expect(asked).to.deep.equal(["Job blog/provision"]);
    }
  });

  it("leaves a complete Job alone", async () => {
    const { session } = clusterWith(withCondition("Complete"));
    expect(await isUnreadyJob(session, stored, asks)).to.equal(false);
  });

  it("does not even look at a Job that does not ask for it, or at another kind", async () => {
    const { session, asked } = clusterWith(withCondition("Failed"));
    const others = [
      job(),
      job({ "pulumi.com/replaceUnready": "false" }),
      job({ "pulumi.com/replaceUnready": "true" }, "Pod"),
    ];
    for (const other of others) expect(await isUnreadyJob(session, stored, other)).to.equal(false);
    expect(asked).to.deep.equal([]);
  });

  it("takes a Job it cannot read for ready, and hides no other fault", async () => {
    const gone = clusterWith(new ApiError(404, "NotFound", "no such job"));
    expect(await isUnreadyJob(gone.session, stored, asks)).to.equal(false);
    const broken = clusterWith(new TypeError("a mistake of ours"));
    await expect(isUnreadyJob(broken.session, stored, asks)).to.be.rejectedWith("a mistake of ours");
  });
});
