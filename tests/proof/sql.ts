import { inNamespace } from "./kube.ts";

/** How the client takes what it is given on its input: bare rows, each as soon as it is there. */
const client =
  'MYSQL_PWD="$(cat /run/secrets/mysql/password)" timeout --kill-after=5 "$1" mysql --host=127.0.0.1 ' +
  '--user="$MYSQL_USER" --batch --skip-column-names --unbuffered "$MYSQL_DATABASE" 2>&1; echo "ended with $?"';

/** What came of some SQL. */
export interface Answer {
  /** Whether every statement was carried out in time. */
  done: boolean;
  /** Rows as the client prints them, and the server's error where there was one. */
  lines: string[];
}

/**
 * Runs SQL as the site's user inside a pod of MySQL's image, for `limit` seconds at most, and up to the first statement
 * the server refuses. Rejects only when the pod cannot be reached.
 */
export async function sql(pod: string, statements: string, limit = 20): Promise<Answer> {
  const command = ["exec", "-i", pod, "-c", "mysql", "--", "sh", "-c", client, "sh", String(limit)];
  const run = inNamespace(command, { input: statements, seconds: limit + 30 });
  // A server that ends takes the client with it; what was said until then counts.
  return answerOf(
    await run.catch((error: Error & { stdout?: string }) => error.stdout || Promise.reject(error)),
  );
}

/** What the client's output says. */
export function answerOf(output: string): Answer {
  const lines = output.trimEnd().split("\n");
  const end = lines.pop();
  return {
    done: end === "ended with 0",
    lines: lines.filter((line) => !line.startsWith("mysql: [Warning]")),
  };
}

/** Runs SQL whose every statement has to succeed, and returns its rows. */
export async function rowsOf(pod: string, statements: string, limit = 20): Promise<string[]> {
  const { done, lines } = await sql(pod, statements, limit);
  if (!done)
    throw new Error(`MySQL in ${pod} refused, or took more than ${limit} s: ${lines.slice(-3).join(" ")}`);
  return lines;
}

/** Tables of the site's database that MySQL's own check finds fault with, and what it says. */
export async function damagedTables(pod: string): Promise<string[]> {
  const tables = (await rowsOf(pod, "SHOW TABLES;")).map((name) => `\`${name}\``);
  return faultsIn(await rowsOf(pod, `CHECK TABLE ${tables.join(", ")};`, 60));
}

/** What is not in order among the rows of `CHECK TABLE`: table, operation, kind of message, message. */
export function faultsIn(rows: string[]): string[] {
  return rows.flatMap((row) => {
    const [table = row, , kind, message] = row.split("\t");
    return kind === "note" || (kind === "status" && message === "OK") ? [] : [`${table}: ${kind} ${message}`];
  });
}
