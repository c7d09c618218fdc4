import { expect } from "chai";
import { packageSchema, siteToken } from "../../../provider/package-schema.ts";
import { siteSchema } from "../../../stacks/schema.ts";

interface Property {
  type?: string;
  $ref?: string;
  plain?: boolean;
  default?: unknown;
  items?: Property;
}

interface Schema {
  version: string;
  types: Record<string, { properties?: Record<string, Property>; required?: string[]; enum?: object[] }>;
  resources: Record<string, { inputProperties: Record<string, Property>; requiredInputs: string[] }>;
}

// tests/engine/package.test.ts has the engine read it.
describe("the package's schema", () => {
  const { version, types, resources } = packageSchema() as Schema;
  const site = resources[siteToken];
  const typeOf = (name: string) => types[`wordpress:index:Site${name}`];

  it("has every key of a stack's config as an input, but the checks before and after", () => {
    const keys = Object.keys(siteSchema.shape).filter((key) => !["preflight", "verify"].includes(key));
    expect(Object.keys(site?.inputProperties ?? {})).to.have.members(keys);
    expect(site?.requiredInputs).to.deep.equal(["site"]);
    expect(typeOf("Site")?.required).to.deep.equal(["url"]);
    expect(version).to.match(/^\d+\.\d+\.\d+$/);
  });

  it("takes outputs for texts, and plain values for what decides what exists", () => {
    expect(typeOf("MysqlExternal")?.properties).to.deep.include({
      host: {
        type: "string",
        description: "Host of the server; with `mysql.tls` a name its certificate is made out to",
      },
      port: { type: "integer", plain: true, default: 3306, description: "Port of the server" },
    });
    expect(typeOf("SiteSmtp")?.required).to.deep.equal(["host", "fromAddress"]);
    expect(typeOf("SiteSmtp")?.properties?.port).to.include({ type: "integer", plain: true });
    expect(typeOf("PageCache")?.properties?.enabled).to.include({ type: "boolean", plain: true });
    expect(site?.inputProperties.mysql).to.include({ plain: true });
  });

  it("names choices, lists, maps of texts, and objects of Kubernetes' own", () => {
    expect(typeOf("WordpressContent")?.enum).to.deep.equal([{ value: "shared" }, { value: "image" }]);
    const properties = typeOf("Wordpress")?.properties;
    expect(properties?.extraConfig?.items).to.deep.equal({ type: "string" });
    expect(properties?.podLabels).to.deep.include({
      type: "object",
      additionalProperties: { type: "string" },
    });
    expect(properties?.sidecars?.items).to.deep.equal({ $ref: "pulumi.json#/Any" });
  });

  it("has a type for each it refers to", () => {
    const text = JSON.stringify({ types, resources });
    const referred = [...text.matchAll(/#\/types\/([\w:]+)/g)].map(([, name]) => name);
    expect(new Set(referred)).to.deep.equal(new Set(Object.keys(types)));
  });
});
