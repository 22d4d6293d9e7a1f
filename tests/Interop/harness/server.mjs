/** The server under test: a process of its own on free ports. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './eventually.mjs';
import { artifacts, serverDll } from './paths.mjs';

/** A small canvas: two cores carry the server and several browsers. */
const defaults = {
  MCU_CONFERENCE_WIDTH: '640',
  MCU_CONFERENCE_HEIGHT: '360',
  MCU_CONFERENCE_FRAMES_PER_SECOND: '15',
  MCU_CONFERENCE_VIDEO_KBPS: '1200',
  // Browsers leave the server little of two cores, and it would reduce the very pictures that are compared. Reduction has tests of its own.
  MCU_CONFERENCE_MAX_REDUCTION: '2',
};

/** An address of this machine that is not loopback, or null: aiortc sends from no other. */
export function outerAddress() {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find((address) => address.family === 'IPv4' && !address.internal)?.address ?? null;
}

/** A TCP port nobody listens on at this moment. */
export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  await once(probe, 'close');
  return port;
}

/** The environment without settings of the caller's own, nor those of the tests: the server refuses what it does not know. */
export function bareEnvironment() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MCU_')));
}

export class McuServer {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #data;
  #tail = '';
  /** @type {string} without a slash at the end */
  url;
  /** UDP and TCP port of all media. */
  mediaPort;
  /** UDP and TCP port of SIP. */
  sipPort = 0;
  /** TCP port of SIP over TLS. */
  sipTlsPort = 0;

  /**
   * @param {import('node:child_process').ChildProcess} process
   * @param {string} url
   * @param {number} mediaPort
   * @param {string} data
   * @param {string} name
   */
  constructor(process, url, mediaPort, data, name) {
    this.#process = process;
    this.#data = data;
    this.url = url;
    this.mediaPort = mediaPort;
    const log = createWriteStream(join(artifacts, `server-${name}.log`));
    for (const stream of [process.stdout, process.stderr]) {
      stream?.on('data', (chunk) => {
        log.write(chunk);
        this.#tail = (this.#tail + chunk).slice(-8_000);
      });
    }
  }

  /**
   * Starts a server and waits until it is healthy.
   * @param {string} name of its log in the artifacts
   * @param {{ args?: string[], environment?: Record<string, string>, data?: string }} [options] data: what a server left that crashed
   */
  static async start(name, { args = [], environment = {}, data = mkdtempSync(join(tmpdir(), 'mcu-interop-')) } = {}) {
    const httpPort = await freePort();
    const mediaPort = await freePort();
    const [sipPort, sipTlsPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${httpPort}`;
    const announced = ['127.0.0.1', outerAddress()].filter(Boolean).join(',');
    const own = ['--http', url, '--media-port', `${mediaPort}`, '--announce', announced, '--data', data];
    const child = spawn('dotnet', [serverDll(), ...own, ...args], {
      env: { ...bareEnvironment(), ...defaults, MCU_SIP_PORT: `${sipPort}`, MCU_SIP_TLS_PORT: `${sipTlsPort}`, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const server = new McuServer(child, url, mediaPort, data, name);
    Object.assign(server, { sipPort, sipTlsPort });
    const healthy = async () => !server.isRunning || (await fetch(`${url}/healthz`)).ok;
    await eventually('the server to be healthy', healthy, { withinMs: 20_000, describe: () => server.#tail });
    if (!server.isRunning) throw new Error(`The server ended: ${server.#tail}`);
    return server;
  }

  /** The last lines it wrote. */
  get log() {
    return this.#tail;
  }

  get isRunning() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /**
   * A room as GET /api/v1/rooms/{room} tells it.
   * @param {string} room
   */
  async room(room) {
    const response = await fetch(`${this.url}/api/v1/rooms/${room}`);
    if (!response.ok) throw new Error(`GET room ${room}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  /**
   * Kills it without a warning (SIGKILL).
   * @returns {Promise<string>} its data folder, for another to take over
   */
  async crash() {
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
    return this.#data;
  }

  /**
   * Asks it to end, as Ctrl-C and service managers do.
   * @returns {Promise<{ code: number | null, ms: number }>} its exit code and how long it took; after 10 s it is killed: code null
   */
  async stop() {
    const started = performance.now();
    if (this.isRunning) {
      const exited = once(this.#process, 'exit');
      const killer = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
      this.#process.kill('SIGTERM');
      await exited;
      clearTimeout(killer);
    }
    rmSync(this.#data, { recursive: true, force: true });
    return { code: this.#process.exitCode, ms: performance.now() - started };
  }
}
