import { readFileSync } from "node:fs";
import { expect } from "chai";
import { ConfigError, parseConfig } from "../../../stacks/config.ts";
import { siteSchema } from "../../../stacks/schema.ts";
import { configDocs } from "../../../tools/config-docs.ts";

interface Row {
  key: string;
  allowed: string;
  fallback: string;
  meaning: string;
}

/** The rows of every table, apart from the heads. */
const rows: Row[] = configDocs()
  .split("\n")
  .filter((line) => line.startsWith("| `"))
  .map((line) => {
    const [key = "", allowed = "", fallback = "", meaning = ""] = line.split(/(?<!\\) ?\| ?/).slice(1);
    return { key: key.replaceAll("`", ""), allowed, fallback, meaning };
  });
const rowOf = (key: string) => rows.find((row) => row.key === key);

/** The value a config has under a dotted key. */
function valueAt(config: unknown, key: string): unknown {
  return key.split(".").reduce((at, step) => (at as Record<string, unknown>)[step], config);
}

describe("docs/config.md", () => {
  it("follows from the schema: `npm run docs` brings it up to date", () => {
    const file = new URL("../../../docs/config.md", import.meta.url);
    expect(readFileSync(file, "utf8")).to.equal(configDocs());
  });
});

describe("configDocs", () => {
  it("has a row for every key, with its default", () => {
    // The maps that may be left out are given, with what they ask for.
    const config = siteSchema.parse({
      site: {
        url: "https://blog.example.com",
        smtp: { host: "smtp.example.com", fromAddress: "a@example.com" },
      },
      mysql: { external: { host: "db.example.com" } },
      route: { tls: { issuer: { name: "letsencrypt" } } },
    });
    const given = [
      "site.url",
      "site.smtp.host",
      "site.smtp.fromAddress",
      "mysql.external.host",
      "route.tls.issuer.name",
    ];
    for (const { key, fallback } of rows.filter((row) => row.fallback.startsWith("`"))) {
      expect(JSON.parse(fallback.replaceAll("`", "")), key).to.deep.equal(valueAt(config, key));
    }
    const leaves = leavesOf(config).filter((key) => !given.includes(key));
    expect(rows.filter(({ fallback }) => fallback.startsWith("`")).map(({ key }) => key)).to.have.members(
      leaves,
    );
  });

  it("says of every key what is allowed and what it means", () => {
    const lacking = rows.filter(({ allowed, meaning }) => !/^[a-z0-9]|^CPU/.test(allowed) || !meaning);
    expect(lacking).to.deep.equal([]);
  });

  it("says which keys must be there, and when", () => {
    const required = rows.filter(({ fallback }) => fallback.startsWith("required"));
    expect(required.map(({ key, fallback }) => `${key}: ${fallback}`)).to.deep.equal([
      "site.url: required",
      "site.smtp.host: required in `site.smtp`",
      "site.smtp.fromAddress: required in `site.smtp`",
      "mysql.external.host: required in `mysql.external`",
      "wordpress.plugins[].slug: required in `wordpress.plugins[]`",
      "wordpress.themes[].slug: required in `wordpress.themes[]`",
      "wordpress.extraEnv[].name: required in `wordpress.extraEnv[]`",
      "route.tls.issuer.name: required in `route.tls.issuer`",
    ]);
  });

  it("says the same as the message of a fault", () => {
    try {
      parseConfig({ site: { url: 1, title: [] }, wordpress: { replicas: "x" }, mysql: { mode: "x" } });
    } catch (error) {
      const { faults } = error as ConfigError;
      expect(error).to.be.instanceOf(ConfigError);
      expect(faults).to.have.length(4);
      for (const fault of faults) {
        const [, key = "", allowed] = /^(\S+): .* expected (.*)$/.exec(fault) ?? [];
        expect(rowOf(key)?.allowed).to.equal(allowed);
      }
      return;
    }
    throw new Error("it was not refused");
  });

  it("says of a list what its entries may be", () => {
    expect(rowOf("site.aliases")?.allowed).to.equal(
      "a list of host names; each a host name such as blog.example.com, without scheme, port, path or space",
    );
  });
});

/** Dotted keys of everything that is no map with keys in it. */
function leavesOf(value: unknown, key = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [key];
  return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, key ? `${key}.${name}` : name));
}
