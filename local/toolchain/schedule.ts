interface Waiting {
  readonly weight: number;
  readonly start: () => void;
}

/**
 * Runs pieces of work in a few slots side by side, the heaviest of those waiting first: what takes longest must not
 * be left for the end, when nothing else fills the other slots.
 */
export class Schedule {
  #free: number;
  readonly #waiting: Waiting[] = [];

  constructor(slots: number) {
    this.#free = slots;
  }

  /** @param weight how long the work takes compared with other work */
  async run<T>(weight: number, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((start) => {
      this.#waiting.push({ weight, start });
      this.#waiting.sort((a, b) => b.weight - a.weight);
      // Work asked for in the same breath is compared before the first of it starts.
      queueMicrotask(() => this.#startNext());
    });
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#startNext();
    }
  }

  #startNext(): void {
    if (this.#free === 0) return;
    const next = this.#waiting.shift();
    if (!next) return;
    this.#free -= 1;
    next.start();
  }
}
