import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { quote } from "../../local/toolchain/process.ts";
import { waitUntil } from "../../local/toolchain/wait-until.ts";
import { Reader } from "../documents/reader.ts";
import { followed } from "../documents/shell.ts";
import { freshPage, kubectl, objectOf, root } from "./environment.ts";
import { WordPressSession } from "./wordpress-session.ts";

/** What `pulumi` and `kubectl` are on the embedded cluster, as operations.md says. */
const commands = {
  pulumi: `exec npm run --silent --prefix "${root}" pulumi -- "$@"`,
  kubectl: `exec npm run --silent --prefix "${root}" cluster -- kubectl "$@"`,
};

/** Where the pods have the database's password. */
const places = { frontend: "/run/secrets/wordpress/database/password", mysql: "/run/secrets/mysql/password" };

/** What a command prints in each pod of a tier. */
async function inPodsOf(tier: string, ...command: string[]): Promise<string[]> {
  const { items } = await objectOf<{ items: { metadata: { name: string } }[] }>(
    "pods",
    `--selector=tier=${tier}`,
  );
  return Promise.all(
    items.map(({ metadata }) => kubectl("-n", "kube-example", "exec", metadata.name, "--", ...command)),
  );
}

describe("the runbooks of docs/operations.md on a running site", function () {
  this.timeout(10 * 60_000);
  let folder: string;
  let reader: Reader;
  const file = (name: string) => path.join(folder, name);
  const secretOf = async (name: string) => {
    const { data } = await objectOf<{ data: { password: string } }>("secret", name);
    return Buffer.from(data.password, "base64").toString();
  };

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "runbooks-"));
    for (const [name, command] of Object.entries(commands)) {
      // Without this folder: the engine would find this very script as the machine's CLI.
      writeFileSync(file(name), `#!/bin/sh\nPATH=${quote(process.env.PATH ?? "")}\n${command}\n`);
      chmodSync(file(name), 0o755);
    }
    const env = {
      ...process.env,
      PATH: `${folder}:${process.env.PATH}`,
      PULUMI_SKIP_CONFIRMATIONS: "true",
      PULUMI_OPTION_SKIP_PREVIEW: "true",
    };
    reader = new Reader({ cwd: folder, env, session: file("session"), minutes: 5 });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("look at it", async () => {
    const shown = await reader.follow("operations.md, First look");
    expect(shown)
      .to.match(/pod\/wordpress-mysql-0 +1\/1 +Running/)
      .and.to.contain("ready for connections");
  });

  it("read its database, and dump database and files", async () => {
    expect(await reader.follow("operations.md, Reading the database")).to.contain(
      await secretOf("wordpress-mysql"),
    );
    await reader.follow("operations.md, A dump by hand");
    expect(readFileSync(file("wordpress.sql"), "utf8")).to.match(
      /INSERT INTO `wp_users`[\s\S]*-- Dump completed/,
    );
    expect(statSync(file("wp-content.tar")).size).to.be.greaterThan(100_000);
  });

  it("give the database's user another password while the site serves on", async () => {
    const before = await secretOf("wordpress-mysql");
    await reader.follow("operations.md, The database password of the site");
    const password = await secretOf("wordpress-mysql");
    expect(password).not.to.equal(before);
    expect((await freshPage("/")).status).to.equal(200);
    await waitUntil(
      "the pods' files of the Secret",
      300,
      async () => {
        const files = Object.entries(places).map(([tier, place]) => inPodsOf(tier, "cat", place));
        expect(new Set((await Promise.all(files)).flat())).to.deep.equal(new Set([password]));
      },
      { pause: 5000 },
    );
    await reader.follow("operations.md, The database password of the site (2)");
    expect((await freshPage("/?forgotten")).status).to.equal(200);
    const login = (word: string) =>
      kubectl(
        ...[
          "-n",
          "kube-example",
          "exec",
          "wordpress-mysql-0",
          "-c",
          "mysql",
          "--",
          "env",
          `MYSQL_PWD=${word}`,
        ],
        ...["mysql", "--host=127.0.0.1", "--user=wordpress", "--execute=SELECT 1", "wordpress"],
      );
    await login(password);
    expect(await login(before).catch((error: Error) => error.message)).to.contain("Access denied");
  });

  it("give the administrator another password", async () => {
    const before = await secretOf("wordpress-admin");
    await reader.follow("operations.md, The administrator's password");
    const password = await secretOf("wordpress-admin");
    expect(password).not.to.equal(before);
    await WordPressSession.login(password);
    expect(await WordPressSession.login(before).catch((error: Error) => error.message)).to.match(
      /login answered/,
    );
  });

  it("are all that this test is said to follow", () => {
    expect(reader.followed).to.have.members([...followed["tests/e2e/07-runbooks.test.ts"]]);
  });
});
