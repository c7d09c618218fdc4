import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { execa } from "execa";

/* Runs the real script with a stand-in for the client. That the client's answers are these is MySQL's documentation. */

const script = readFileSync(new URL("../../../../components/mysql/files/login.sh", import.meta.url), "utf8");
const denied = "ERROR 1045 (28000): Access denied for user 'writer'@'10.1.0.7' (using password: YES)";
const refused = "ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (111)";

describe("mysql-login.sh", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "login-test-"));
    give("s3cret\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function give(password: string, rootPassword = "r00t\n"): void {
    writeFileSync(path.join(folder, "password"), password);
    writeFileSync(path.join(folder, "root-password"), rootPassword);
  }

  /** Runs it with a client that does this; waits no seconds. */
  async function login(client: string) {
    for (const [name, body] of Object.entries({ mysql: client, sleep: ":" })) {
      writeFileSync(path.join(folder, name), `#!/bin/sh\necho x >> ${folder}/${name}.calls\n${body}\n`);
      chmodSync(path.join(folder, name), 0o755);
    }
    const text = script.replace("/run/secrets/mysql", folder);
    const { exitCode, stdout, stderr } = await execa("sh", ["-c", text], {
      reject: false,
      env: {
        PATH: `${folder}:${process.env.PATH}`,
        DATABASE_HOST: "db",
        MYSQL_DATABASE: "site",
        MYSQL_USER: "writer",
        SECRET_NAME: "vault",
        TLS_OPTIONS: "--ssl-mode=VERIFY_IDENTITY --ssl-ca=/ca.crt",
      },
    });
    const calls = path.join(folder, "mysql.calls");
    return {
      exitCode,
      stdout,
      stderr,
      tries: existsSync(calls) ? readFileSync(calls, "utf8").length / 2 : 0,
    };
  }

  it("ends well when the server lets the user in, asked over TLS with the password of the Secret", async () => {
    const { exitCode, stdout, tries } = await login(
      `echo "$MYSQL_PWD $*" > ${folder}/asked; [ "$MYSQL_PWD" = s3cret ]`,
    );
    expect({ exitCode, tries }).to.deep.equal({ exitCode: 0, tries: 1 });
    expect(stdout).to.equal("The server lets writer in with the password of Secret vault.");
    expect(readFileSync(path.join(folder, "asked"), "utf8").trim()).to.equal(
      "s3cret --ssl-mode=VERIFY_IDENTITY --ssl-ca=/ca.crt --host=db --connect-timeout=3 --user=writer --execute=SELECT 1 site",
    );
  });

  it("fails for good with the server's own words when the password is wrong", async () => {
    const { exitCode, stderr, tries } = await login(`echo "${denied}" >&2; exit 1`);
    expect({ exitCode, tries }).to.deep.equal({ exitCode: 78, tries: 1 });
    expect(stderr.split("\n")).to.deep.equal([
      denied,
      "Secret vault: MySQL does not let writer in with its password. Give the Secret the password MySQL has, or MySQL that of the Secret. Nothing was changed.",
    ]);
    expect(stderr).not.to.include("s3cret");
  });

  it("ends well, after ten tries, when there is no server to ask", async () => {
    const { exitCode, stdout, tries } = await login(`echo "${refused}" >&2; exit 1`);
    expect({ exitCode, tries }).to.deep.equal({ exitCode: 0, tries: 10 });
    expect(stdout).to.equal(`No server that could be asked: ${refused}`);
  });

  for (const password of [" s3cret", "s3cret ", "\ts3cret", "", "\n"]) {
    it(`refuses a password WordPress would not use as it is: ${JSON.stringify(password)}`, async () => {
      give(password);
      const { exitCode, stderr, tries } = await login("exit 0");
      expect({ exitCode, tries }).to.deep.equal({ exitCode: 78, tries: 0 });
      expect(stderr).to.match(
        /^Secret vault: the password is empty, or begins or ends with a space, .*changed\.$/,
      );
    });
  }

  for (const odd of ["it's", "a\\b", "two\nlines", "caf\u00e9", "bell\x07"]) {
    it(`refuses what the image of a server that is yet to be made cannot set: ${JSON.stringify(odd)}`, async () => {
      for (const [key, given] of [
        ["password", [odd, "r00t"]],
        ["root-password", ["s3cret", odd]],
      ] as const) {
        give(given[0], given[1]);
        const away = await login(`echo "${refused}" >&2; exit 1`);
        expect(away.exitCode).to.equal(78);
        expect(away.stderr).to.include(
          `Secret vault: MySQL's image cannot set a ${key} that is empty or has`,
        );
      }
      // A server that lets the user in knows the password.
      give(odd);
      expect((await login("exit 0")).exitCode).to.equal(0);
    });
  }

  it("takes any other printable password of a server that is yet to be made", async () => {
    give(`a "b" $c \`d\` #e %f ~!@^&*()-_=+[]{};:,.<>/?|\n`);
    expect((await login(`echo "${refused}" >&2; exit 1`)).exitCode).to.equal(0);
  });

  it("waits for an answer while its pod is new to the network", async () => {
    const late = `[ $(wc -l < ${folder}/mysql.calls) -lt 3 ] && { echo "${refused}" >&2; exit 1; }; echo "${denied}" >&2; exit 1`;
    const { exitCode, tries } = await login(late);
    expect({ exitCode, tries }).to.deep.equal({ exitCode: 78, tries: 3 });
  });
});
