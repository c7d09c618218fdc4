/** Somebody who follows the documents in a terminal of their own. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { pieces } from "./shell.ts";

/** A terminal: where its commands run and what they find in their environment. */
export interface Terminal {
  cwd: string;
  /** The whole environment. */
  env: Record<string, string | undefined>;
  /** File that keeps what the commands export from one piece to the next. */
  session: string;
  /** The longest one piece may take, in minutes. */
  minutes: number;
}

export class Reader {
  /** Names of the pieces followed so far. */
  readonly followed: string[] = [];
  readonly #terminal: Terminal;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    writeFileSync(terminal.session, "");
  }

  /** A folder beside the terminal's session. */
  path(...parts: string[]): string {
    return path.join(path.dirname(this.#terminal.session), ...parts);
  }

  /**
   * Runs a piece of the documents with other words for those that stand for something, and returns what it said. Throws
   * that where a command of it fails.
   */
  async follow(name: string, words: Record<string, string> = {}): Promise<string> {
    const text = pieces().get(name);
    if (text === undefined) throw new Error(`The documents have no piece of shell called ${name}.`);
    const own = Object.entries(words).reduce(
      (all, [word, value]) => all.replaceAll(new RegExp(`\\b${word}\\b`, "g"), value),
      text,
    );
    const said = await this.type(own);
    this.followed.push(name);
    return said;
  }

  /** Runs other commands, likewise. */
  async type(commands: string): Promise<string> {
    const { cwd, env, session, minutes } = this.#terminal;
    const script = `. "${session}"\n${commands}\ndeclare -px > "${session}"`;
    const { exitCode, all, shortMessage } = await execa("bash", ["-euo", "pipefail", "-c", script], {
      cwd,
      env,
      extendEnv: false,
      all: true,
      reject: false,
      stdin: "ignore",
      timeout: minutes * 60_000,
    });
    if (exitCode !== 0) throw new Error(`${shortMessage ?? ""}\n${commands}\n${all}`);
    return all;
  }
}
