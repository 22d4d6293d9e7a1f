/** GStreamer's webrtcbin and a Chromium page in a room. Its ICE agent sends no checks once it is connected: media alone says that it is there. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { ScriptedClient } from '../harness/scripted-client.mjs';
import { McuServer } from '../harness/server.mjs';

const room = 'gstreamer';

/** Longer than consent lasts without a sign of life (RFC 7675). */
const beyondConsentMs = 32_000;

describe('GStreamer and Chromium in a room', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant} */
  let page;
  /** @type {ScriptedClient | undefined} */
  let client;
  let joined = 0;

  before(async () => {
    server = await McuServer.start('gstreamer');
    page = await withChromium(cast.ada);
    await page.join(server.url, room);
    client = await ScriptedClient.join('gstreamer', `${server.url}/api/v1/rooms/${room}/sessions?name=gstreamer`, cast.boris);
    joined = performance.now();
  });

  after(async () => {
    client?.kill();
    await page?.close();
    await server?.stop();
  });

  it('the page hears and sees GStreamer', async (test) => {
    test.diagnostic(`hears ${await hearsOnly(() => page.hear(3), [cast.boris])}`);
    test.diagnostic(`sees ${await seesOnly(() => page.see('gstreamer-composite'), [cast.boris])}`);
  });

  it('GStreamer hears and sees the page, also half a minute later', async (test) => {
    const peer = /** @type {ScriptedClient} */ (client);
    await delay(Math.max(0, joined + beyondConsentMs - performance.now()));
    test.diagnostic(`hears ${await hearsOnly(() => peer.hear(3), [cast.ada])}`);
    test.diagnostic(`sees ${await seesOnly(() => peer.see(), [cast.ada])}`);
    const { participants } = await server.room(room);
    assert.deepEqual(
      participants.map((/** @type {any} */ entry) => entry.connected),
      [true, true],
    );
    assert.equal(await peer.leave(), 200);
  });
});
