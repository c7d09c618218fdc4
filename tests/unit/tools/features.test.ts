import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { parseConfig } from "../../../stacks/config.ts";

/* What this cannot prove: that a test shows what its row says. It keeps the page from naming what is not there. */

const root = path.join(import.meta.dirname, "../../..");
const page = readFileSync(path.join(root, "docs/features.md"), "utf8");
const configPage = readFileSync(path.join(root, "docs/config.md"), "utf8");
const defaults = parseConfig({ site: { url: "https://blog.example.com" } });

interface Row {
  feature: string;
  answer: string;
  keys: string[];
  default: string;
  tests: { file: string; title: string }[];
}

const none = "–";
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (Feature|---) /.test(line))
  .map((line): Row => {
    const [feature = "", answer = "", keys = "", value = "", proof = ""] = line.slice(2, -2).split(" | ");
    return {
      feature,
      answer,
      keys: [...keys.matchAll(/`([^`]+)`/g)].map(([, key = ""]) => key),
      default: value,
      tests: [...proof.matchAll(/`([^`]+)` "(.+?)"/g)].map(([, file = "", title = ""]) => ({ file, title })),
    };
  });

/** A key's default as the page writes it. */
function defaultOf(key: string): string {
  if (key === "site.url") return "required";
  const found = key
    .split(".")
    .reduce<unknown>((value, step) => (value as Record<string, unknown> | undefined)?.[step], defaults);
  // The keys of an optional map have their defaults once it is there: config.md knows them.
  const documented = new RegExp(
    `^\\| \`${key}\` \\| [^\\n]* \\| (\`[^\`]*\`|required[^|]*|) \\| [^|\\n]*\\|$`,
    "m",
  );
  const value = found === undefined ? documented.exec(configPage)?.[1] : `\`${JSON.stringify(found)}\``;
  return value || "unset";
}

describe("docs/features.md", () => {
  it("has five cells in every row, and a test for every key", () => {
    expect(rows).to.have.length.greaterThan(60);
    for (const { feature, answer, keys, tests } of rows) {
      expect(feature, "feature").not.to.equal("");
      expect(answer, feature).not.to.equal("");
      if (keys.length > 0) expect(tests, feature).to.have.length.greaterThan(0);
      // Without a test there is a reason: the answer is no.
      if (tests.length === 0) expect(answer, feature).to.match(/^no\b.*: /);
    }
  });

  it("names only keys there are, with their defaults", () => {
    for (const { feature, keys, default: given } of rows) {
      for (const key of keys) expect(configPage, feature).to.include(`\n| \`${key}\` |`);
      expect(given, feature).to.equal(keys.map(defaultOf).join(", ") || none);
    }
  });

  it("names only tests there are", () => {
    for (const { feature, tests } of rows) {
      for (const { file, title } of tests) {
        const full = path.join(root, "tests", file);
        expect(existsSync(full), `${feature}: tests/${file}`).to.equal(true);
        expect(readFileSync(full, "utf8"), `${feature}: tests/${file}`).to.include(title);
      }
    }
  });

  it("names only headings and decisions there are", () => {
    const links = [...page.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)];
    expect(links).to.have.length.greaterThan(5);
    for (const [, file = "", heading] of links) {
      const text = readFileSync(path.join(root, "docs", file), "utf8");
      const anchors = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
        title
          .toLowerCase()
          .replace(/[^\w -]/g, "")
          .replaceAll(" ", "-"),
      );
      if (heading !== undefined) expect(anchors, file).to.include(heading);
    }
  });
});
