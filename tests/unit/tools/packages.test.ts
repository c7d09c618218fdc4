import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import { expect } from "chai";

const root = path.join(import.meta.dirname, "../../..");
const { dependencies, devDependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
const lock = JSON.parse(readFileSync(path.join(root, "package-lock.json"), "utf8"));

/** Imports at the start of a file, the last line of those that take several, and imports in the code. */
const imports = /^(?:import|export|\}).* from "([^"]+)";|\bimport\("([^"]+)"\)/gm;

/** Packages that files import: `@pulumi/random/randomPassword.js` is of `@pulumi/random`. */
function importedBy(patterns: string[]): Set<string> {
  const files = globSync(patterns, { cwd: root });
  expect(files).to.have.length.greaterThan(0);
  const specifiers = files.flatMap((file) =>
    [...readFileSync(path.join(root, file), "utf8").matchAll(imports)].map(
      ([, fixed, late = ""]) => fixed ?? late,
    ),
  );
  const packages = specifiers
    .filter((specifier) => /^[@a-z]/.test(specifier) && !isBuiltin(specifier))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
  return new Set(packages);
}

describe("package.json", () => {
  it("counts what the components import among the dependencies, and nothing else", () => {
    const program = importedBy(["{index,public}.ts", "{components,stacks,provider}/**/*.ts"]);
    expect(program).to.include("yaml").and.to.include("@pulumi/kubernetes");
    expect([...program]).to.have.members(Object.keys(dependencies));
  });

  it("pins everything, and lets a program that imports the components have newer SDKs", () => {
    for (const [name, version] of Object.entries<string>({ ...dependencies, ...devDependencies })) {
      const form = name.startsWith("@pulumi/") ? /^\^\d+\.\d+\.\d+$/ : /^\d+\.\d+\.\d+$/;
      expect(version, name).to.match(form);
      expect(lock.packages[`node_modules/${name}`].version, name).to.equal(version.replace("^", ""));
    }
  });

  it("names everything the commands and the tests import", () => {
    const used = importedBy(["{local,tools,tests}/**/*.ts"]);
    // Parts of @pulumi/pulumi, of the version it needs.
    for (const part of ["@grpc/grpc-js", "google-protobuf"]) used.delete(part);
    expect(Object.keys({ ...dependencies, ...devDependencies })).to.include.members([...used]);
  });
});
