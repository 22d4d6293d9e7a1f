/** Delays between attempts: at once, then doubling from `firstMs` to `maxMs`, each shortened by up to a third so that clients do not come back in step. */
export class Backoff {
  #attempt = 0;

  constructor(
    private readonly random: () => number = Math.random,
    private readonly firstMs = 250,
    private readonly maxMs = 4_000,
  ) {}

  /** How many delays have been handed out since the last reset. */
  get attempt(): number {
    return this.#attempt;
  }

  /** The delay in milliseconds before the next attempt. */
  next(): number {
    const attempt = this.#attempt++;
    if (attempt === 0) return 0;
    const delay = Math.min(this.maxMs, this.firstMs * 2 ** Math.min(attempt - 1, 20));
    return Math.round(delay * (1 - this.random() / 3));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
