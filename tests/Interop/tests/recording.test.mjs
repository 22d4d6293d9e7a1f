/** A room is recorded: the files of both kinds are clean, hold what was heard and seen, and play in a browser. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '../harness/eventually.mjs';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { complaintsAbout, pictureOf, soundOf, streamsOf } from '../harness/file.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { McuServer } from '../harness/server.mjs';

const room = 'recorded';
const seconds = 12;

describe('a recorded room', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant[]} */
  let guests = [];
  const folder = mkdtempSync(join(tmpdir(), 'mcu-recording-'));
  /** @type {{ id: string, format: string, file: string }[]} */
  const recordings = [];

  before(async () => {
    server = await McuServer.start('recording');
    guests = await Promise.all([withChromium(cast.ada), withChromium(cast.boris)]);
    for (const guest of guests) {
      await guest.join(server.url, room);
      await guest.seesAndHears();
    }
  });

  after(async () => {
    await Promise.all(guests.map((guest) => guest?.close()));
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /**
   * @param {string} path
   * @param {RequestInit} [init]
   */
  const call = (path, init) => fetch(`${server.url}/api/v1/rooms/${room}/recordings${path}`, init);

  /** @param {object} body */
  const post = (body) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

  it('what no container holds is refused with what is allowed', async () => {
    const response = await call('', post({ format: 'mp4', codec: 'vp8' }));
    assert.equal(response.status, 400);
    assert.match((await response.json()).detail, /h264/);
  });

  it('is recorded as MP4 and as WebM at once, and nobody new is in it', async () => {
    for (const format of ['mp4', 'webm']) {
      const response = await call('', post({ format }));
      assert.equal(response.status, 201, await response.clone().text());
      const { id } = await response.json();
      recordings.push({ id, format, file: join(folder, `recording.${format}`) });
    }
    assert.equal((await server.room(room)).participants.length, guests.length);
    await eventually('the page to tell', () =>
      guests[0].run(() => document.querySelector('.call-recording:not([hidden])')?.textContent === 'Recording'),
    );
    await delay(seconds * 1000);
    for (const { id, file } of recordings) {
      assert.equal((await call(`/${id}/stop`, { method: 'POST' })).status, 200);
      const response = await call(`/${id}/file`);
      assert.equal(response.status, 200);
      writeFileSync(file, Buffer.from(await response.arrayBuffer()));
    }
  });

  it('the files are clean, and as long as was recorded', (test) => {
    for (const { file, format } of recordings) {
      assert.equal(complaintsAbout(file), '', format);
      const { audio, video } = streamsOf(file);
      test.diagnostic(`${format}: sound ends at ${audio.toFixed(2)} s, picture at ${video.toFixed(2)} s`);
      assert.ok(audio > seconds - 1 && audio < seconds + 6);
      assert.ok(Math.abs(audio - video) < 0.5);
    }
  });

  it('they hold what was heard and seen', async (test) => {
    const everybody = [cast.ada, cast.boris];
    for (const { file, format } of recordings) {
      test.diagnostic(`${format}: ${await hearsOnly(async () => soundOf(file, seconds - 5, 4), everybody)}`);
      let looks = 0;
      const picture = async () => pictureOf(file, seconds - 6 + (looks++ % 10) / 2, { width: 640, height: 360 });
      test.diagnostic(`${format}: ${await seesOnly(picture, everybody)}`);
    }
  });

  it('they play in Chromium, and can be sought in', async (test) => {
    for (const { id, format } of recordings) {
      const played = await guests[0].run(play, `${server.url}/api/v1/rooms/${room}/recordings/${id}/file`);
      test.diagnostic(`${format}: ${JSON.stringify(played)}`);
      assert.ok(played.duration > seconds - 1);
      assert.equal(played.width, 640);
      assert.ok(played.at > 6.4 && played.at < 9, 'it goes on from where it was sought');
    }
  });

  it('is listed, serves ranges, and is deleted', async () => {
    assert.equal((await (await call('')).json()).length, recordings.length);
    const [{ id }] = recordings;
    const part = await call(`/${id}/file`, { headers: { range: 'bytes=4-7' } });
    assert.equal(part.status, 206);
    assert.equal(await part.text(), 'ftyp');
    assert.equal((await call(`/${id}`, { method: 'DELETE' })).status, 204);
    assert.equal((await call(`/${id}`)).status, 404);
  });

  it('a server that is killed leaves a file that plays up to a second before, and the next one lists it', async (test) => {
    const response = await call('', post({}));
    const { id } = await response.json();
    const began = performance.now();
    await delay(6_300);
    const data = await server.crash();
    const length = (performance.now() - began) / 1000;
    const file = join(data, 'recordings', id, 'recording.mp4');
    const { audio, video } = streamsOf(file);
    test.diagnostic(`killed after ${length.toFixed(2)} s: sound up to ${audio.toFixed(2)} s, picture up to ${video.toFixed(2)} s`);
    assert.ok(Math.min(audio, video) > length - 1.3, 'a fragment and its wait are 0.65 s; browsers take their time of the machine too');
    server = await McuServer.start('recording-after-crash', { data });
    const [crashed] = (await (await call('')).json()).filter((/** @type {any} */ recording) => recording.id === id);
    assert.equal(crashed.state, 'ended-by-crash');
    assert.ok(Math.abs(crashed.durationMs / 1000 - Math.max(audio, video)) < 0.1, `told ${crashed.durationMs} ms`);
    assert.equal(complaintsAbout(file), '');
  });
});

/**
 * In the page: seeks to second 6 and plays on for a second.
 * @param {string} url
 */
async function play(url) {
  const video = document.createElement('video');
  video.muted = true;
  video.src = url;
  /** @param {string} name */
  const once = (name) =>
    new Promise((resolve, reject) => {
      video.addEventListener(name, resolve, { once: true });
      video.addEventListener('error', () => reject(new Error(video.error?.message)), { once: true });
      setTimeout(() => reject(new Error(`no ${name} within 10 s`)), 10_000);
    });
  await once('loadedmetadata');
  video.currentTime = 6;
  await once('seeked');
  await video.play();
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  return { duration: video.duration, width: video.videoWidth, at: video.currentTime };
}
