/** Scanners of other people as judges of the stack prod. What stays as it is has its reason in scanner-exceptions.yaml. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { type Manifest, renderStack } from "../../tools/render.ts";
import { readStackConfig } from "../../tools/stack-config.ts";
import { scan } from "./scanners.ts";

/** Findings that stay, and why. */
const exceptions: { reason: string; findings: string[] }[] = parse(
  readFileSync(path.join(import.meta.dirname, "scanner-exceptions.yaml"), "utf8"),
);

/** A copy of MySQL's StatefulSet with a fault for each scanner's every kind of judgement. */
function worseCopy(objects: readonly Manifest[]): Manifest {
  // biome-ignore lint/suspicious/noExplicitAny: any path of any kind
  const copy: any = structuredClone(objects.find(({ kind }) => kind === "StatefulSet"));
  const [container] = copy.spec.template.spec.containers;
  copy.metadata.name = "worse";
  copy.spec.serviceName = "wordpress-mysql";
  container.image = "mysql:8.4.10";
  container.securityContext.allowPrivilegeEscalation = true;
  delete container.resources.limits["ephemeral-storage"];
  container.readinesProbe = container.readinessProbe;
  return copy;
}

describe("checkov, kube-score and kubernetes-validate", function () {
  this.timeout(20 * 60_000);
  let inProd: string[];
  let inWorse: string[];

  // Together, since each takes longer to start than to judge.
  before(async () => {
    const objects = await renderStack(readStackConfig("prod"));
    const found = await scan([...objects, worseCopy(objects)]);
    inWorse = found.filter((finding) => finding.includes("/worse"));
    inProd = found.filter((finding) => !inWorse.includes(finding));
  });

  it("find nothing in prod but what there is a reason for, and every reason is for something", () => {
    expect(exceptions.filter(({ reason }) => !reason)).to.deep.equal([]);
    expect(inProd).to.deep.equal(exceptions.flatMap(({ findings }) => findings).sort());
  });

  it("find what is made worse", () => {
    const known = inProd.map((finding) => finding.replace("/wordpress-mysql", "/worse"));
    const field = "containers.0: Additional properties are not allowed ('readinesProbe' was unexpected)";
    expect(inWorse.filter((finding) => !known.includes(finding))).to.deep.equal([
      "checkov CKV_K8S_15 StatefulSet/worse mysql",
      "checkov CKV_K8S_20 StatefulSet/worse mysql",
      "checkov CKV_K8S_43 StatefulSet/worse mysql",
      "kube-score container-ephemeral-storage-request-and-limit StatefulSet/worse mysql",
      "kube-score statefulset-has-servicename StatefulSet/worse",
      ...["1.30", "1.36"].map(
        (version) =>
          `kubernetes-validate did not validate for resource statefulset/worse against version ${version}: spec.template.spec.${field}`,
      ),
    ]);
  });
});
