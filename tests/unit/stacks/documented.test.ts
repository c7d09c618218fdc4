/** What the documents tell to set is what the config takes. */
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parse } from "yaml";
import { ConfigError, parseConfig } from "../../../stacks/config.ts";
import { readStackConfig } from "../../../tools/stack-config.ts";
import { followed, notFollowed, pieces } from "../../documents/shell.ts";

const root = path.join(import.meta.dirname, "../../..");
const pages = globSync(["README.md", "docs/**/*.md"], { cwd: root }).sort();
const texts = pages.map((page) => readFileSync(path.join(root, page), "utf8"));

/** The commands of each piece of code, as `KEY=VALUE`, and the stack; those of an example are about its own config. */
const commands = texts.flatMap((text) =>
  [...text.matchAll(/```[^`]+```|`[^`]+`/g)]
    .filter(([code]) => !code.includes("cd examples/"))
    .map(([code]) => ({
      stack: /stack init (\w+)/.exec(code)?.[1] ?? "prod",
      overrides: [
        ...code.matchAll(/config set (?:--(?:path|plaintext) )*'?(?!kubernetes:)([\w.:[\]-]+)'? ([^\s`]+)/g),
      ].map(([, key, value]) => `${key}=${value}`),
    }))
    .filter(({ overrides }) => overrides.length > 0),
);

/** Keys named with a value: `pageCache.enabled: true`. Words in capitals stand for what the reader has. */
const mentions = texts.flatMap((text) =>
  [...text.matchAll(/`([a-z]\w*(?:\.\w+)+): ([^`A-Z]+)`/g)].map(([, key = "", value = ""]) => ({
    key,
    value,
  })),
);

const prod = readStackConfig("prod");

function faultsOf(config: Record<string, unknown>): readonly string[] {
  try {
    parseConfig(config);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.faults;
  }
}

describe("the documents", () => {
  it("tell Renovate where prod's images are", () => {
    const operations = readFileSync(path.join(root, "docs/operations.md"), "utf8");
    const [, json = ""] = /```json\n([^`]*customManagers[^`]*)```/.exec(operations) ?? [];
    const [{ managerFilePatterns, matchStrings }] = JSON.parse(json).customManagers;
    expect("Pulumi.prod.yaml").to.match(new RegExp(managerFilePatterns[0].slice(1, -1)));
    const text = readFileSync(path.join(root, "Pulumi.prod.yaml"), "utf8");
    const found = [...text.matchAll(new RegExp(matchStrings[0], "g"))].map(({ groups }) => groups);
    const images = found.map((group) => `${group?.depName}:${group?.currentValue}@${group?.currentDigest}`);
    const { mysql, wordpress, pageCache } = parseConfig(prod);
    expect(images).to.deep.equal([mysql, wordpress, pageCache].map(({ image }) => image));
  });

  it("have examples of both kinds", () => {
    expect(commands.length).to.be.greaterThan(4);
    expect(mentions.length).to.be.greaterThan(4);
  });

  it("have no piece of shell that neither a test follows nor a reason stands for, and no more of these", () => {
    const known = [...Object.values(followed).flat(), ...Object.keys(notFollowed)];
    expect([...pieces().keys()]).to.have.members(known);
    for (const file of Object.keys(followed)) expect(existsSync(path.join(root, file)), file).to.equal(true);
  });

  for (const { stack, overrides } of commands) {
    it(`set ${overrides.join(" ")} as the config takes it`, () => {
      expect(faultsOf(readStackConfig(stack, overrides))).to.deep.equal([]);
    });
  }

  for (const { key, value } of mentions) {
    it(`name ${key} with the value ${value}`, () => {
      const [first = "", ...rest] = key.split(".");
      const set = (steps: string[]): unknown =>
        steps.length === 0 ? parse(value) : { [steps[0] ?? ""]: set(steps.slice(1)) };
      const before = prod[first] as Record<string, unknown> | undefined;
      const faults = faultsOf({ ...prod, [first]: { ...before, ...Object(set(rest)) } });
      // What a value asks of other keys is for them to say.
      expect(faults.filter((fault) => fault.startsWith(key))).to.deep.equal([]);
    });
  }
});
