/** Clients that join with one HTTP request. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.mjs';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { McuServer } from '../harness/server.mjs';

const room = 'broadcast';

/**
 * Bit/s that a participant sends, over two seconds.
 * @param {import('../harness/participant.mjs').Participant} participant
 */
async function sendingRate(participant) {
  const total = async () => (await participant.outbound()).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
  const [before, began] = [await total(), performance.now()];
  await delay(2_000);
  return (8_000 * ((await total()) - before)) / (performance.now() - began);
}

describe('WHIP and WHEP', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant} */
  let sender;
  /** @type {import('../harness/participant.mjs').Participant} */
  let viewer;
  /** @type {string[]} */
  const sessions = [];

  before(async () => {
    server = await McuServer.start('whip-whep');
    [sender, viewer] = await Promise.all([withChromium(cast.boris), withChromium(cast.ada)]);
  });

  after(async () => {
    await Promise.all([sender?.close(), viewer?.close()]);
    await server?.stop();
  });

  it('a sender joins by WHIP', async () => {
    const { status, location, body } = await sender.joinOverHttp(server.url, `/whip/${room}?name=Camera`, { send: true, receive: false });
    assert.equal(status, 201, body);
    assert.ok(location);
    sessions.push(location);
    await eventually('media to arrive', async () => {
      const { participants } = await server.room(room);
      return participants[0]?.sends.filter((/** @type {any} */ stream) => stream.packets > 20).length === 2;
    });
  });

  it('the sender sends next to nothing while nobody sees it', async (test) => {
    const little = async () => {
      const rate = await sendingRate(sender);
      test.diagnostic(`${Math.round(rate / 1000)} kbit/s`);
      return rate < 160_000;
    };
    await eventually('less to be sent', little, { withinMs: 30_000 });
  });

  it('a viewer joins by WHEP, and sound and picture come soon', async (test) => {
    const { status, location, body, started } = await viewer.joinOverHttp(server.url, `/whep/${room}`, { send: false, receive: true });
    assert.equal(status, 201, body);
    assert.ok(location);
    sessions.push(location);
    const { audio, video } = await viewer.firstMedia();
    test.diagnostic(
      `first mixed sound ${(audio - started).toFixed(0)} ms, first picture ${(video - started).toFixed(0)} ms after the request`,
    );
    assert.ok(Math.max(audio, video) - started < 2_000);
  });

  it('the viewer sees and hears the sender, over the whole canvas', async (test) => {
    test.diagnostic(`hears ${await hearsOnly(() => viewer.hear(3), [cast.boris])}`);
    test.diagnostic(`sees ${await seesOnly(() => viewer.see('whep-composite'), [cast.boris])}`);
  });

  it('the sender sends more again, for it is seen', async (test) => {
    const more = async () => {
      const rate = await sendingRate(sender);
      test.diagnostic(`${Math.round(rate / 1000)} kbit/s`);
      return rate > 300_000;
    };
    await eventually('more to be sent', more, { withinMs: 40_000 });
  });

  it('both leave by DELETE, and the room is empty', async () => {
    for (const location of sessions) {
      const response = await fetch(new URL(location, server.url), { method: 'DELETE' });
      assert.equal(response.status, 200);
    }
    const rooms = await (await fetch(`${server.url}/api/v1/rooms`)).json();
    const participants = (rooms.rooms ?? rooms).find((/** @type {any} */ entry) => entry.name === room)?.participants ?? 0;
    assert.equal(participants, 0);
  });

  it('an offer that is not SDP is refused with problem details', async () => {
    const options = { method: 'POST', headers: { 'Content-Type': 'application/sdp' }, body: 'hello' };
    const response = await fetch(`${server.url}/whip/${room}`, options);
    assert.equal(response.status, 400);
    assert.match(response.headers.get('Content-Type') ?? '', /^application\/problem\+json/);
    assert.ok((await response.json()).detail);
  });
});
