import * as pulumi from "@pulumi/pulumi";

/** One thing wrong with a stack: with its config, or with the cluster it is for. */
export interface Fault {
  /** The config key it stands under, or the part of the cluster. */
  key: string;
  /** What is wrong. */
  problem: string;
  /** What to do about it. */
  remedy: string;
}

/** A value the config must not have. */
export function notAllowed(key: string, value: unknown, allowed: string): Fault {
  const problem = value === undefined ? "is missing" : `${JSON.stringify(value)} is not allowed`;
  return { key, problem, remedy: `expected ${allowed}` };
}

/** A fault as one line of a message. */
export function describe({ key, problem, remedy }: Fault): string {
  return `${key}: ${problem}; ${remedy}`;
}

/** All faults at once. A RunError, so that the engine shows the text without a stack trace and deploys nothing. */
export class FaultsError extends pulumi.RunError {
  readonly faults: readonly string[];

  /** @param where begins the message: "The stack's config has" @param end ends it */
  constructor(where: string, faults: readonly string[], end = "") {
    const count = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
    const lines = faults.map((fault) => `  - ${fault}`).join("\n");
    super(`${where} ${count}; nothing was deployed.\n${lines}${end}`);
    this.faults = faults;
  }
}
