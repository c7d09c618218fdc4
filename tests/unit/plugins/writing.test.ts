import provider from "@pulumi/pulumi/proto/provider_pb.js";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { check, waitForFailures } from "../../../local/plugins/kubernetes/check.ts";
import { ApiError, type Request } from "../../../local/plugins/kubernetes/client.ts";
import { create } from "../../../local/plugins/kubernetes/create.ts";
import { deleteObject } from "../../../local/plugins/kubernetes/delete.ts";
import type { KubeObject } from "../../../local/plugins/kubernetes/objects.ts";
import type { Session } from "../../../local/plugins/kubernetes/session.ts";
import { toState } from "../../../local/plugins/kubernetes/state.ts";
import { update } from "../../../local/plugins/kubernetes/update.ts";
import { encode, type Properties, Secret } from "../../../local/plugins/rpc/values.ts";

use(chaiAsPromised);

const manager = "pulumi-kubernetes-00000000";
const urn = (type: string) => `urn:pulumi:dev::site::kubernetes:${type}::name`;

/** A cluster of one object that answers each call by `answer`; what was called and said. */
function clusterWith(answer: (request: Request, count: number) => Properties) {
  const calls: string[] = [];
  const said: string[] = [];
  const kind = { root: "", plural: "objects", namespaced: true };
  const session = {
    client: {
      async json(request: Request) {
        calls.push(`${request.method}${request.query?.dryRun ? " dry" : ""}`);
        return answer(request, calls.length);
      },
    },
    discovery: {
      reset: () => {},
      kind: async () => kind,
      kindIfServed: async () => kind,
      path: async ({ metadata }: { metadata: { name: string } }) => `/objects/${metadata.name}`,
    },
    settings: { namespace: "default" },
    log: (level: string, _urn: string, message: string) => said.push(`${level}: ${message}`),
    signal: new AbortController().signal,
    known: new Set<string>(),
    secrets: new Set<string>(),
  };
  return { session: session as unknown as Session, calls, said };
}

const configMap = (data: object, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", namespace: "default", ...metadata },
  data,
});

function updateRequest(before: KubeObject, after: Properties, type = "core/v1:ConfigMap") {
  const stored = { inputs: before, live: before, initialApiVersion: "v1", fieldManager: manager };
  return new provider.UpdateRequest()
    .setUrn(urn(type))
    .setId("default/a")
    .setOlds(encode(toState(stored, {})))
    .setNews(encode(after));
}

describe("an update", () => {
  const before = configMap({ key: "1" });
  const after = configMap({ key: "2" });
  const live = (version: number) =>
    configMap(
      { key: "1" },
      {
        resourceVersion: String(version),
        managedFields: [{ manager, operation: "Update", fieldsV1: { "f:data": { "f:key": {} } } }],
      },
    );

  it("looks again when a controller writes between its look and its own write", async () => {
    let version = 1;
    const { session, calls } = clusterWith(({ method, body }) => {
      if (method === "GET") return live(version);
      if (!Array.isArray(body)) return { ...after, metadata: { name: "a", namespace: "default" } };
      const seen = String(version);
      if (version < 3) version += 1; // the controller was quicker
      if (body[0].value !== String(version)) throw new ApiError(422, "Invalid", `test failed, not ${seen}`);
      return live(version);
    });
    await update(session, updateRequest(before, after));
    expect(calls).to.deep.equal(["GET", "PATCH", "GET", "PATCH", "GET", "PATCH", "PATCH"]);
  });

  it("gives up against somebody who never rests", async () => {
    const { session, calls } = clusterWith(({ method }) => {
      if (method === "GET") return live(1);
      throw new ApiError(409, "Conflict", "the object has been modified");
    });
    await expect(update(session, updateRequest(before, after))).to.be.rejectedWith(
      "ConfigMap default/a could not be updated: the object has been modified",
    );
    expect(calls.filter((call) => call === "PATCH")).to.have.length(5);
  });

  it("says of a preview that the server refused, that it is the program's word alone", async () => {
    const { session, said } = clusterWith(({ method }) => {
      if (method === "GET") return live(1);
      throw new ApiError(403, "Forbidden", "exceeded quota");
    });
    await update(session, updateRequest(before, after).setPreview(true));
    expect(said).to.deep.equal([
      "warning: ConfigMap default/a is shown as the program has it, not as the API server would: exceeded quota",
    ]);
  });
});

describe("pulumi.com/waitFor", () => {
  const waiting = (text: unknown) => ({
    metadata: { name: "a", annotations: { "pulumi.com/waitFor": text } },
  });

  it("is looked at before the object is made, which would be lost otherwise", async () => {
    expect(waitForFailures(waiting("condition=Ready"))).to.deep.equal([]);
    expect(waitForFailures({ metadata: { name: "a" } })).to.deep.equal([]);
    expect(waitForFailures(waiting("soon"))).to.deep.equal([
      {
        property: 'metadata.annotations["pulumi.com/waitFor"]',
        reason:
          "pulumi.com/waitFor takes jsonpath={.path}=value, condition=Type or a JSON list of these, not soon",
      },
    ]);
    expect(waitForFailures(waiting("[oops"))).to.have.length(1);
    const { session, calls } = clusterWith(() => ({}));
    const request = new provider.CreateRequest()
      .setUrn(urn("core/v1:ConfigMap"))
      .setProperties(encode({ apiVersion: "v1", kind: "ConfigMap", ...waiting("soon") }));
    await expect(create(session, request)).to.be.rejectedWith("pulumi.com/waitFor takes");
    expect(calls).to.deep.equal([]);
  });
});

describe("a deletion", () => {
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a" } };
  const request = () => {
    const stored = { inputs: namespace, live: namespace, initialApiVersion: "v1", fieldManager: manager };
    return new provider.DeleteRequest()
      .setUrn(urn("core/v1:Namespace"))
      .setId("a")
      .setProperties(encode(toState(stored, {})));
  };
  const refusing = (message: string) =>
    clusterWith(({ method }) => {
      if (method === "DELETE") throw new ApiError(403, "Forbidden", message);
      return namespace;
    });

  it("of a namespace nobody may delete gives back what was set there", async () => {
    const { session, calls } = refusing('namespaces "a" is forbidden: this namespace may not be deleted');
    await deleteObject(session, request());
    expect(calls).to.deep.equal(["DELETE", "PATCH", "GET"]);
  });

  it("that is not permitted is an error, and not taken for done", async () => {
    const { session } = refusing('namespaces "a" is forbidden: User "b" cannot delete resource');
    await expect(deleteObject(session, request())).to.be.rejectedWith("cannot delete resource");
  });
});

describe("secrets of the stack", () => {
  const password = "hunter2-correct-horse-battery";

  it("are kept out of what is said of any other resource once they were checked", async () => {
    const { session } = clusterWith(() => {
      throw new ApiError(400, "BadRequest", `it printed ${password} and admin`);
    });
    const secret = { stringData: { password: new Secret(password), user: new Secret("admin") } };
    const checking = new provider.CheckRequest()
      .setUrn(urn("core/v1:Secret"))
      .setNews(
        encode({ apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "n" }, ...secret }),
      )
      .setRandomseed(new Uint8Array([1]));
    await check(session, checking);
    const creating = new provider.CreateRequest()
      .setUrn(urn("core/v1:ConfigMap"))
      .setProperties(encode(configMap({})));
    await expect(create(session, creating)).to.be.rejectedWith("it printed [secret] and admin");
  });
});
