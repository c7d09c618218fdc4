import { existsSync } from "node:fs";
import path from "node:path";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import { ensureK3s } from "../../../local/k3s.ts";
import { chooseDocker, platformFaults, requirePlatform } from "../../../local/platform.ts";
import type { Machine } from "../../../local/toolchain/prerequisites.ts";
import { useTemporaryCache } from "../toolchain/temporary-cache.ts";
import { type FakeDocker, installFakeDocker } from "./fake-docker.ts";

use(chaiAsPromised);

/** A machine that can run the cluster, but for what a test takes away. */
function machine(changes: Partial<Machine> = {}): Machine {
  return {
    platform: () => "linux",
    isRoot: () => true,
    has: () => true,
    output: () => "",
    read: () => "",
    freeSpace: async () => 100,
    ...changes,
  };
}

const macOs = machine({ platform: () => "darwin", isRoot: () => false, has: () => false });
const windows = machine({ platform: () => "win32", isRoot: () => false, has: () => false });
const fedora = machine({ has: () => false });
const user = machine({ isRoot: () => false });

describe("a machine that cannot run the embedded cluster", () => {
  const cache = useTemporaryCache();
  const { PATH, KUBECONFIG } = process.env;
  let docker: FakeDocker;

  beforeEach(function () {
    if (process.platform === "win32") this.skip();
    docker = installFakeDocker(path.join(cache(), "..", "fake"));
    process.env.KUBECONFIG = path.join(cache(), "none");
  });
  afterEach(() => {
    process.env.PATH = PATH;
    if (KUBECONFIG === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = KUBECONFIG;
  });

  it("is none that is Debian or Ubuntu with root", async () => {
    expect(platformFaults(machine())).to.deep.equal([]);
    await requirePlatform(machine());
    expect(await chooseDocker(undefined, machine())).to.equal(false);
  });

  const ways: [what: string, which: Machine, why: RegExp, ways: string[]][] = [
    ["macOS", macOs, /needs Linux, and this is macOS/, ["--docker", "--context NAME", "a virtual machine"]],
    ["Windows", windows, /needs Linux, and this is Windows/, ["WSL 2", "pulumi up"]],
    [
      "another Linux",
      fedora,
      /apt-get, which is not here/,
      ["--docker", "--context NAME", "a virtual machine"],
    ],
    ["Debian without root", user, /needs root/, ["sudo env", "--docker", "--context NAME"]],
  ];
  for (const [what, which, why, named] of ways) {
    it(`is told why, and every way there is on ${what}`, async () => {
      const error = await requirePlatform(which).catch((reason: Error) => reason);
      const [head = "", faults = "", , ...lines] = String(error).split("\n");
      expect(head).to.contain("The embedded cluster cannot run on this machine:");
      expect(faults).to.match(why);
      expect(lines).to.have.lengthOf(named.length);
      for (const [index, way] of named.entries()) expect(lines[index]).to.contain(way);
    });
  }

  it("is told whether Docker answers", async () => {
    await expect(requirePlatform(macOs)).to.be.rejectedWith("k3s in Docker, which answers here");
    docker.silence();
    await expect(requirePlatform(macOs)).to.be.rejectedWith(
      "k3s in Docker, once Docker is installed and runs",
    );
  });

  it("is offered k3s where Docker answers and somebody is there to say yes", async () => {
    const asked: string[] = [];
    const saying = (answer: string) => async (question: string) => {
      asked.push(question);
      return answer;
    };
    expect(await chooseDocker(saying("y"), macOs)).to.equal(true);
    expect(await chooseDocker(saying(""), macOs)).to.equal(false);
    expect(asked[0]).to.contain("needs Linux, and this is macOS").and.to.contain("k3s in Docker instead?");
    expect(await chooseDocker(undefined, macOs)).to.equal(false);
    docker.silence();
    expect(await chooseDocker(saying("y"), macOs)).to.equal(false);
    expect(asked).to.have.lengthOf(2);
  });

  it("is not offered on Windows what is no way there", async () => {
    expect(await chooseDocker(async () => "y", windows)).to.equal(false);
  });

  it("goes on with the k3s that it has, without a question", async () => {
    await ensureK3s(() => {}, 1);
    expect(await chooseDocker(undefined, macOs)).to.equal(true);
  });

  it("has had nothing made", async () => {
    await expect(requirePlatform(macOs)).to.be.rejected;
    for (const folder of ["k3s", "bin", "pulumi"])
      expect(existsSync(path.join(cache(), folder))).to.equal(false);
    expect(docker.told()).to.deep.equal([]);
  });
});
