/** The process itself: how it starts, refuses to start, and ends. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { eventually } from '../harness/eventually.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { serverDll } from '../harness/paths.mjs';
import { bareEnvironment, freePort, McuServer } from '../harness/server.mjs';

/** In functions sent to the page. */
const mcu = /** @type {any} */ (null);

describe('the server process', () => {
  it('serves the join page, health and metrics, and ends within 3 s on SIGTERM', async (test) => {
    const server = await McuServer.start('process');
    for (const path of ['/', '/r/somewhere', '/healthz', '/metrics']) {
      const response = await fetch(`${server.url}${path}`);
      assert.equal(response.status, 200, path);
      await response.text();
    }
    const { code, ms } = await server.stop();
    test.diagnostic(`ended in ${ms.toFixed(0)} ms`);
    assert.equal(code, 0);
    assert.ok(ms < 3_000, `${ms} ms`);
  });

  it('ends within 3 s while somebody is in a room, and tells them why', async (test) => {
    const server = await McuServer.start('process-in-use');
    const participant = await withChromium(cast.ada);
    try {
      await participant.join(server.url, 'last-call');
      const { code, ms } = await server.stop();
      test.diagnostic(`ended in ${ms.toFixed(0)} ms`);
      assert.equal(code, 0);
      assert.ok(ms < 3_000, `${ms} ms`);
      const ended = await eventually('the page to say that the call is over', () => participant.run(() => mcu.state.ended));
      assert.equal(ended.reason, 'shutdown');
    } finally {
      await participant.close();
      await server.stop();
    }
  });

  it('refuses to be reachable from other machines without keys, and says what to set', async () => {
    const { code, output } = await run(['--http', `http://0.0.0.0:${await freePort()}`, '--media-port', '0']);
    assert.notEqual(code, 0);
    assert.match(output, /MCU_API_KEY/);
    assert.match(output, /MCU_TOKEN_SECRET/);
  });

  it('refuses a setting it does not understand, by name', async () => {
    const { code, output } = await run(['--media-port', 'many']);
    assert.notEqual(code, 0);
    assert.match(output, /--media-port/);
  });
});

/**
 * Runs the server to its end; it is killed after 10 s.
 * @param {string[]} args
 * @returns {Promise<{ code: number | string | null | undefined, output: string }>}
 */
function run(args) {
  return new Promise((resolve) => {
    execFile('dotnet', [serverDll(), ...args], { timeout: 10_000, env: bareEnvironment() }, (error, stdout, stderr) => {
      resolve({ code: error ? error.code : 0, output: stdout + stderr });
    });
  });
}
