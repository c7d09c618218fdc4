import { existsSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { ensureK3s, k3sContext, k3sIsThere, k3sKubeconfig, stopK3s } from "../../../local/k3s.ts";
import { contextsOf, stateOf } from "../../../local/state.ts";
import { findConnection } from "../../../stacks/kubernetes/kubeconfig.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";
import { type FakeDocker, installFakeDocker } from "./fake-docker.ts";

use(chaiAsPromised);

/* What this cannot prove: that k3s runs. The workflow `test` does, on a machine that has Docker. */

describe("k3s in Docker", () => {
  const cache = useTemporaryCache();
  const { PATH } = process.env;
  const silent = () => {};
  const start = () => ensureK3s(silent, 1);
  const stop = (purge: boolean) => stopK3s({ purge, report: silent });
  let docker: FakeDocker;

  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    docker = installFakeDocker(path.join(cache(), "..", "fake"));
  });
  afterEach(() => {
    process.env.PATH = PATH;
  });

  const wait = (name: string) =>
    `docker exec ${name} kubectl wait --for=condition=Available --timeout=10s --namespace=kube-system deployment/coredns deployment/local-path-provisioner deployment/metrics-server deployment/traefik`;
  const show = `docker exec ${k3sContext} cat /etc/rancher/k3s/k3s.yaml`;

  it("is one container, waited for until what it brings is there", async () => {
    await start();
    expect(docker.told()).to.deep.equal([
      `docker run --detach --name ${k3sContext} --hostname ${k3sContext} --label wordpress-kubernetes=${cache()} --privileged --tmpfs /run --tmpfs /var/run --publish 127.0.0.1:443:443 --publish 127.0.0.1:80:80 --publish 127.0.0.1:26443:26443 rancher/k3s:v1.36.4-k3s1 server --https-listen-port=26443`,
      ...[wait(k3sContext), wait(k3sContext), show],
    ]);
    expect(await k3sIsThere()).to.equal(true);
  });

  it("is reached by a kubeconfig of its own, which only its owner can read", async () => {
    await start();
    expect(statSync(k3sKubeconfig()).mode & 0o777).to.equal(0o600);
    const connection = findConnection({ context: k3sContext }, { KUBECONFIG: k3sKubeconfig() });
    expect(connection.cluster.server).to.equal("https://127.0.0.1:26443");
    expect(readFileSync(k3sKubeconfig(), "utf8")).to.contain(`current-context: ${k3sContext}`);
  });

  it("is found running, and is started again with its data after a stop", async () => {
    await start();
    docker.told();
    await start();
    expect(docker.told()).to.deep.equal([wait(k3sContext), show]);
    await stop(false);
    expect(docker.told()).to.deep.equal([`docker stop -t 30 ${k3sContext}`]);
    await start();
    expect(docker.told()).to.deep.equal([`docker start ${k3sContext}`, wait(k3sContext), show]);
  });

  it("goes with its volumes and its stacks' state, and nothing else does", async () => {
    await start();
    const { folder, env } = stateOf(k3sContext, { PULUMI_BACKEND_URL: "s3://mine" });
    expect(env.PULUMI_BACKEND_URL).to.equal(`file://${folder}`);
    docker.told();
    await stop(true);
    expect(docker.told()).to.deep.equal([`docker rm --force --volumes ${k3sContext}`]);
    expect(existsSync(folder)).to.equal(false);
    expect(contextsOf("dev", { XDG_STATE_HOME: cache() })).to.deep.equal([]);
    await stop(true);
    expect(docker.told()).to.deep.equal([]);
  });

  it("is not somebody else's container of the same name, which is named and left alone", async () => {
    await start();
    for (const [owner, words] of [
      ["/home/other/.cache", "of /home/other/.cache: `docker rm"],
      ["<no value>", "of somebody else: `docker rm"],
    ] as const) {
      docker.foreign(k3sContext, owner);
      docker.told();
      expect(await k3sIsThere()).to.equal(false);
      await expect(start()).to.be.rejectedWith(words);
      expect(await stop(true)).to.equal(false);
      expect(docker.told()).to.deep.equal([]);
    }
  });

  it("is stopped also when its folder is gone", async () => {
    await start();
    rmSync(path.join(cache(), "k3s"), { recursive: true });
    docker.told();
    expect(await stop(false)).to.equal(true);
    expect(docker.told()).to.deep.equal([`docker stop -t 30 ${k3sContext}`]);
  });

  it("begins without its stacks' state after its container was deleted, and only then", async () => {
    await start();
    const { folder } = stateOf(k3sContext, {});
    docker.getStuck();
    await expect(start()).to.be.rejectedWith("context deadline exceeded");
    expect(existsSync(folder)).to.equal(true);
    docker = installFakeDocker(path.join(cache(), "..", "other"));
    await start();
    expect(existsSync(folder)).to.equal(false);
  });

  it("asks for a Docker that answers, and leaves what it cannot see", async () => {
    await start();
    docker.silence();
    await expect(start()).to.be.rejectedWith("Docker does not answer");
    await expect(stop(true)).to.be.rejectedWith("Docker does not answer");
    expect(existsSync(k3sKubeconfig())).to.equal(true);
  });
});
