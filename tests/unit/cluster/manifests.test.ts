import { expect } from "chai";
import { parseAllDocuments } from "yaml";
import { fill, systemManifests } from "../../../local/cluster/manifests.ts";

describe("system manifests", () => {
  const objects = parseAllDocuments(systemManifests("Y2VydA==")).map((document) => {
    expect(document.errors).to.deep.equal([]);
    return document.toJS();
  });

  const object = (kind: string, name: string) => {
    const found = objects.filter((each) => each.kind === kind && each.metadata.name === name);
    expect(found, `${kind} ${name}`).to.have.lengthOf(1);
    return found[0];
  };

  it("fills in values and refuses names it does not know", () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what manifests hold
    expect(fill("a ${X} $Y", { X: "1" })).to.equal("a 1 $Y");
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what manifests hold
    expect(() => fill("${UNKNOWN}", {})).to.throw("A manifest asks for UNKNOWN");
  });

  it("hold one object each under its name", () => {
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.namespace ?? ""}/${metadata.name}`);
    expect(new Set(names).size).to.equal(names.length);
  });

  it("offer one default class and one for shared volumes", () => {
    const isDefault = "storageclass.kubernetes.io/is-default-class";
    expect(object("StorageClass", "local-path").metadata.annotations).to.deep.equal({ [isDefault]: "true" });
    expect(object("StorageClass", "local-path")).to.include({
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
    });
    expect(object("StorageClass", "local-shared")).to.include({
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
    });
    expect(object("StorageClass", "local-shared").metadata).not.to.have.property("annotations");
  });

  it("lead names and metrics to the programs beside the control plane", () => {
    expect(object("Service", "kube-dns").spec.clusterIP).to.equal("10.96.0.10");
    for (const name of ["kube-dns-host", "metrics-server-host"])
      expect(object("EndpointSlice", name).endpoints[0].addresses).to.deep.equal(["10.89.0.10"]);
    expect(object("APIService", "v1beta1.metrics.k8s.io").spec.caBundle).to.equal("Y2VydA==");
  });

  it("make volumes that every user may write to", () => {
    expect(object("ConfigMap", "local-path-config").data.setup).to.contain('chmod 0777 "$VOL_DIR"');
  });
});
