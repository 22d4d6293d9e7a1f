/** One participant in a browser, and what it hears and sees. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPage } from './browsers.mjs';
import { eventually } from './eventually.mjs';
import { artifacts } from './paths.mjs';

/** @typedef {import('./picture.mjs').Picture} Picture */
/** @typedef {ReturnType<typeof import('../page/measurements.mjs').installMeasurements>} Measurements */
/** @typedef {import('../page/environment.mjs').Environment} Environment */

/** In functions sent to the page. */
const window = /** @type {{ interop: Measurements, mcu: any }} */ (/** @type {unknown} */ (globalThis));

export class Participant {
  #browser;
  #page;
  name;
  /** What the page wrote to its console and the errors it did not catch. */
  complaints = /** @type {string[]} */ ([]);

  /**
   * @param {import('puppeteer-core').Browser} browser
   * @param {import('puppeteer-core').Page} page
   * @param {string} name
   */
  constructor(browser, page, name) {
    this.#browser = browser;
    this.#page = page;
    this.name = name;
    page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    page.on('pageerror', (error) => this.complaints.push(String(error)));
  }

  /**
   * @param {Promise<import('puppeteer-core').Browser>} launching
   * @param {string} name
   * @param {Environment} [environment]
   */
  static async open(launching, name, environment) {
    const browser = await launching;
    return new Participant(browser, await openPage(browser, environment), name);
  }

  /**
   * Joins by the join page, and waits for sound and picture.
   * @param {string} server its URL, or that of a relay before it
   * @param {string} room
   * @param {Record<string, string>} [parameters] more of the join page's, e.g. camera: '0'
   */
  async join(server, room, parameters = {}) {
    const query = new URLSearchParams({ name: this.name, autojoin: '1', ...parameters });
    await this.#page.goto(`${server}/r/${room}?${query}`, { waitUntil: 'domcontentloaded' });
    await this.seesAndHears();
  }

  /**
   * Opens some page.
   * @param {string} url
   */
  async visit(url) {
    await this.#page.goto(url, { waitUntil: 'domcontentloaded' });
  }

  /** Loads the join page again, and waits for sound and picture. */
  async reload() {
    await this.#page.reload({ waitUntil: 'domcontentloaded' });
    await this.seesAndHears();
  }

  /**
   * Joins with one HTTP request from an empty page.
   * @param {string} server
   * @param {string} path e.g. /whip/room
   * @param {{ send: boolean, receive: boolean, token?: string }} options
   */
  async joinOverHttp(server, path, options) {
    await this.#page.goto(`${server}/healthz`);
    return this.#page.evaluate((url, how) => window.interop.joinOverHttp(url, how), `${server}${path}`, options);
  }

  /** Waits until both streams play. */
  async seesAndHears() {
    await eventually(`${this.name} to receive sound and picture`, () => this.#page.evaluate(playing), {
      withinMs: 20_000,
      describe: async () => ({ page: await this.state().catch(String), complaints: this.complaints }),
    });
  }

  /** The state of the join page's client. */
  async state() {
    return this.#page.evaluate(() => window.mcu?.state);
  }

  /** How long, in ms after the request, the first sound and the first picture took. Right after joinOverHttp. */
  async firstMedia() {
    return this.#page.evaluate(() => window.interop.firstMedia());
  }

  /** Statistics of the streams that arrive (RTCInboundRtpStreamStats with `mimeType`). */
  async inbound() {
    return this.#page.evaluate(() => window.interop.inbound());
  }

  /** Statistics of the streams that are sent (RTCOutboundRtpStreamStats with `mimeType`). */
  async outbound() {
    return this.#page.evaluate(() => window.interop.statistics('outbound-rtp'));
  }

  /**
   * Records the mix.
   * @param {number} seconds
   */
  async hear(seconds) {
    const { samples, sampleRate } = await this.#page.evaluate((length) => window.interop.record(length), seconds);
    const bytes = Buffer.from(samples, 'base64');
    return { sampleRate, samples: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
  }

  /**
   * The picture shown now.
   * @param {string} [file] also kept as a PNG of this name in the artifacts
   * @returns {Promise<Picture>}
   */
  async see(file) {
    const { width, height, luma, png } = await this.#page.evaluate(() => window.interop.grab());
    if (file) writeFileSync(join(artifacts, `${file}.png`), Buffer.from(png.slice(png.indexOf(',') + 1), 'base64'));
    return { width, height, luma: Buffer.from(luma, 'base64') };
  }

  /**
   * A picture of the whole page, in the artifacts.
   * @param {string} file
   */
  async screenshot(file) {
    await this.#page.screenshot({ path: /** @type {`${string}.png`} */ (join(artifacts, `${file}.png`)) });
  }

  /** Begins to note when frames are shown. */
  async watchFrames() {
    await this.#page.evaluate(() => window.interop.watchFrames());
  }

  /**
   * The longest time, in ms, without a new frame since watchFrames: as shown; as received from the network; and as composed, by the
   * RTP clock of the server (the last two are 0 where the browser does not tell).
   */
  async longestGap() {
    const { frames, since, now } = await this.#page.evaluate(() => window.interop.frameLog());
    const shown = longestStep([since, ...frames.map((frame) => frame.at), now]);
    const received = longestStep(frames.flatMap((frame) => frame.received ?? []));
    const composed = longestStep(frames.flatMap((frame) => frame.composed ?? []));
    const told = `${frames.length} frames, longest gap ${shown.toFixed(0)} ms (received ${received.toFixed(0)}, composed ${composed.toFixed(0)})`;
    return { frames: frames.length, shown, told };
  }

  /**
   * Runs a function in the page.
   * @template T
   * @param {(...args: any[]) => T} work
   * @param {unknown[]} args
   * @returns {Promise<Awaited<T>>}
   */
  async run(work, ...args) {
    return /** @type {any} */ (this.#page.evaluate(work, ...args));
  }

  async close() {
    await this.#browser.close();
  }
}

/** In the page: whether sound and a picture have come. */
async function playing() {
  const streams = await window.interop.inbound();
  const video = streams.find(({ kind }) => kind === 'video');
  const audio = streams.find(({ kind }) => kind === 'audio');
  return video?.framesDecoded > 0 && audio?.packetsReceived > 10;
}

/** @param {number[]} times */
function longestStep(times) {
  let longest = 0;
  for (let i = 1; i < times.length; i++) longest = Math.max(longest, times[i] - times[i - 1]);
  return longest;
}
