import { inNamespace, mysqlPod, until } from "../../tests/proof/kube.ts";

/** A setting of the running database server, as SQL. */
export interface ServerSetting {
  name: string;
  /** What it is, in a few words. */
  what: string;
  /** Query for the value it has. */
  read: string;
  /** Statement that sets another. */
  write: (value: string) => string;
  value: string;
}

/** Runs `work` with a setting changed, and sets it back however that ends; the server's next start does so as well. */
export async function withSetting<T>(
  { read, write, value }: ServerSetting,
  work: () => Promise<T>,
): Promise<T> {
  const before = await query(read);
  try {
    await set(write(value));
    return await work();
  } finally {
    await set(write(before));
  }
}

async function set(statement: string): Promise<void> {
  await query(statement);
  // A buffer pool grows and shrinks in the background.
  const isResizing = async () =>
    /\t[1-9]/.test(await query("SHOW STATUS LIKE 'Innodb_buffer_pool_resize_status_code'"));
  await until("MySQL's buffer pool at its new size", 60, async () => !(await isResizing()));
}

/** Runs SQL as root inside the server's pod, the only place from which root may come, and returns the bare rows. */
async function query(sql: string): Promise<string> {
  const { metadata } = await mysqlPod();
  const client = 'mysql --user=root --batch --skip-column-names --execute="$1"';
  const script = `MYSQL_PWD="$(cat /run/secrets/mysql/root-password)" ${client}`;
  const command = ["exec", metadata.name, "-c", "mysql", "--", "sh", "-c", script, "sh", sql];
  return (await inNamespace(command)).trim();
}
