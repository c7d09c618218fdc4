import { inNamespace, mysqlPod } from "../../tests/proof/kube.ts";

/**
 * Runs `work` with room for the connections of more pods: MySQL is made for the site's own, and each worker keeps one.
 * However that ends, the setting is put back; the server's next start does so as well.
 */
export async function withRoomForConnections<T>(work: () => Promise<T>): Promise<T> {
  const before = await query("SELECT @@GLOBAL.max_connections");
  try {
    await query("SET GLOBAL max_connections = 1000");
    return await work();
  } finally {
    await query(`SET GLOBAL max_connections = ${before}`);
  }
}

/** Runs SQL as root inside the server's pod, the only place from which root may come, and returns the bare rows. */
async function query(sql: string): Promise<string> {
  const { metadata } = await mysqlPod();
  const client = 'mysql --user=root --batch --skip-column-names --execute="$1"';
  const script = `MYSQL_PWD="$(cat /run/secrets/mysql/root-password)" ${client}`;
  const command = ["exec", metadata.name, "-c", "mysql", "--", "sh", "-c", script, "sh", sql];
  return (await inNamespace(command)).trim();
}
