import { readFileSync } from "node:fs";
import path from "node:path";
import { runtime } from "@pulumi/pulumi";
import { expect } from "chai";
import { parse } from "yaml";
import { recordResources } from "../../../tools/mocks.ts";
import type { Manifest } from "../components/harness.ts";

/* What mocks cannot prove: that the two sites come up and cannot reach each other. tests/e2e deploys the example. */

const folder = path.join(import.meta.dirname, "../../../examples/two-sites");

/** What the example makes with such a config, values as the engine hands them over. */
async function run(config: Record<string, string>): Promise<Manifest[]> {
  const recorded = recordResources();
  // The mocks' project.
  const given = Object.entries(config).map(([key, value]) => [`wordpress-kubernetes:${key}`, value]);
  runtime.setAllConfig(Object.fromEntries(given));
  // A module runs once for each address.
  await import(`${folder}/index.ts?config=${encodeURIComponent(JSON.stringify(config))}`);
  await runtime.disconnect();
  runtime.setAllConfig({});
  return recorded
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => inputs as Manifest);
}

const names = (objects: Manifest[], kind: string) =>
  objects
    .filter((object) => object.kind === kind)
    .map(({ metadata }) => `${metadata.namespace ?? ""}/${metadata.name}`)
    .sort();

describe("examples/two-sites", () => {
  it("makes two sites that share the storage, and no object twice", async () => {
    const objects = await run({ domain: "example.org" });
    expect(names(objects, "Namespace")).to.deep.equal(["/blog", "/shop"]);
    expect(names(objects, "StorageClass")).to.deep.equal(["/csi-cephfs", "/rook-ceph-block"]);
    expect(names(objects, "CephFilesystem")).to.deep.equal(["rook-ceph/myfs"]);
    const identities = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);
    expect(identities).to.have.length.greaterThan(60);
    expect(new Set(identities).size).to.equal(identities.length);
    const inOne = objects.filter(({ metadata }) => ["blog", "shop"].includes(metadata.namespace));
    const rest = objects.filter((object) => !inOne.includes(object)).map(({ kind }) => kind);
    expect(new Set(rest)).to.deep.equal(
      new Set(["Namespace", "StorageClass", "CephFilesystem", "CephBlockPool"]),
    );
  });

  it("names in no site's object the other site's namespace or host", async () => {
    const objects = await run({ domain: "example.net" });
    for (const [own, other] of [
      ["blog", "shop"],
      ["shop", "blog"],
    ]) {
      const told = objects
        .filter(({ metadata }) => metadata.namespace === own)
        .filter(({ kind, metadata, ...fields }) =>
          new RegExp(`\\b${other}\\.(example|svc)|\\.${other}\\.svc|"${other}"`).test(JSON.stringify(fields)),
        )
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
      expect(told, own).to.deep.equal([]);
    }
  });

  it("takes the classes of the embedded cluster from its stack there", async () => {
    const { config } = parse(readFileSync(path.join(folder, "Pulumi.local.yaml"), "utf8"));
    const objects = await run({
      domain: config["two-sites:domain"],
      common: JSON.stringify(config["two-sites:common"]),
    });
    expect(names(objects, "StorageClass")).to.deep.equal([]);
    const classes = objects
      .filter(({ kind }) => kind === "PersistentVolumeClaim")
      .map(({ metadata, spec }) => `${metadata.namespace}/${metadata.name} ${spec.storageClassName}`);
    expect(classes.sort()).to.deep.equal([
      "blog/mysql-pvc local-path",
      "blog/wordpress-pvc local-shared",
      "shop/mysql-pvc local-path",
      "shop/wordpress-pvc local-shared",
    ]);
    const [image] = objects.find(({ kind }) => kind === "Deployment").spec.template.spec.containers;
    expect(image.image).to.equal("localhost/wordpress:7.1");
  });
});
