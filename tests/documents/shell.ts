/** The pieces of shell in the documents that are followed at a terminal, and what runs each of them. */
import { readFileSync } from "node:fs";
import path from "node:path";

/** The checkout. */
export const checkout = path.join(import.meta.dirname, "..", "..");

const pages = ["README.md", "docs/own-cluster.md", "docs/operations.md"];

/** Every piece by its page and heading, as in `operations.md, Scaling`; the second below a heading ends in `(2)`. */
export function pieces(): Map<string, string> {
  const found = new Map<string, string>();
  for (const page of pages) {
    const text = readFileSync(path.join(checkout, page), "utf8");
    for (const section of text.split(/^(?=##+ )/m)) {
      const heading = /^##+ (.*)/.exec(section)?.[1]?.replaceAll("`", "") ?? "";
      for (const [at, [, shell = ""]] of [...section.matchAll(/^```sh\n(.*?)^```/gms)].entries())
        found.set(`${path.basename(page)}, ${heading}${at > 0 ? ` (${at + 1})` : ""}`, shell);
    }
  }
  return found;
}

/** The pieces that each test follows. */
export const followed = {
  "tests/proof/own-cluster.test.ts": [
    "README.md, On your own cluster",
    "own-cluster.md, What has to be there",
    "own-cluster.md, State and passphrase",
    "own-cluster.md, A managed cluster",
    "own-cluster.md, A stock k3s",
    "own-cluster.md, A stock k3s (2)",
    "own-cluster.md, kind (2)",
    "own-cluster.md, Deleting it",
    "operations.md, Logging in",
    "operations.md, Changing config",
    "operations.md, Growing a volume",
    "operations.md, Scaling",
    "operations.md, Draining a node",
    "operations.md, Room for MySQL",
    "operations.md, Objects that are there already",
    "operations.md, Moving to a Secret of yours",
    "operations.md, Keys and salts",
    "operations.md, The database's certificate",
    "operations.md, Taking down without losing data",
    "operations.md, Taking down without losing data (2)",
    "operations.md, Mail",
    "operations.md, After the loss of a node",
    "operations.md, The page cache",
  ],
  "tests/e2e/07-runbooks.test.ts": [
    "operations.md, First look",
    "operations.md, Reading the database",
    "operations.md, A dump by hand",
    "operations.md, The database password of the site",
    "operations.md, The database password of the site (2)",
    "operations.md, The administrator's password",
  ],
} as const;

/** What no test follows, and why. */
export const notFollowed: Record<string, string> = {
  "README.md, Two commands": "npm run e2e begins with npm start, and npm test is what runs this test",
  "README.md, Two commands (2)":
    "tests/e2e has each of them but --docker, which the workflow test runs: Docker could not be had where this was made",
  "README.md, More": "they are the tests and measurements themselves, and take hours",
  "operations.md, Image digests": "it asks an image registry",
  "own-cluster.md, kind": "kind takes Docker and an image registry, and Helm a chart repository",
};
