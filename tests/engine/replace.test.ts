/** What cannot be changed in place is made anew, in the right order. */
import { expect } from "chai";
import "./hooks.ts";
import { dig } from "../../local/plugins/rpc/values.ts";
import { live, newStack } from "./context.ts";
import type { Stack } from "./stack.ts";

interface Values {
  secret: string;
  config: string;
  image: string;
  storageClass: string;
  size: string;
}

const initial: Values = {
  secret: "before",
  config: "before",
  image: "example/a:1",
  storageClass: "one",
  size: "1Gi",
};
const program = ({ secret, config, image, storageClass, size }: Values) => `
const skip = { "pulumi.com/skipAwait": "true" };
new k8s.core.v1.Secret("named", { metadata: { name: "replace-named" }, stringData: { key: "${secret}" } });
new k8s.core.v1.ConfigMap("auto", { data: { key: "${config}" } });
new k8s.batch.v1.Job("job", {
  metadata: { name: "replace-job", annotations: skip },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "${image}" }] } } },
});
new k8s.core.v1.PersistentVolumeClaim("claim", {
  metadata: { name: "replace-claim", annotations: skip },
  spec: { storageClassName: "${storageClass}", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "${size}" } } },
});
`;

describe("replacement", function () {
  this.timeout(60_000);
  let stack: Stack;
  before(async () => {
    stack = await newStack(program(initial));
    await stack.up();
  });
  after(() => stack.remove());

  it("is planned for the fields of the official list, with the old object deleted first where the name stays", async () => {
    stack.program(program({ ...initial, secret: "after", image: "example/a:2", storageClass: "two" }));
    const planned = (await stack.steps()).filter((step) => !step.startsWith("same "));
    expect(planned).to.have.members(["replace named", "replace job", "replace claim"]);
  });

  it("happens: same names, new objects, the old ones gone first", async () => {
    const paths = [
      "/api/v1/namespaces/default/secrets/replace-named",
      "/apis/batch/v1/namespaces/default/jobs/replace-job",
    ];
    const uids = async () => Promise.all(paths.map(async (path) => dig(await live(path), "metadata", "uid")));
    const old = await uids();
    stack.program(program({ ...initial, secret: "after", image: "example/a:2" }));
    const { text } = await stack.run("up", "--yes", "--skip-preview");
    for (const name of ["Secret named", "Job job"]) {
      const [deleted, created] = ["deleted original", "creating replacement"].map((what) =>
        text.indexOf(`${name} ${what}`),
      );
      expect(deleted, `${name} is deleted before`)
        .to.be.greaterThan(-1)
        .and.lessThan(created ?? -1);
    }
    const now = await uids();
    now.forEach((uid, index) => {
      expect(uid).to.be.a("string").and.not.equal(old[index]);
    });
    const secret = await live(paths[0] ?? "");
    expect(dig(secret, "data", "key")).to.equal(Buffer.from("after").toString("base64"));
    await stack.preview("--expect-no-changes");
  });

  it("gives an autonamed object a new name, and creates before it deletes", async () => {
    const old = (await stack.resource("auto"))?.id;
    expect(old).to.match(/^default\/auto-[0-9a-f]{8}$/);
    stack.program(program({ ...initial, secret: "after", image: "example/a:2", config: "after" }));
    const { text } = await stack.run("up", "--yes", "--skip-preview");
    const [created, deleted] = ["created replacement", "deleting original"].map((what) =>
      text.indexOf(`ConfigMap auto ${what}`),
    );
    expect(created)
      .to.be.greaterThan(-1)
      .and.lessThan(deleted ?? -1);
    const id = (await stack.resource("auto"))?.id;
    expect(id)
      .to.match(/^default\/auto-[0-9a-f]{8}$/)
      .and.not.equal(old);
    expect(await live(`/api/v1/namespaces/default/configmaps/${old?.split("/")[1]}`)).to.equal(undefined);
  });

  it("is not needed for a claim that asks for more", async () => {
    stack.program(
      program({ ...initial, secret: "after", image: "example/a:2", config: "after", size: "2Gi" }),
    );
    const { code, text } = await stack.run("preview", "--diff");
    // an unbound claim cannot grow: the server says so in the dry run, where a replacement would have passed
    expect(text).to.contain("replace-claim could not be updated");
    expect(code).not.to.equal(0);
  });
});
