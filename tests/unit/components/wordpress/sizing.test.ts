import { expect } from "chai";
import { mebibytes } from "../../../../components/quantity.ts";
import {
  imagickDisk,
  memoryForWorkers,
  mostConnections,
  mostPods,
  requestWorkers,
  tmpSize,
} from "../../../../components/wordpress/sizing.ts";

const limited = (memory: string) => ({ resources: { limits: { memory } } });
const pods = (maxReplicas: number, strategy = "RollingUpdate", enabled = true) => ({
  autoscaling: { enabled, maxReplicas },
  replicas: 4,
  strategy,
});

describe("the size of WordPress", () => {
  it("gives a pod as many workers as its memory limit holds, and never less than two", () => {
    const workers = (limit: string) => requestWorkers(limited(limit));
    // 96 MiB for Apache itself, 48 MiB each, and 204 MiB more for three of them, which make pictures ready
    expect(["100Mi", "599Mi", "851Mi", "852Mi", "899Mi", "900Mi", "1Gi", "2Gi"].map(workers)).to.deep.equal([
      2, 2, 2, 3, 3, 4, 6, 27,
    ]);
  });

  it("holds what all workers need while three of them make pictures ready", () => {
    expect([1, 2, 3, 4, 6].map(memoryForWorkers)).to.deep.equal([348, 600, 852, 900, 996]);
    for (const limit of ["600Mi", "852Mi", "1Gi", "3Gi"])
      expect(memoryForWorkers(requestWorkers(limited(limit))), limit).to.be.at.most(mebibytes(limit));
  });

  it("takes the workers asked for", () => {
    expect(requestWorkers({ maxRequestWorkers: 3, ...limited("512Mi") })).to.equal(3);
  });

  it("counts the pods there can be at once, those that a rolling update ends included", () => {
    expect(mostPods(pods(9))).to.equal(18);
    expect(mostPods(pods(9, "Recreate"))).to.equal(9);
    expect(mostPods(pods(9, "RollingUpdate", false))).to.equal(8);
    expect(mostPods(pods(9, "Recreate", false))).to.equal(4);
  });

  it("counts a connection for each worker of each pod", () => {
    expect(mostConnections({ ...pods(6), ...limited("1Gi") })).to.equal(12 * 6);
  });

  it("leaves room in /tmp for an upload and a picture by every worker", () => {
    const size = (uploadMaxSize: string) => tmpSize({ ...limited("1Gi"), php: { uploadMaxSize } });
    expect(["64Mi", "163Mi", "1Gi"].map(size)).to.deep.equal(["2736Mi", "3330Mi", "8496Mi"]);
    const few = { maxRequestWorkers: 2, ...limited("1Gi"), php: { uploadMaxSize: "64Mi" } };
    expect(tmpSize(few)).to.equal("1024Mi");
    expect(tmpSize({ ...few, tmpSize: "2Gi" })).to.equal("2Gi");
  });

  it("gives the pictures of each worker what the uploads leave of /tmp, and may leave nothing", () => {
    const disk = (size?: string) =>
      imagickDisk({ tmpSize: size, ...limited("1Gi"), php: { uploadMaxSize: "64Mi" } });
    expect([undefined, "4Gi", "1Gi", "432Mi", "72Mi"].map(disk)).to.deep.equal([384, 610, 98, 0, 0]);
  });
});
