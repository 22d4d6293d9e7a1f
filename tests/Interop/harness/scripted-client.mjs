/** Clients that are no browsers (clients/*_client.py) as participants. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { clip } from './media.mjs';
import { clientScript } from './paths.mjs';

/** Debian's own Python, which has the packages. */
const python = process.env.MCU_PYTHON ?? '/usr/bin/python3';

export class ScriptedClient {
  #process;
  #lines;
  #name;
  #errors = '';

  /**
   * @param {string} name of its script
   * @param {import('node:child_process').ChildProcessWithoutNullStreams} process
   */
  constructor(name, process) {
    this.#name = name;
    this.#process = process;
    this.#lines = createInterface({ input: process.stdout })[Symbol.asyncIterator]();
    process.stderr.on('data', (chunk) => {
      this.#errors = (this.#errors + chunk).slice(-4_000);
    });
  }

  /**
   * Joins with one HTTP request, and waits until it is connected.
   * @param {'aiortc' | 'gstreamer'} script
   * @param {string} url where to POST the offer
   * @param {{ clip: import('./media.mjs').ClipName, tone: number }} source what it sends
   */
  static async join(script, url, { clip: name, tone }) {
    const child = spawn(python, [clientScript(script), url, '--clip', clip(name).file, '--tone', `${tone}`]);
    const participant = new ScriptedClient(script, child);
    await participant.#answer();
    return participant;
  }

  /**
   * Records the mix.
   * @param {number} seconds
   */
  async hear(seconds) {
    const { rate, samples } = await this.#ask({ do: 'hear', seconds });
    const bytes = Buffer.from(samples, 'base64');
    const integers = new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    return { sampleRate: rate, samples: Float32Array.from(integers, (value) => value / 32_768) };
  }

  /**
   * The next picture.
   * @returns {Promise<import('./picture.mjs').Picture>}
   */
  async see() {
    const { width, height, luma } = await this.#ask({ do: 'see' });
    return { width, height, luma: Buffer.from(luma, 'base64') };
  }

  /** Packets received: { audio, video }. */
  async streams() {
    return this.#ask({ do: 'streams' });
  }

  /** Leaves by DELETE; returns its HTTP status. */
  async leave() {
    const { left } = await this.#ask({ do: 'leave' });
    if (this.#process.exitCode === null) await once(this.#process, 'exit');
    return left;
  }

  kill() {
    this.#process.kill('SIGKILL');
  }

  /** @param {object} command */
  async #ask(command) {
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer();
  }

  async #answer() {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`The ${this.#name} client ended: ${this.#errors}`);
    return JSON.parse(value);
  }
}
