import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect } from "chai";
import { linuxOnly } from "../linux-only.ts";

const script = path.join(
  import.meta.dirname,
  "../../../local/images/mysql/root/usr/local/bin/docker-entrypoint.sh",
);

/** Runs the real script with stand-ins for the server's programs; the SQL it would run is looked at. */
describe("the entry point of the MySQL image", () => {
  let folder: string;
  let data: string;

  // The stand-in for `id` is found before the machine's own, which takes a PATH as Linux has it.
  before(linuxOnly);

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "mysql-entrypoint-"));
    data = path.join(folder, "data");
    mkdirSync(path.join(folder, "init"));
    mkdirSync(data);
    const server = `case " $* " in
  *" --help "*) echo "datadir  ${data}"; exit ;;
  *" --initialize-insecure "*) mkdir ${data}/mysql; exit ;;
  *" --skip-networking "*) trap 'exit 0' TERM; while :; do sleep 0.02; done ;;
esac
echo "serving $*"`;
    program("mysqld", server);
    program("mysqladmin", "exit 0");
    program("mysql_tzinfo_to_sql", "echo \"SELECT 'zones';\"");
    program(
      "mysql",
      `for option; do case $option in
  --defaults-extra-file=*) cat "\${option#*=}" ;;
  --database=*) echo "USE \${option#*=};" ;;
esac; done >> ${folder}/sql
cat >> ${folder}/sql`,
    );
    // As root the script would first become the user mysql, which this machine may not have.
    program("id", "echo 999");
    const text = readFileSync(script, "utf8")
      .replace("/docker-entrypoint-initdb.d/", `${folder}/init/`)
      .replace("/var/run/mysqld", folder);
    writeFileSync(path.join(folder, "entrypoint.sh"), text);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function program(name: string, body: string): void {
    const file = path.join(folder, "bin", name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
  }

  function start(env: Record<string, string>, args = ["mysqld", "--skip-name-resolve"]) {
    const PATH = `${path.join(folder, "bin")}:${process.env.PATH}`;
    const options = { env: { PATH, ...env }, encoding: "utf8", timeout: 20_000 } as const;
    const { status, stdout, stderr } = spawnSync(
      "bash",
      [path.join(folder, "entrypoint.sh"), ...args],
      options,
    );
    return { status, stdout, stderr };
  }

  const sql = () => readFileSync(path.join(folder, "sql"), "utf8");

  it("makes the users and the database of the variables, then becomes the server", () => {
    const { status, stdout } = start({
      MYSQL_ROOT_PASSWORD: "it's \\ root",
      MYSQL_DATABASE: "word_press",
      MYSQL_USER: "writer",
      MYSQL_PASSWORD: "p'w",
    });
    expect({ status, stdout }).to.deep.equal({ status: 0, stdout: "serving --skip-name-resolve\n" });
    for (const statement of [
      "SELECT 'zones';",
      "ALTER USER 'root'@'localhost' IDENTIFIED BY 'it\\'s \\\\ root';",
      "CREATE USER 'root'@'%' IDENTIFIED BY 'it\\'s \\\\ root'; GRANT ALL ON *.* TO 'root'@'%' WITH GRANT OPTION;",
      "CREATE DATABASE IF NOT EXISTS `word_press`;",
      "CREATE USER 'writer'@'%' IDENTIFIED BY 'p\\'w';",
      "GRANT ALL ON `word\\_press`.* TO 'writer'@'%';",
    ]) {
      expect(sql()).to.include(`${statement}\n`);
    }
    expect(readdirSync(data)).to.deep.equal(["mysql"]);
  });

  it("reads each variable from a file as well, and refuses both at once", () => {
    const file = path.join(folder, "password");
    writeFileSync(file, "from a file\n");
    expect(start({ MYSQL_ROOT_PASSWORD_FILE: file, MYSQL_ROOT_HOST: "localhost" }).status).to.equal(0);
    expect(sql()).to.include("IDENTIFIED BY 'from a file';").and.not.to.include("CREATE USER");
    rmSync(path.join(data, "mysql"), { recursive: true });
    const { status, stderr } = start({ MYSQL_ROOT_PASSWORD_FILE: file, MYSQL_ROOT_PASSWORD: "too" });
    expect(status).to.equal(1);
    expect(stderr).to.include("MYSQL_ROOT_PASSWORD and MYSQL_ROOT_PASSWORD_FILE are both set");
  });

  for (const [what, env, message] of [
    ["without a root password", {}, /there is no root password: set MYSQL_ROOT_PASSWORD/],
    [
      "for root as the application's user",
      { MYSQL_ROOT_PASSWORD: "x", MYSQL_USER: "root", MYSQL_PASSWORD: "y" },
      /MYSQL_USER cannot be root/,
    ],
    [
      "for a user without a password",
      { MYSQL_ROOT_PASSWORD: "x", MYSQL_USER: "writer" },
      /MYSQL_USER is set without MYSQL_PASSWORD/,
    ],
  ] as const) {
    it(`initialises nothing ${what}`, () => {
      const { status, stderr } = start(env);
      expect(status).to.equal(1);
      expect(stderr).to.match(message);
      expect(readdirSync(data)).to.deep.equal([]);
    });
  }

  it("runs /docker-entrypoint-initdb.d in order, as root of the database", () => {
    const init = (name: string, content: string | Buffer) =>
      writeFileSync(path.join(folder, "init", name), content);
    init("1-first.sh", `echo "script" >> ${folder}/sql`);
    init("2-second.sql", "SELECT 'plain';\n");
    init("3-third.sql.gz", gzipSync("SELECT 'packed';\n"));
    init("4-note.txt", "nothing");
    const { status, stderr } = start({ MYSQL_ROOT_PASSWORD: 'r"t', MYSQL_DATABASE: "blog" });
    expect(status, stderr).to.equal(0);
    const login = '[client]\npassword="r\\"t"\n';
    expect(sql()).to.include(
      `script\n${login}USE blog;\nSELECT 'plain';\n${login}USE blog;\nSELECT 'packed';\n`,
    );
    expect(stderr).to.match(/Ignored: .*4-note\.txt/);
  });

  it("starts an initialisation over that was cut short, and leaves finished data alone", () => {
    mkdirSync(path.join(data, "mysql"));
    writeFileSync(path.join(data, ".initialisation-unfinished"), "");
    writeFileSync(path.join(data, "half"), "");
    expect(start({ MYSQL_ROOT_PASSWORD: "x" }).status).to.equal(0);
    expect(readdirSync(data)).to.deep.equal(["mysql"]);
    rmSync(path.join(folder, "sql"));
    writeFileSync(path.join(data, "rows"), "");
    expect(start({}).stdout).to.equal("serving --skip-name-resolve\n");
    expect(existsSync(path.join(folder, "sql"))).to.equal(false);
    expect(readdirSync(data).sort()).to.deep.equal(["mysql", "rows"]);
  });

  it("takes options alone for the server's, and runs any other command as it is", () => {
    mkdirSync(path.join(data, "mysql"));
    expect(start({}, ["--port=1"]).stdout).to.equal("serving --port=1\n");
    expect(start({}, ["echo", "a b"]).stdout).to.equal("a b\n");
  });
});
