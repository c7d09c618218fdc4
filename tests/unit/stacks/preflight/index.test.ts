import http from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { parseConfig } from "../../../../stacks/config.ts";
import { PreflightError, preflight } from "../../../../stacks/preflight/index.ts";

/* The way from the stack's config to the error shown; tests/engine shows it through the real engine. */

const site = { url: "https://blog.example.com" };

/** What the preflight says with this `kubernetes:kubeconfig`. */
async function outcome(kubeconfig: object, on = true): Promise<PreflightError | undefined> {
  pulumi.runtime.setAllConfig({ "kubernetes:kubeconfig": JSON.stringify(kubeconfig) });
  try {
    await preflight(parseConfig({ site, preflight: on }));
    return undefined;
  } catch (error) {
    expect(error).to.be.instanceOf(PreflightError);
    expect(pulumi.RunError.isInstance(error)).to.equal(true);
    return error as PreflightError;
  }
}

const kubeconfig = (server: string, user: object = {}) => ({
  "current-context": "c",
  clusters: [{ name: "c", cluster: { server } }],
  users: [{ name: "u", user }],
  contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
});

describe("preflight", () => {
  let server: http.Server;
  let requests: number;
  let address: string;
  const origin = 'context "c" of the stack\'s kubernetes:kubeconfig';
  const other = "choose another by kubernetes:context, kubernetes:kubeconfig or KUBECONFIG";

  beforeEach((done) => {
    requests = 0;
    server = http.createServer((request, response) => {
      requests++;
      response.statusCode = request.headers.authorization === undefined ? 401 : 404;
      response.end(request.url);
    });
    server.listen(0, "127.0.0.1", () => {
      address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      done();
    });
  });
  afterEach(() => {
    pulumi.runtime.setAllConfig({});
    server.closeAllConnections();
    server.close();
  });

  it("says everything at once", async () => {
    const error = await outcome(kubeconfig(address, { token: "t" }));
    expect(error?.faults.map((fault) => fault.split(":")[0])).to.deep.equal([
      "traefik.io/v1alpha1",
      "ceph.rook.io/v1",
      "metrics.k8s.io/v1beta1",
      "storage.rook.namespace",
    ]);
    const lines = error?.message.split("\n");
    expect(lines?.[0]).to.equal(
      `The preflight of ${address} (${origin}) found 4 faults; nothing was deployed.`,
    );
    expect(lines?.slice(1, -1)).to.deep.equal(error?.faults.map((fault) => `  - ${fault}`));
    expect(lines?.at(-1)).to.equal("To go on without these checks: pulumi config set preflight false");
  });

  it("asks nothing of anybody when it is off", async () => {
    expect(await outcome(kubeconfig(address), false)).to.equal(undefined);
    expect(requests).to.equal(0);
  });

  it("tells a cluster that is away from a user it does not know", async () => {
    expect((await outcome(kubeconfig(address)))?.faults).to.deep.equal([
      `the API server does not know this user (401 Unauthorized); log in anew, or ${other}`,
    ]);
    await new Promise((done) => server.close(done));
    const { host } = new URL(address);
    expect((await outcome(kubeconfig(address)))?.faults).to.deep.equal([
      `the API server cannot be reached (connect ECONNREFUSED ${host}); start the cluster, or ${other}`,
    ]);
  });

  it("says what is wrong with the kubeconfig and its credentials", async () => {
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "no-such-plugin" };
    expect((await outcome(kubeconfig(address, { exec })))?.faults).to.deep.equal([
      `there are no credentials (the credential plugin no-such-plugin failed: it ended with ENOENT); log in, or ${other}`,
    ]);
    const message = (await outcome({ ...kubeconfig(address), "current-context": "d" }))?.message;
    expect(message?.split("\n").slice(0, 2)).to.deep.equal([
      "The preflight of the kubeconfig found 1 fault; nothing was deployed.",
      '  - the stack\'s kubernetes:kubeconfig has no context "d"; it has c',
    ]);
  });
});
