import { expect } from "chai";
import { namespacePids } from "../../../local/cluster/processes.ts";
import { environmentValue } from "../../../local/toolchain/proc.ts";

describe("cluster processes", () => {
  it("reads a variable from a process's environment", () => {
    const environ = "PATH=/bin\0XWORDPRESS_KUBERNETES_PART=no\0WORDPRESS_KUBERNETES_PART=node1\0EMPTY=\0";
    expect(environmentValue(environ, "WORDPRESS_KUBERNETES_PART")).to.equal("node1");
    expect(environmentValue(environ, "EMPTY")).to.equal("");
    expect(environmentValue(environ, "WORDPRESS")).to.equal(undefined);
  });

  it("reads the process ids of all namespaces, outermost first", () => {
    expect(namespacePids("Name:\tsh\nNSpid:\t4711\t52\t1\nNSsid:\t0\n")).to.deep.equal([4711, 52, 1]);
    expect(namespacePids("Name:\tsh\n")).to.deep.equal([]);
  });
});
