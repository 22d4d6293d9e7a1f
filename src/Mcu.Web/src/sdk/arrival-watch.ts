export const lookEveryMs = 500;
/** Sound comes every 20 to 60 ms while somebody speaks. */
export const suspectAfterMs = 1_500;
/** Reports come about every second, also while nobody speaks and nothing moves. */
export const sureAfterMs = 3_000;

export interface ArrivalReadings {
  /** Changes with each packet that is played; null while none was. Cheap. */
  readonly newest: () => number | null;
  /** Bytes that arrived on the connection, reports included; null: not known. */
  readonly bytes: () => Promise<number | null>;
}

/**
 * Notices that nothing arrives any more, long before ICE does. What is played says so first; then it may be that nobody speaks and nothing
 * moves, and what arrives at all decides.
 */
export class ArrivalWatch {
  #newest: number | null = null;
  /** Looks without anything new; null: told already, or nothing came yet. */
  #unchanged: number | null = null;
  /** Bytes at the time of the suspicion. */
  #suspectedAt: number | null = null;

  constructor(
    private readonly readings: ArrivalReadings,
    private readonly suspected: () => void,
    private readonly silent: () => void,
  ) {}

  /** Nothing has arrived since the suspicion. */
  get isSilent(): boolean {
    return this.#suspectedAt !== null;
  }

  /** To be called every `lookEveryMs`. */
  async look(): Promise<void> {
    const newest = this.readings.newest();
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#unchanged = 0;
      this.#suspectedAt = null;
    } else if (this.#unchanged !== null) {
      this.#unchanged++;
      await (this.#suspectedAt === null ? this.#suspect() : this.#makeSure(this.#suspectedAt));
    }
  }

  async #suspect(): Promise<void> {
    if ((this.#unchanged ?? 0) * lookEveryMs < suspectAfterMs) return;
    this.#unchanged = 0;
    this.suspected();
    this.#suspectedAt = await this.readings.bytes();
  }

  async #makeSure(before: number): Promise<void> {
    if ((await this.readings.bytes()) !== before) {
      this.#unchanged = 0;
      this.#suspectedAt = null;
    } else if ((this.#unchanged ?? 0) * lookEveryMs >= sureAfterMs) {
      this.#unchanged = null;
      this.silent();
    }
  }
}

/** When the newest packet of any of these was played. */
export function newestOf(receivers: readonly RTCRtpReceiver[]): number | null {
  const times = receivers.flatMap((receiver) => receiver.getSynchronizationSources().map(({ timestamp }) => timestamp));
  return times.length > 0 ? Math.max(...times) : null;
}
