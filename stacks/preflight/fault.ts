/** One thing the cluster lacks or would refuse. */
export interface Fault {
  /** The config key it stands under, or the part of the cluster. */
  key: string;
  /** What is wrong. */
  problem: string;
  /** What to do about it. */
  remedy: string;
}

/** A value the config must not have on this cluster. */
export function notAllowed(key: string, value: unknown, expected: string): Fault {
  return { key, problem: `${JSON.stringify(value)} is not allowed`, remedy: `expected ${expected}` };
}

export function describe({ key, problem, remedy }: Fault): string {
  return `${key}: ${problem}; ${remedy}`;
}
