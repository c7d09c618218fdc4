import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { packageVersion } from "../../../local/toolchain/cli.ts";
import {
  type GoRecipe,
  moduleFolder,
  type Recipe,
  recipeOf,
  recipeSources,
  recipes,
  requirementsFile,
  toolsOf,
} from "../../../local/toolchain/recipes.ts";

const all: Recipe[] = Object.values(recipes);
const built = all.filter((recipe): recipe is GoRecipe => recipe.kind === "go");

function goMod(module: string): string {
  return readFileSync(path.join(moduleFolder(module), "go.mod"), "utf8");
}

/** Path and version of every module a go.mod requires. */
function required(module: string): Map<string, string> {
  return new Map(
    [...goMod(module).matchAll(/^\s*(?:require )?(\S+) (v\S+)/gm)].map(([, name, version]) => [
      name ?? "",
      version ?? "",
    ]),
  );
}

describe("the recipes of the toolchain", () => {
  it("give every tool a name of its own", () => {
    const names = all.flatMap(toolsOf);
    expect(new Set(names).size).to.equal(names.length);
    for (const [name, recipe] of Object.entries(recipes)) {
      for (const tool of toolsOf(recipe)) expect(recipeOf(tool)).to.equal(name);
    }
  });

  for (const recipe of built.filter(({ module }) => module !== "pause")) {
    it(`pin every dependency of ${Object.keys(recipe.programs).join(", ")}`, () => {
      // A module's own main package has its name for a path, or a folder in it.
      const modules = [recipe.module, ".", ...required(recipe.module).keys()];
      for (const pkg of Object.values(recipe.programs)) {
        const owner = modules.find((module) => pkg === module || pkg.startsWith(`${module}/`));
        expect(owner, `module of ${pkg}`).to.be.a("string");
      }
      expect(existsSync(path.join(moduleFolder(recipe.module), "go.sum"))).to.equal(true);
    });
  }

  it("make programs say the version they were built from", () => {
    const pulumi = required("pulumi").get("github.com/pulumi/pulumi/pkg/v3");
    expect(recipes.pulumi.variables.join()).to.contain(`=${pulumi}`);
    expect(pulumi, "CLI and SDK").to.equal(`v${packageVersion("pulumi")}`);
    const provider = required("kubernetes-provider").get("github.com/pulumi/pulumi-kubernetes/sdk/v4");
    expect(recipes["kubernetes-provider"].variables.join()).to.match(/Version=\d/);
    expect(`v${recipes["kubernetes-provider"].variables.join().split("=").at(-1)}`).to.equal(provider);
    expect(provider, "provider and SDK").to.equal(`v${packageVersion("kubernetes")}`);
    expect(recipes.kubernetes.variables.join()).to.contain(
      `=${required("kubernetes").get("k8s.io/kubernetes")}`,
    );
  });

  it("trust nothing that is fetched without a checksum", () => {
    for (const recipe of all) {
      if (recipe.kind === "module-files") expect(recipe.sum).to.match(/^h1:[A-Za-z0-9+/]{43}=$/);
      if (recipe.kind === "python") {
        const pins = readFileSync(requirementsFile(recipe), "utf8").split(/^(?=\S)/m);
        for (const pin of pins)
          expect(pin).to.match(/^[\w.-]+==\S+( \\\n {4}--hash=sha256:[0-9a-f]{64})+\n$/);
      }
      if (recipe.kind !== "wheel") continue;
      for (const wheel of Object.values(recipe.wheels)) expect(wheel.sha256).to.match(/^[0-9a-f]{64}$/);
    }
  });

  it("name a result by its sources, not by how long it takes", () => {
    const recipe: GoRecipe = recipes.etcd;
    const sources = recipeSources(recipe);
    expect(recipeSources({ ...recipe, seconds: 1 })).to.deep.equal(sources);
    expect(recipeSources({ ...recipe, variables: ["a=b"] })).not.to.deep.equal(sources);
    expect(sources.join()).to.contain(goMod("etcd"));
  });
});
