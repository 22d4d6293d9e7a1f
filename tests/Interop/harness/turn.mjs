/** coturn on loopback, with the same secret as the server under test. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from './eventually.mjs';
import { artifacts } from './paths.mjs';
import { freePort } from './server.mjs';

const program = process.env.MCU_TURNSERVER ?? '/usr/bin/turnserver';

export const hasTurnServer = existsSync(program);

export class TurnServer {
  /** @type {import('node:child_process').ChildProcess} */
  #process;
  #log = '';
  port;

  /**
   * @param {number} port
   * @param {string} secret
   */
  constructor(port, secret) {
    this.port = port;
    this.#process = spawn(
      program,
      [
        ...['-n', '--no-cli', '--no-tls', '--no-dtls', '--fingerprint', '--log-file=stdout', '--simple-log', '--verbose'],
        ...['--listening-ip=127.0.0.1', '--relay-ip=127.0.0.1', `--listening-port=${port}`, '--allow-loopback-peers', '--realm=mcu'],
        ...['--use-auth-secret', `--static-auth-secret=${secret}`, `--pidfile=${join(artifacts, `turnserver-${port}.pid`)}`],
      ],
      { stdio: ['ignore', 'pipe', 'pipe'], cwd: artifacts },
    );
    const file = createWriteStream(join(artifacts, 'turnserver.log'));
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on('data', (chunk) => {
        file.write(chunk);
        this.#log += chunk;
      });
    }
  }

  /** @param {string} secret */
  static async start(secret) {
    const turn = new TurnServer(await freePort(), secret);
    await eventually('coturn to listen', () => /listener opened on : 127\.0\.0\.1/i.test(turn.#log), { describe: () => turn.#log });
    return turn;
  }

  /** How often it made a relay, and refused to. */
  get allocations() {
    return {
      made: this.#log.match(/ALLOCATE processed, success/g)?.length ?? 0,
      refused: this.#log.match(/check_stun_auth: Cannot find/g)?.length ?? 0,
    };
  }

  async stop() {
    if (this.#process.exitCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await exited;
  }
}
