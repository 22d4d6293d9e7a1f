// The built page in real browsers against the mock server, with real WebRTC between page and media page.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { participant, startMock } from '../mock/server.mjs';
import { openBrowser, openFirefox } from './open.mjs';

const browsers = [
  ['Chromium', openBrowser, true],
  ['Firefox', openFirefox, existsSync(process.env.FIREFOX ?? '/usr/bin/firefox-esr')],
];

for (const [name, open, installed] of browsers) {
  describe(`the page in ${name}`, { skip: !installed, timeout: 120_000 }, () => {
    let mock;
    let media;
    let browser;
    let page;

    const sent = (type) => mock.log.filter((message) => message.type === type);
    const until = (condition, ...values) => page.waitForFunction(condition, { timeout: 20_000 }, ...values);
    const arrived = async (type, count) => {
      for (let wait = 0; wait < 200 && sent(type).length < count; wait++) await new Promise((resolve) => setTimeout(resolve, 50));
      assert.equal(sent(type).length, count, `${type} messages`);
    };

    before(async () => {
      mock = await startMock({ behaviour: { guests: [participant('ana', 'Ana Souza')] } });
      media = await openBrowser();
      await (await media.newPage()).goto(`${mock.url}/mock/media`);
      browser = await open();
      page = await browser.newPage();
      await page.goto(`${mock.url}/r/x?name=Maya&autojoin=1&camera=0&token=secret`, { waitUntil: 'domcontentloaded' });
      await until(() => window.mcu?.state.media === 'connected' && document.querySelector('#composite')?.videoWidth > 0);
    });

    after(async () => {
      await Promise.all([browser?.close(), media?.close()]);
      mock?.close();
    });

    it('sends the token and takes it out of the address', async () => {
      assert.equal(sent('join')[0].token, 'secret');
      assert.equal(page.url(), `${mock.url}/r/x?name=Maya&autojoin=1&camera=0`);
    });

    it('turns the camera on by one new offer, and off and on again without', async () => {
      await page.keyboard.press('v');
      await until(() => window.mcu.state.camera);
      await arrived('offer', 2);
      await page.keyboard.press('v');
      await until(() => !window.mcu.state.camera);
      await page.keyboard.press('v');
      await until(() => window.mcu.state.camera);
      await arrived('offer', 2);
    });

    it('takes letters in the chat for text, not for shortcuts', async () => {
      await page.keyboard.press('c');
      await until(() => document.activeElement?.tagName === 'TEXTAREA');
      await page.keyboard.type('mvs');
      await page.keyboard.press('Enter');
      await until(() => document.querySelector('.message-text')?.textContent === 'mvs');
      assert.ok(await page.evaluate(() => window.mcu.state.microphone && window.mcu.state.camera));
      await page.keyboard.press('Escape');
      await until(() => !document.querySelector('.panel'));
    });

    it('sends no more of the camera than the server asks for', async () => {
      mock.tell({ type: 'send', maxWidth: 160, maxHeight: 90, maxFramesPerSecond: 5, maxBitrateBps: 100_000 });
      const encoding = () => {
        const sender = window.mcu.connection.getSenders().find(({ track }) => track?.kind === 'video');
        return sender.getParameters().encodings[0];
      };
      await page.evaluate(`window.encoding = ${encoding}`);
      await until(() => window.encoding().maxBitrate === 100_000);
      const { scaleResolutionDownBy } = await page.evaluate(() => window.encoding());
      assert.ok(scaleResolutionDownBy > 1, `${scaleResolutionDownBy}`);
      await until(async () => {
        const stats = [...(await window.mcu.connection.getStats()).values()];
        return stats.some(
          ({ type, kind, frameHeight }) => type === 'outbound-rtp' && kind === 'video' && frameHeight > 0 && frameHeight <= 120,
        );
      });
    });

    it('limits what is received from the menu, and remembers it', async () => {
      await page.click('.tool-more');
      await page.evaluate(() =>
        [...document.querySelectorAll('[role=menuitemradio]')].find(({ textContent }) => textContent === 'Audio only').click(),
      );
      await arrived('receive', 1);
      assert.equal(sent('receive')[0].limit, 'audio-only');
      await until(() => document.querySelector('.stage-cover')?.textContent.includes('Audio only'));
      assert.equal(await page.evaluate(() => localStorage.getItem('mcu.data-saving')), 'audio-only');
      await page.click('.stage-cover button');
      await arrived('receive', 2);
      await until(() => window.mcu.state.receiveLimit === 'full' && !document.querySelector('.stage-cover'));
    });

    it('tells in words and figures how the connection is', async () => {
      const down = { estimateBps: 96_000, bitrateBps: 80_000, lossFraction: 0, jitterMs: 5, queueDelayMs: 12 };
      const picture = { rung: '180p15', codec: 'VP8', width: 320, height: 180, framesPerSecond: 15, bitrateBps: 60_000, reduced: true };
      const up = { bitrateBps: 30_000, lossFraction: 0, jitterMs: 3, delayMs: 60, concealedFraction: 0 };
      mock.tell({ type: 'quality', quality: { rttMs: 80, down: { ...down, picture }, up } });
      await until(() => document.querySelector('.quality-title')?.textContent === 'Slow connection');
      await page.keyboard.press('i');
      await until(() => {
        const text = document.querySelector('.panel')?.textContent ?? '';
        return (
          text.includes('Your connection is slow, so the picture is smaller.') && text.includes('96 kbit/s') && text.includes('From you')
        );
      });
      await page.keyboard.press('Escape');
    });

    it('resumes after signalling was cut, without an offer', async () => {
      const offers = sent('offer').length;
      mock.cut();
      await arrived('resume', 1);
      await until(() => window.mcu.state.signalling === 'connected');
      assert.equal(sent('offer').length, offers);
    });

    it('restarts ICE in the same session when the network changes', async () => {
      const offers = sent('offer').length;
      await page.evaluate(() => window.dispatchEvent(new Event('online')));
      await arrived('offer', offers + 1);
      await until(() => window.mcu.state.signalling === 'connected' && window.mcu.state.media === 'connected');
      assert.equal(sent('join').length, 1);
    });

    it('leaves, and lets go of the devices', async () => {
      await page.click('.tool-leave');
      await until(() => window.mcu.state.phase === 'ended' && !window.mcu.local.microphone && !window.mcu.local.camera);
    });
  });
}
