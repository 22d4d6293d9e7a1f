export const lookEveryMs = 500;
/** Sound comes every 20 ms, and at least every 400 ms while nobody speaks. */
export const suspectAfterMs = 1_500;

export interface ArrivalReadings {
  /** Changes with each packet that is played; null while none was. Cheap. */
  readonly newest: () => number | null;
  /** Bytes that arrived on the connection, reports included; null: not known. */
  readonly bytes: () => Promise<number | null>;
}

/** Notices that nothing arrives any more, long before ICE does: what is played says so first, what arrived at all confirms it. */
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

  /** To be called every `lookEveryMs`. */
  async look(): Promise<void> {
    const newest = this.readings.newest();
    if (newest !== this.#newest) {
      this.#newest = newest;
      this.#unchanged = 0;
      this.#suspectedAt = null;
    } else if (this.#suspectedAt !== null) {
      const before = this.#suspectedAt;
      this.#suspectedAt = null;
      if ((await this.readings.bytes()) === before) this.silent();
    } else if (this.#unchanged !== null && ++this.#unchanged * lookEveryMs >= suspectAfterMs) {
      this.#unchanged = null;
      this.suspected();
      this.#suspectedAt = await this.readings.bytes();
    }
  }
}

/** When the newest packet of any of these was played. */
export function newestOf(receivers: readonly RTCRtpReceiver[]): number | null {
  const times = receivers.flatMap((receiver) => receiver.getSynchronizationSources().map(({ timestamp }) => timestamp));
  return times.length > 0 ? Math.max(...times) : null;
}
