/** Production's storage on Rook and Ceph, each test on the site the one before has left; run by tools/proof-ceph.ts. */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { findingsFile } from "./ceph.ts";
import { filesystem } from "./ceph-cluster.ts";
import { deletionRefused, existingSecrets, givenUpAndTakenUp, siteDeleted } from "./ceph-deletion.ts";
import { diskNodeLost, metadataServerKilled } from "./ceph-faults.ts";
import { comesUp, lastingUploads, productionEmbedded, stoppedAndStarted } from "./ceph-site.ts";
import { claimGrows, smallFiles, volumeFull } from "./ceph-volume.ts";
import { expectPassed, type Finding } from "./findings.ts";
import { merged, type Settings } from "./up.ts";
import { type Upload, uploads } from "./uploads.ts";

describe("production's storage on Rook and Ceph", () => {
  const found: Finding[] = [];
  let site: Settings = productionEmbedded();
  let lasting: Upload[] = [];

  /** Written at once, so that a run that is cut off has said what it found. */
  function keep(...findings: Finding[]): void {
    found.push(...findings);
    mkdirSync(path.dirname(findingsFile), { recursive: true });
    writeFileSync(findingsFile, JSON.stringify(found, null, 2));
  }

  function judge(...findings: Finding[]): void {
    keep(...findings);
    expectPassed(...findings);
  }

  let before = 0;
  beforeEach(() => {
    before = found.length;
  });
  afterEach(function () {
    const { title = "", state, err } = this.currentTest ?? {};
    if (state !== "failed" || found.length > before) return;
    const [reason = ""] = (err?.message ?? "").split("\n");
    keep({ claim: `On Ceph, ${title}`, measured: reason, sample: "1 run", mark: "ends", passed: false });
  });

  it("comes up by pulumi up", async () => {
    judge(await comesUp(site));
  });

  it("shows what one node writes on every node", async () => {
    lasting = await lastingUploads();
    const findings = await uploads({ mebibytes: 12 });
    judge(...findings.map((finding) => ({ ...finding, claim: `${finding.claim}, on CephFS` })));
  });

  it("goes on without its active metadata server", async () => {
    judge(await metadataServerKilled(lasting));
  });

  it("goes on without a node and its disk", async () => {
    judge(await diskNodeLost(lasting));
  });

  it("refuses uploads on a full volume, and serves pages", async () => {
    judge(await volumeFull());
  });

  it("says what small files cost", async () => {
    judge(...(await smallFiles()));
  });

  it("is given up, and taken up by a new stack", async () => {
    const finding = await givenUpAndTakenUp(site, lasting);
    site = merged(site, existingSecrets);
    judge(finding);
  });

  it("comes back with its data after a stop and a start", async () => {
    judge(await stoppedAndStarted(lasting));
  });

  it("has a claim that grows", async () => {
    site = merged(site, { wordpress: { storage: { size: "3Gi" } } });
    judge(await claimGrows(site, "3Gi"));
  });

  it("keeps a CephFilesystem that is deleted", async () => {
    judge(await deletionRefused(["CephFilesystem", filesystem], "volumes on it", site, lasting));
  });

  it("keeps a CephCluster that is deleted", async () => {
    judge(await deletionRefused(["CephCluster", "rook-ceph"], "a filesystem in it", site, lasting));
  });

  it("is deleted, and its volumes stay", async () => {
    judge(await siteDeleted(site, lasting));
  });
});
