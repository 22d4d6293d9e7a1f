/** One participant's line loses packets and is long: forward error correction of video, both ways, with a browser. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { Line } from '../harness/line.mjs';
import { MediaRelay } from '../harness/relays.mjs';
import { McuServer } from '../harness/server.mjs';

const room = 'lossy-line';
const environment = {
  MCU_CONFERENCE_WIDTH: '320',
  MCU_CONFERENCE_HEIGHT: '180',
  MCU_CONFERENCE_VIDEO_KBPS: '400',
  MCU_LIMITS_LOAD: '0',
};
/** As long as the bad one: what is tried here is loss, not a change of route. */
const good = { kbps: 20_000, delayMs: 150 };
const bad = { kbps: 20_000, delayMs: 150, loss: 0.08 };

describe('over a line of 300 ms that loses 8 % of all packets', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant[]} */
  let guests = [];
  const lines = { up: new Line(good, 1), down: new Line(good, 2) };
  /** @type {MediaRelay} */
  let relay;

  before(async () => {
    server = await McuServer.start('lossy-line', { environment });
    relay = await MediaRelay.before(server.mediaPort, lines);
    guests = await Promise.all([
      withChromium(cast.mei, { mediaPort: { from: server.mediaPort, to: relay.port }, width: 320 }),
      withChromium(cast.ada, { width: 320 }),
    ]);
    for (const guest of guests) await guest.join(server.url, room);
  });

  after(async () => {
    await Promise.all(guests.map((guest) => guest?.close()));
    relay?.close();
    await server?.stop();
  });

  /** The participant on the bad line, as the server sees it. */
  async function mei() {
    const { participants } = await server.room(room);
    return participants.find((/** @type {any} */ participant) => participant.participant.name === cast.mei.name);
  }

  /** Its video. */
  async function video() {
    const { sends, receives } = await mei();
    const isVideo = (/** @type {any} */ stream) => stream.kind === 'video';
    return { sent: sends.find(isVideo), received: receives.find(isVideo) };
  }

  it('nothing is protected while the line is good', async () => {
    await delay(3_000);
    const { sent, received } = await video();
    assert.equal(sent.fecPackets, 0);
    assert.equal(received.fecPackets, 0);
  });

  it('the browser gets FEC, takes it for what it is, and goes on showing pictures', async (test) => {
    for (const line of [lines.up, lines.down]) line.quality = bad;
    await eventually('FEC packets towards the browser', async () => (await video()).received.fecPackets > 50, {
      withinMs: 40_000,
      describe: mei,
    });
    const before = await shown();
    await delay(10_000);
    const now = await shown();
    const since = (/** @type {string} */ counter) => now[counter] - before[counter];
    test.diagnostic(
      `in 10 s ${since('framesDecoded')} frames, ${since('keyFramesDecoded')} of them keyframes; lost ${since('packetsLost')}, ` +
        `repeated ${since('retransmittedPacketsReceived')}; frozen ${since('totalFreezesDuration').toFixed(1)} s`,
    );
    assert.ok(since('framesDecoded') > 20);
    assert.ok(since('keyFramesDecoded') < 5, 'a lost FEC packet costs no keyframe');
  });

  it("the browser's own FEC restores what is lost on its way to the server", async (test) => {
    await eventually('packets restored by FEC', async () => (await video()).sent.fecPackets > 0, { withinMs: 60_000 });
    const { sent } = await video();
    test.diagnostic(`${sent.fecPackets} packets restored, ${sent.packetsLost} lost of ${sent.packets}`);
  });

  async function shown() {
    const video = (await guests[0].inbound()).find((stream) => stream.kind === 'video');
    assert.ok(video);
    return video;
  }
});
