import { expect } from "chai";
import { devicesIn } from "../../../local/cluster/disks.ts";

describe("loop devices", () => {
  it("are read with the names the kernel has for their files", () => {
    const listed = {
      loopdevices: [{ name: "/dev/loop3", ro: false, "back-file": "/a folder/nodes/node1/disk.img" }],
    };
    expect(devicesIn(JSON.stringify(listed))).to.deep.equal([
      { name: "/dev/loop3", file: "/a folder/nodes/node1/disk.img" },
    ]);
  });

  it("are none where nothing is printed", () => {
    expect(devicesIn("")).to.deep.equal([]);
  });
});
