/**
 * Ends the process once everything it has printed is out. `process.exit` alone drops what a pipe has not taken yet,
 * and those are the last lines; without it, a server or a connection left open would keep the process going.
 */
export async function exit(code: number): Promise<never> {
  await Promise.all([drained(process.stdout), drained(process.stderr)]);
  process.exit(code);
}

/** Also comes to an end when nobody reads any more. */
function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
