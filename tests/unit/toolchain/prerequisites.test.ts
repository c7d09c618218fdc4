import os from "node:os";
import { expect, use } from "chai";
import chaiAsPromised from "chai-as-promised";
import {
  ensurePrerequisites,
  goFaultOf,
  type Machine,
  missingPackages,
} from "../../../local/toolchain/prerequisites.ts";

use(chaiAsPromised);

const silent = () => {};

/** A machine that has everything, but for what a test takes away. */
function machine(changes: Partial<Machine> = {}): Machine {
  return {
    platform: () => "linux",
    isRoot: () => true,
    has: () => true,
    output: (command) => (command === "go" ? "go1.26.8\n" : ""),
    read: () => "nodev\toverlay\n",
    freeSpace: async () => 100,
    ...changes,
  };
}

describe("the prerequisites of the embedded cluster", () => {
  it("are met by a complete machine", async () => {
    await ensurePrerequisites(silent, 0, machine());
  });

  it("are the packages whose programs or files are missing", () => {
    const has = (name: string) =>
      !["socat", "iptables-restore", "/etc/ssl/certs/ca-certificates.crt"].includes(name);
    expect(missingPackages(machine({ has }))).to.deep.equal(["socat", "iptables", "ca-certificates"]);
  });

  it("include pip only where Python has none", () => {
    expect(missingPackages(machine())).to.deep.equal([]);
    const output = (command: string) => (command === "python3" ? undefined : "");
    expect(missingPackages(machine({ output }))).to.deep.equal(["python3-pip"]);
  });

  it("are refused all at once, each with its remedy", async () => {
    const poor = machine({
      output: () => undefined,
      read: () => "",
      freeSpace: async () => 1.23,
    });
    await expect(ensurePrerequisites(silent, 0, poor)).to.be.rejectedWith(
      /--context NAME.*--docker[\s\S]*Go is needed.*install Go 1\.21[\s\S]*has 1\.2 GiB free and 3 are needed[\s\S]*no overlay file system.*CONFIG_OVERLAY_FS/,
    );
  });

  it("say which kernel feature is missing", async () => {
    const output = (command: string, args: readonly string[]) => {
      if (command === "go") return "go1.26.8";
      return ["veth", "nat", "NFQUEUE"].some((word) => args.includes(word)) ? undefined : "";
    };
    const error = await ensurePrerequisites(silent, 0, machine({ output })).catch((reason: Error) => reason);
    expect((error as Error).message.split("\n").slice(1)).to.deep.equal([
      "- No virtual network cable can be made: load or enable CONFIG_VETH.",
      "- iptables does not work in a network namespace: load or enable CONFIG_NF_TABLES and its NAT support.",
      "- No program can judge packets, which network policies need: load or enable CONFIG_NETFILTER_XT_TARGET_NFQUEUE.",
    ]);
  });

  it("include the disk that building what is missing will take, and the folder for temporary files", async () => {
    const checking = (gib: number) =>
      ensurePrerequisites(silent, 21, machine({ freeSpace: async () => gib }));
    await checking(24);
    await expect(checking(23.9)).to.be.rejectedWith("has 23.9 GiB free and 24 are needed");
    const freeSpace = async (folder?: string) => (folder === os.tmpdir() ? 0.1 : 100);
    await expect(ensurePrerequisites(silent, 21, machine({ freeSpace }))).to.be.rejectedWith(
      `${os.tmpdir()} has 0.1 GiB free and 0.2 are needed: free some, or set TMPDIR`,
    );
  });

  for (const [version, fits] of Object.entries({
    "go1.20.14": false,
    "go1.21.0": true,
    "go1.26rc1": true,
    "go2.0": true,
  })) {
    it(`${fits ? "accept" : "refuse"} ${version}`, async () => {
      const checking = ensurePrerequisites(
        silent,
        0,
        machine({ output: (command) => (command === "go" ? version : "") }),
      );
      if (fits) await checking;
      else await expect(checking).to.be.rejectedWith(`Go is too old (${version})`);
    });
  }

  it("say of Go alone, for whoever builds nothing but the engine, that it is missing and what to do", () => {
    expect(goFaultOf(machine())).to.equal(undefined);
    expect(goFaultOf(machine({ output: () => undefined }))).to.equal(
      "Go is needed to build programs and was not found: install Go 1.21 or newer (it fetches the exact release itself) and put it on PATH.",
    );
  });

  for (const [what, lack] of Object.entries({
    Go: { output: (command: string) => (command === "go" ? undefined : "") },
    disk: { freeSpace: async () => 1 },
  })) {
    it(`install nothing on a machine without ${what}`, async () => {
      const lines: string[] = [];
      const has = (name: string) => name !== "socat";
      const checking = ensurePrerequisites((line) => lines.push(line), 0, machine({ has, ...lack }));
      await expect(checking).to.be.rejectedWith("cannot run the embedded cluster");
      expect(lines).to.deep.equal([]);
    });
  }
});
