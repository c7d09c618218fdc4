import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { unpackImage } from "../image-root.ts";
import type { Server } from "./stage.ts";

const user = "CREATE USER wordpress@'%' IDENTIFIED BY 'secret'";

/** mysqld of the embedded cluster's image, with the database and the user `wordpress`, whose password is `secret`. */
export class MySqlOnStage {
  private readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async unpack(folder: string): Promise<MySqlOnStage> {
    const root = await unpackImage("localhost/mysql:9.7", folder);
    const file = path.join(root, "tmp/init.sql");
    writeFileSync(file, `CREATE DATABASE wordpress;\n${user};\nGRANT ALL ON wordpress.* TO wordpress@'%';\n`);
    chmodSync(file, 0o644);
    return new MySqlOnStage(root);
  }

  get server(): Server {
    // For speed: what is lost with the machine, though not with its process, is a test's.
    const options = "--user=mysql --skip-log-bin --innodb-doublewrite=OFF --innodb-flush-log-at-trx-commit=2";
    const start = [
      "chown -R mysql:mysql /var/lib/mysql /tmp/init.sql && mkdir -p /var/run/mysqld && chown mysql /var/run/mysqld",
      `test -d /var/lib/mysql/mysql || mysqld --initialize-insecure --init-file=/tmp/init.sql ${options}`,
      `exec mysqld --mysqlx=OFF ${options}`,
    ];
    return { root: this.root, command: ["bash", "-ec", start.join("\n")] };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
