/** The aiortc client in a call with a Chromium page: no server needed. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { launchChromium } from '../../harness/browsers.mjs';
import { eventually } from '../../harness/eventually.mjs';
import { clip, tones } from '../../harness/media.mjs';
import { Participant } from '../../harness/participant.mjs';
import { ScriptedClient } from '../../harness/scripted-client.mjs';
import { outerAddress } from '../../harness/server.mjs';
import { gridTiles, matchTile } from '../../harness/tiles.mjs';
import { toneLevel } from '../../harness/tones.mjs';

const skip = outerAddress() === null && 'this machine has no address but loopback, which aiortc does not use';

describe('aiortc in a call with Chromium', { skip }, () => {
  /** @type {import('node:http').Server} */
  let web;
  /** @type {Participant} */
  let page;
  /** @type {ScriptedClient} */
  let aiortc;

  before(async () => {
    page = await Participant.open(launchChromium({ clip: 'flower', tone: tones[0] }), 'Chromium');
    web = createServer(async (request, response) => {
      if (request.method === 'DELETE') return response.end();
      if (request.method !== 'POST') return response.setHeader('Content-Type', 'text/html').end('<!doctype html>');
      const answer = await page.run(answerOffer, await text(request));
      return response.writeHead(201, { Location: '/session' }).end(answer);
    });
    await once(web.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (web.address()).port}/`;
    await page.visit(url);
    aiortc = await ScriptedClient.join('aiortc', url, { clip: 'foreman', tone: tones[1] });
    await page.seesAndHears();
  });

  after(async () => {
    aiortc?.kill();
    await page?.close();
    web?.close();
  });

  it('hears the tone of the page', async () => {
    const { samples, sampleRate } = await aiortc.hear(2);
    assert.ok(toneLevel(samples, sampleRate, tones[0]) > -25);
    assert.ok(toneLevel(samples, sampleRate, tones[1]) < -70);
  });

  it('is heard by the page', async () => {
    const { samples, sampleRate } = await page.hear(2);
    assert.ok(toneLevel(samples, sampleRate, tones[1]) > -25);
    assert.ok(toneLevel(samples, sampleRate, tones[0]) < -70);
  });

  it('sees the clip of the page', async () => {
    await sees('flower', () => aiortc.see());
  });

  it('is seen by the page', async () => {
    await sees('foreman', () => page.see('loopback-aiortc'));
  });

  it('receives packets of both kinds', async () => {
    const { audio, video } = await aiortc.streams();
    assert.ok(audio > 50 && video > 10, `${audio} and ${video} packets`);
  });

  it('leaves by DELETE', async () => {
    assert.equal(await aiortc.leave(), 200);
  });
});

/**
 * @param {import('../../harness/media.mjs').ClipName} name
 * @param {() => Promise<import('../../harness/picture.mjs').Picture>} see
 */
async function sees(name, see) {
  let best = 0;
  const clear = async () => {
    const picture = await see();
    const match = matchTile(picture, gridTiles(1, picture.width, picture.height)[0], [clip('flower'), clip('foreman')]);
    best = match.similarity;
    return match.clip.name === name && match.similarity >= 0.8;
  };
  await eventually(`a good picture of ${name}`, clear, { withinMs: 20_000, describe: () => best });
}

/**
 * In the page: answers with its own devices; the connection is measured.
 * @param {string} sdp
 */
async function answerOffer(sdp) {
  const connection = new RTCPeerConnection();
  Object.assign(window, { mcu: { connection } });
  // aiortc numbers header extensions anew in each media description, which Chromium refuses within a bundle.
  await connection.setRemoteDescription({ type: 'offer', sdp: sdp.replace(/a=extmap:.*audio-level.*\r\n/, '') });
  const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: true });
  for (const track of media.getTracks()) connection.addTrack(track, media);
  const element = document.createElement('video');
  element.autoplay = true;
  element.srcObject = new MediaStream(connection.getReceivers().map(({ track }) => track));
  document.body.append(element);
  await connection.setLocalDescription();
  await new Promise((resolve) => {
    const check = () => connection.iceGatheringState === 'complete' && resolve(undefined);
    connection.addEventListener('icegatheringstatechange', check);
    check();
  });
  return connection.localDescription?.sdp;
}
