import { Listr } from "listr2";

/** Where long work says what it is doing, one line at a time. */
export type Report = (line: string) => void;

/** Seconds as people read them: `8 s`, `3 m 50`. */
export function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} m ${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Announces a piece of work, says every half minute that it is still going on, and how long it took.
 * @param work is given a function that takes a line for the half-minute's, for example what it printed last
 */
export async function step<T>(
  report: Report,
  title: string,
  work: (onLine: (line: string) => void) => Promise<T>,
): Promise<T> {
  const start = Date.now();
  let latest = "";
  const elapsed = () => duration(Date.now() - start);
  report(`${title} …`);
  const pulse = setInterval(() => report(`${title}: ${elapsed()} so far${latest && `, ${latest}`}`), 30_000);
  try {
    const result = await work((line) => {
      latest = line;
    });
    report(`${title}: done in ${elapsed()}`);
    return result;
  } finally {
    clearInterval(pulse);
  }
}

/**
 * Runs `work` under a title with its lines shown: on a terminal as a spinner with the last lines below it,
 * elsewhere as plain lines with the time since the start.
 */
export async function withProgress<T>(title: string, work: (report: Report) => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work(plainReport());
  let result: T | undefined;
  const task = {
    title,
    task: async (_: unknown, self: { output: string }) => {
      result = await work((line) => {
        self.output = line;
      });
    },
    rendererOptions: { outputBar: 8 },
  };
  await new Listr([task], { rendererOptions: { timer: { condition: true, field: duration } } }).run();
  return result as T;
}

/** Plain lines on stderr, each with the time since the report was made. */
export function plainReport(write: (text: string) => void = (text) => process.stderr.write(text)): Report {
  const start = Date.now();
  return (line) => write(`[${duration(Date.now() - start)}] ${line}\n`);
}
