/** An access line on loopback: a bottleneck with a queue, loss and propagation, as the benchmarks in virtual time have it. */

/**
 * @typedef {object} Quality
 * @property {number} kbps of the bottleneck; the headers of IP and UDP count
 * @property {number} delayMs propagation, one way
 * @property {number} [loss] share of packets lost behind the bottleneck, 0 to 1
 * @property {number} [queueBytes] what waits at most; whatever comes then is dropped
 *
 * @typedef {object} Packet
 * @property {number} bytes with headers
 * @property {number} entered when, by performance.now()
 * @property {() => void} deliver called when it has arrived, never where it is lost
 */

/** IPv4 and UDP. */
const headerBytes = 28;

export class Line {
  /** May be changed at any time; what passes already is not touched by it. @type {Quality} */
  quality;
  /** When each packet began to pass, by performance.now(), and how long others held it up before, in ms. */
  passages = /** @type {{ at: number, waited: number }[]} */ ([]);
  #random;
  /** @type {Packet[]} */
  #waiting = [];
  #waitingBytes = 0;
  #freeAt = 0;
  #timer = /** @type {NodeJS.Timeout | undefined} */ (undefined);

  /**
   * @param {Quality} quality
   * @param {number} seed loses the same packets again
   */
  constructor(quality, seed) {
    this.quality = quality;
    this.#random = generator(seed);
  }

  /**
   * @param {number} length of the datagram
   * @param {() => void} deliver called when it has arrived, never where it is lost
   */
  send(length, deliver) {
    const bytes = length + headerBytes;
    if (this.#waitingBytes + bytes > (this.quality.queueBytes ?? 64_000)) return;
    this.#waiting.push({ bytes, entered: performance.now(), deliver });
    this.#waitingBytes += bytes;
    this.#advance();
  }

  close() {
    clearTimeout(this.#timer);
    this.#waiting = [];
  }

  /** Lets pass what may pass by now. A timer that comes late delays nothing that follows. */
  #advance() {
    clearTimeout(this.#timer);
    for (const now = performance.now(); this.#waiting.length > 0; ) {
      const start = Math.max(this.#freeAt, this.#waiting[0].entered);
      if (start > now) {
        this.#timer = setTimeout(() => this.#advance(), start - now);
        return;
      }
      this.#pass(/** @type {Packet} */ (this.#waiting.shift()), start, now);
    }
  }

  /**
   * @param {Packet} packet
   * @param {number} start
   * @param {number} now
   */
  #pass({ bytes, entered, deliver }, start, now) {
    this.#waitingBytes -= bytes;
    this.#freeAt = start + (bytes * 8) / this.quality.kbps;
    this.passages.push({ at: start, waited: start - entered });
    if (this.#random() < (this.quality.loss ?? 0)) return;
    setTimeout(deliver, this.#freeAt + this.quality.delayMs - now);
  }
}

/**
 * Mulberry32: numbers from 0 to 1 that are the same for the same seed.
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
