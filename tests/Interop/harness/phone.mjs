/** A softphone (baresip) that dials in: sends a tone, records what it hears, is told what to do. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from './eventually.mjs';
import { freePort } from './server.mjs';

const program = process.env.MCU_BARESIP ?? '/usr/bin/baresip';

/** Debian's architecture folders differ; all modules are in the one of the package. */
const modules = '/usr/lib/baresip/modules';

export const hasPhone = existsSync(program);

/** How loud a phone's tone is: as the browsers' tones are. */
const amplitude = 10 ** (-18 / 20);

/** What a codec is called by the phone, and the rate of its sound. */
const codecs = {
  pcmu: { name: 'PCMU/8000/1', rate: 8_000 },
  pcma: { name: 'PCMA/8000/1', rate: 8_000 },
  g722: { name: 'G722/16000/1', rate: 16_000 },
  opus: { name: 'opus/48000/1', rate: 48_000 },
};

/** @typedef {keyof typeof codecs} PhoneCodec */

export class Phone {
  #process;
  #folder;
  #controlPort;
  #codec;
  #log = '';

  /**
   * @param {string} folder
   * @param {number} controlPort
   * @param {PhoneCodec} codec
   * @param {string} target
   */
  constructor(folder, controlPort, codec, target) {
    this.#folder = folder;
    this.#controlPort = controlPort;
    this.#codec = codec;
    this.#process = spawn(program, ['-f', folder, '-e', `/dial ${target}`], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream.on('data', (chunk) => {
        this.#log = (this.#log + chunk).slice(-4_000);
      });
    }
  }

  /**
   * Calls, and waits until the call is established.
   * @param {string} target a SIP URI
   * @param {{ tone: number, name?: string, codec?: PhoneCodec, mediaEncryption?: string }} options
   */
  static async dial(target, { tone, name = 'phone', codec = 'pcmu', mediaEncryption }) {
    const folder = mkdtempSync(join(tmpdir(), 'mcu-phone-'));
    const controlPort = await freePort();
    const sipPort = await freePair(controlPort);
    writeFileSync(join(folder, 'tone.wav'), waveOf(tone, codecs[codec]));
    writeFileSync(join(folder, 'config'), configOf(folder, sipPort, controlPort));
    const encryption = mediaEncryption ? `;mediaenc=${mediaEncryption}` : '';
    writeFileSync(join(folder, 'accounts'), `<sip:${name}@127.0.0.1>;regint=0;audio_codecs=${codecs[codec].name}${encryption}\n`);
    const phone = new Phone(folder, controlPort, codec, target);
    await eventually('the call to be established', () => /Call established/.test(phone.#log) || !phone.isRunning, {
      describe: () => phone.#log,
    });
    if (!phone.isRunning) throw new Error(`The phone ended: ${phone.#log}`);
    return phone;
  }

  get isRunning() {
    return this.#process.exitCode === null;
  }

  /** Whether the other side has hung up. */
  get isOver() {
    return /session closed|terminated/.test(this.#log);
  }

  get log() {
    return this.#log;
  }

  /**
   * What it hears in the next seconds.
   * @param {number} seconds
   * @returns {Promise<import('./expectations.mjs').Recording>}
   */
  async hear(seconds) {
    const before = this.#heard().length;
    const wanted = seconds * codecs[this.#codec].rate * 2;
    await eventually(`${seconds} s of sound`, () => this.#heard().length >= before + wanted, { withinMs: seconds * 4_000 });
    const bytes = this.#heard().subarray(before, before + wanted);
    const samples = new Float32Array(wanted / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(2 * i) / 32_768;
    return { sampleRate: codecs[this.#codec].rate, samples };
  }

  /** @param {string} command of baresip's menu, e.g. `hold` */
  async command(command, params = '') {
    const socket = connect(this.#controlPort, '127.0.0.1');
    await once(socket, 'connect');
    const text = JSON.stringify({ command, params });
    socket.write(`${Buffer.byteLength(text)}:${text},`);
    await Promise.race([once(socket, 'data'), delay(2_000)]);
    socket.destroy();
  }

  async hangUp() {
    await this.command('hangup');
    await this.close();
  }

  /** Ends without a word, as a phone whose battery is empty. */
  kill() {
    this.#process.kill('SIGKILL');
  }

  async close() {
    if (this.isRunning) {
      this.#process.kill('SIGTERM');
      await Promise.race([once(this.#process, 'exit'), delay(3_000)]);
      if (this.isRunning) this.kill();
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** The samples of the newest recording, behind its header of 44 bytes. */
  #heard() {
    const files = readdirSync(this.#folder)
      .filter((file) => file.endsWith('-dec.wav'))
      .sort();
    const newest = files.at(-1);
    return newest ? readFileSync(join(this.#folder, newest)).subarray(44) : Buffer.alloc(0);
  }
}

/**
 * A port that is free, and so is the next, which the phone takes for TLS.
 * @param {number} taken a port that is promised to somebody else
 */
async function freePair(taken) {
  for (;;) {
    const port = await freePort();
    const next = createServer().listen(port + 1, '127.0.0.1');
    const isFree = await once(next, 'listening').then(
      () => true,
      () => false,
    );
    next.close();
    if (isFree && port !== taken && port + 1 !== taken) return port;
  }
}

/**
 * Sends a file of SIP messages with sipp, so many calls at such a rate; gives its counts.
 * @param {number} port
 * @param {{ user: string, calls: number, perSecond: number, milliseconds: number, transport?: 'u1' | 't1' }} load
 */
export function sipp(port, { user, calls, perSecond, milliseconds, transport = 'u1' }) {
  const folder = mkdtempSync(join(tmpdir(), 'mcu-sipp-'));
  const own = ['-sn', 'uac', `127.0.0.1:${port}`, '-i', '127.0.0.1', '-s', user, '-t', transport, '-nostdin'];
  const load = ['-r', `${perSecond}`, '-m', `${calls}`, '-l', `${calls}`, '-d', `${milliseconds}`, '-timeout', '60'];
  const { stdout } = spawnSync('/usr/bin/sipp', [...own, ...load], { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true, force: true });
  const count = (/** @type {string} */ what) => Number(stdout.match(new RegExp(`${what}\\s*\\|\\s*\\d+\\s*\\|\\s*(\\d+)`))?.[1] ?? -1);
  return { successful: count('Successful call'), failed: count('Failed call') };
}

export const hasSipp = existsSync('/usr/bin/sipp');

/**
 * @param {string} folder
 * @param {number} sipPort
 * @param {number} controlPort
 */
function configOf(folder, sipPort, controlPort) {
  return `module_path ${modules}
module g711.so
module g722.so
module opus.so
module aufile.so
module aubridge.so
module sndfile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
audio_source aufile,${join(folder, 'tone.wav')}
audio_player aubridge,nowhere
snd_path ${folder}
sip_listen 127.0.0.1:${sipPort}
ctrl_tcp_listen 127.0.0.1:${controlPort}
sip_verify_server no
opus_stereo no
`;
}

/**
 * Two minutes of a tone.
 * @param {number} tone
 * @param {{ rate: number }} codec
 */
function waveOf(tone, { rate }) {
  const samples = rate * 120;
  const wave = Buffer.alloc(44 + 2 * samples);
  wave.write('RIFF', 0);
  wave.writeUInt32LE(36 + 2 * samples, 4);
  wave.write('WAVEfmt ', 8);
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(1, 22);
  wave.writeUInt32LE(rate, 24);
  wave.writeUInt32LE(2 * rate, 28);
  wave.writeUInt16LE(2, 32);
  wave.writeUInt16LE(16, 34);
  wave.write('data', 36);
  wave.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++) {
    wave.writeInt16LE(Math.round(32_767 * amplitude * Math.sin((2 * Math.PI * tone * i) / rate)), 44 + 2 * i);
  }
  return wave;
}
