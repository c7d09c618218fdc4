import { accessSync, constants, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { archiveName, debianImages, imageKey, recipeFolder } from "../../../local/images/recipes.ts";

const recipes = Object.entries(debianImages);

/** The image whose files are in `folder`. */
function image(folder: string) {
  const found = recipes.find(([, recipe]) => recipe.folder === folder);
  if (!found) throw new Error(`no image is made from ${folder}`);
  return found[1];
}

function read(folder: string, ...file: string[]): string {
  return readFileSync(path.join(recipeFolder(image(folder)), "root", ...file), "utf8");
}

describe("the recipes of the images", () => {
  it("name an archive by its image and what it is built from", () => {
    expect(archiveName("localhost/mysql:9.7", "0f")).to.equal("mysql-0f.tar");
  });

  it("give another key to another recipe", () => {
    const recipe = image("mysql");
    expect(imageKey(recipe)).to.equal(imageKey({ ...recipe }));
    expect(imageKey({ ...recipe, packages: [...recipe.packages, "less"] })).not.to.equal(imageKey(recipe));
    expect(imageKey({ ...recipe, folder: "wordpress" })).not.to.equal(imageKey(recipe));
  });

  for (const [reference, recipe] of recipes) {
    it(`have programs for ${reference} that can be run`, () => {
      const programs = path.join(recipeFolder(recipe), "root", "usr", "local", "bin");
      for (const name of readdirSync(programs)) accessSync(path.join(programs, name), constants.X_OK);
      accessSync(path.join(recipeFolder(recipe), "setup.sh"), constants.X_OK);
      const [started] = recipe.config.Entrypoint;
      expect(readdirSync(programs)).to.include(started);
    });
  }

  it("stop Apache gracefully and MySQL as servers are stopped", () => {
    expect(image("wordpress").config.StopSignal).to.equal("SIGWINCH");
    expect(image("mysql").config.StopSignal).to.equal("SIGTERM");
  });

  it("read every variable of the official WordPress image", () => {
    const config = read("wordpress", "usr", "src", "wordpress", "wp-config-docker.php");
    const keys = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((name) => [
      `${name}_KEY`,
      `${name}_SALT`,
    ]);
    const settings = [
      "DB_HOST",
      "DB_NAME",
      "DB_USER",
      "DB_PASSWORD",
      "DB_CHARSET",
      "DB_COLLATE",
      "TABLE_PREFIX",
    ];
    for (const name of [...keys, ...settings, "DEBUG", "CONFIG_EXTRA"]) {
      expect(config).to.contain(`wordpress_env( 'WORDPRESS_${name}'`);
    }
    expect(config).to.contain("HTTP_X_FORWARDED_PROTO");
  });

  it("read every variable of the official MySQL image", () => {
    const entrypoint = read("mysql", "usr", "local", "bin", "docker-entrypoint.sh");
    const names = ["ROOT_PASSWORD", "ROOT_HOST", "DATABASE", "USER", "PASSWORD", "RANDOM_ROOT_PASSWORD"];
    for (const name of [...names, "ALLOW_EMPTY_PASSWORD", "ONETIME_PASSWORD", "INITDB_SKIP_TZINFO"]) {
      expect(entrypoint).to.contain(`read_setting MYSQL_${name}`);
    }
    expect(read("mysql", "etc", "my.cnf")).to.match(/^skip-name-resolve$/m);
  });
});
