/** The browsers and what measures inside them, on a call of a page with itself: no server needed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { film, launchChromium, launchFirefox } from '../../harness/browsers.mjs';
import { eventually } from '../../harness/eventually.mjs';
import { clip, tones } from '../../harness/media.mjs';
import { Participant } from '../../harness/participant.mjs';
import { gridTiles, matchTile } from '../../harness/tiles.mjs';
import { peak, toneLevel } from '../../harness/tones.mjs';

/** @type {import('node:http').Server} */
let web;
let origin = '';

before(async () => {
  web = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>Loopback</title>'));
  await once(web.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (web.address()).port}`;
});

after(() => web.close());

const clips = [clip('flower'), clip('foreman'), clip('woman')];

/** @type {{ name: string, open: () => Promise<Participant>, codec: string }[]} */
const cases = [
  {
    name: 'Chromium',
    open: () =>
      Participant.open(launchChromium({ clip: 'foreman', tone: tones[1] }), 'Chromium', { videoCodec: 'H264', audioCodec: 'G722' }),
    codec: 'video/H264',
  },
  {
    name: 'Firefox',
    open: () => Participant.open(launchFirefox(), 'Firefox', { devices: { ...film('foreman'), frequency: tones[1] } }),
    codec: 'video/VP8',
  },
];

for (const { name, open, codec } of cases) {
  describe(`${name} in a call with itself`, () => {
    /** @type {Participant} */
    let participant;

    before(async () => {
      participant = await open();
      await participant.visit(origin);
      await participant.run(callItself);
      await participant.seesAndHears();
    });

    after(() => participant?.close());

    it('hears its tone and no other, undistorted', async () => {
      const { samples, sampleRate } = await participant.hear(3);
      const levels = tones.map((tone) => toneLevel(samples, sampleRate, tone));
      assert.ok(Math.abs(levels[1] + 18) < 3, `${levels}`);
      for (const [index, level] of levels.entries()) if (index !== 1) assert.ok(level < levels[1] - 40, `${levels}`);
      assert.ok(peak(samples) < 0.3);
    });

    it('sees its clip', async () => {
      let best = 0;
      await eventually(
        'a good picture',
        async () => {
          const match = matchTile(await participant.see(`loopback-${name}`), gridTiles(1, 640, 360)[0], clips);
          best = match.similarity;
          return match.clip.name === 'foreman' && match.similarity >= 0.8;
        },
        { withinMs: 20_000, describe: () => best },
      );
    });

    it('receives one audio and one video stream, the video in the codec wanted', async () => {
      const streams = await participant.inbound();
      assert.deepEqual(streams.map(({ kind }) => kind).sort(), ['audio', 'video']);
      assert.equal(streams.find(({ kind }) => kind === 'video').mimeType, codec);
    });

    it('notes the frames it shows', async () => {
      await participant.watchFrames();
      await eventually('20 frames', async () => (await participant.longestGap()).frames >= 20);
      const { frames, shown } = await participant.longestGap();
      assert.ok(frames >= 20 && shown > 30, `${frames} frames, longest gap ${shown} ms`);
    });
  });
}

/** In the page: a sending and a receiving connection; the receiving one is measured. */
async function callItself() {
  const sender = new RTCPeerConnection();
  const receiver = new RTCPeerConnection();
  sender.onicecandidate = ({ candidate }) => receiver.addIceCandidate(candidate ?? undefined);
  receiver.onicecandidate = ({ candidate }) => sender.addIceCandidate(candidate ?? undefined);
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of media.getTracks()) sender.addTrack(track, media);
  await sender.setLocalDescription();
  await receiver.setRemoteDescription(/** @type {RTCSessionDescription} */ (sender.localDescription));
  await receiver.setLocalDescription();
  await sender.setRemoteDescription(/** @type {RTCSessionDescription} */ (receiver.localDescription));
  const element = document.createElement('video');
  element.autoplay = true;
  element.srcObject = new MediaStream(receiver.getReceivers().map(({ track }) => track));
  document.body.append(element);
  Object.assign(window, { mcu: { connection: receiver } });
}
