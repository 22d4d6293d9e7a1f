/** What participants add and take away during a call. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { film } from '../harness/browsers.mjs';
import { eventually } from '../harness/eventually.mjs';
import { hearsOnly, seesOnly } from '../harness/expectations.mjs';
import { cast, withChromium } from '../harness/guests.mjs';
import { clip } from '../harness/media.mjs';
import { McuServer } from '../harness/server.mjs';
import { gridTiles, matchClip } from '../harness/tiles.mjs';
import { toneLevel } from '../harness/tones.mjs';

const room = 'changing-media';

/** In functions sent to the page. */
const mcu = /** @type {any} */ (null);

/** Where the presenter layout puts a screen of 16:9 on a canvas of 640x360. */
const screenArea = { x: 4, y: 36, width: 512, height: 288 };

describe('during a call of two Chromium pages', () => {
  /** @type {McuServer} */
  let server;
  /** @type {import('../harness/participant.mjs').Participant} */
  let ada;
  /** @type {import('../harness/participant.mjs').Participant} */
  let boris;

  before(async () => {
    server = await McuServer.start('changing-media');
    [ada, boris] = await Promise.all([withChromium(cast.ada), withChromium(cast.boris, { screen: film('site') })]);
    await ada.join(server.url, room);
    await boris.join(server.url, room, { camera: '0' });
  });

  after(async () => {
    await Promise.all([ada?.close(), boris?.close()]);
    await server?.stop();
  });

  it('one without a camera is heard, and shown by initials', async () => {
    await hearsOnly(() => ada.hear(3), [cast.boris]);
    const picture = await ada.see('avatar');
    assert.ok(matchClip(picture, gridTiles(1, picture.width, picture.height)[0], clip(cast.boris.clip)).similarity < 0.6);
  });

  it('a camera turned on later is seen', async (test) => {
    await boris.run(() => mcu.setCamera(true));
    test.diagnostic(await seesOnly(() => ada.see('camera-on'), [cast.boris]));
  });

  it('a microphone muted is no longer heard, and heard again afterwards', async () => {
    await boris.run(() => mcu.setMicrophone(false));
    await eventually('silence', async () => {
      const { samples, sampleRate } = await ada.hear(1);
      return toneLevel(samples, sampleRate, cast.boris.tone) < -80;
    });
    await boris.run(() => mcu.setMicrophone(true));
    await hearsOnly(() => ada.hear(3), [cast.boris]);
  });

  it('a chat message reaches the other with the name of its writer', async () => {
    await ada.run(() => mcu.on('chat', (/** @type {any} */ message) => Object.assign(window, { heard: message })));
    await boris.run(() => mcu.sendChat('Guten Tag 👋'));
    const message = await eventually('the message', () => ada.run(() => /** @type {any} */ (window).heard));
    assert.deepEqual([message.name, message.text], [cast.boris.name, 'Guten Tag 👋']);
  });

  it('a screen shared comes as a second video, and the presenter layout shows it', async () => {
    assert.equal(await boris.run(() => mcu.startScreenShare()), true);
    await ada.run(() => mcu.setLayout({ scope: 'me', layout: 'presenter' }));
    let similarity = 0;
    const isShown = async () => {
      similarity = matchClip(await ada.see('presenter'), screenArea, clip('site')).similarity;
      return similarity >= 0.8;
    };
    await eventually('the screen to be shown', isShown, { withinMs: 30_000, everyMs: 500, describe: () => similarity });
    assert.equal((await ada.inbound()).length, 2, 'still one sound and one picture');
    await boris.run(() => mcu.stopScreenShare());
  });
});
