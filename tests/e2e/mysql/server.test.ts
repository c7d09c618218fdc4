import { expect } from "chai";
import { Server } from "./server.ts";

/* mysqld itself with the files, the scripts and the commands its pod gets. */

describe("MySQL with the site's settings", () => {
  let server: Server;
  before(async () => {
    server = await Server.unpack();
  });
  after(() => server?.remove());

  it("takes up again an initialisation that was cut short, and leaves alone what has tables", async () => {
    const said = await server.run(
      {},
      `prepare
       serve
       # Killed as soon as the image would take the folder for a whole database.
       until [ -d var/lib/mysql/mysql ]; do sleep 0.05; done
       end KILL
       ls -A var/lib/mysql | grep initialising
       prepare
       serve
       until_ready
       test ! -e var/lib/mysql/.initialising
       ask "CREATE TABLE wordpress.kept (word TEXT)"
       end TERM
       # A mark that has no business there.
       touch var/lib/mysql/.initialising
       prepare
       test -e var/lib/mysql/wordpress/kept.ibd && echo kept`,
    );
    expect(said.split("\n").filter((line) => /^The initialisation|^kept/.test(line))).to.deep.equal([
      "The initialisation was cut short, and there are no tables yet: it is done again.",
      "kept",
    ]);
  });

  it("shows slow queries in the pod's log, and has WordPress' collation and small binary logs", async () => {
    const said = await server.run(
      { slowQuerySeconds: 0.2, extraConfig: ["max_allowed_packet = 32M"], storage: { size: "2Gi" } },
      `prepare
       serve
       until_ready
       ask "SELECT 'slow', SLEEP(0.3)"
       ask "SELECT DEFAULT_COLLATION_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = 'wordpress'"
       ask "SELECT @@slow_query_log, @@binlog_expire_logs_seconds, @@max_binlog_size, @@max_allowed_packet"
       until grep --quiet "^SELECT 'slow'" pod.log; do sleep 0.1; done
       end TERM`,
    );
    expect(said).to.match(/^# Query_time: (?:0\.[3-9]|[1-9]).*\n(.*\n)*SELECT 'slow', SLEEP\(0\.3\);$/m);
    // The database of the first test: a new server's collation is its own.
    expect(said).to.match(/^utf8mb4_unicode_520_ci$/m);
    expect(said).to.match(/^1\t172800\t67108864\t33554432$/m);
  });
});
