// Takes the screenshots of the page against the mock server, into artifacts/screens (or the folder given).
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { openBrowser } from '../browser/open.mjs';
import { participant, startMock } from '../mock/server.mjs';

const folder = resolve(process.argv[2] ?? '../../artifacts/screens');
const only = process.argv[3];
await mkdir(folder, { recursive: true });

const guests = () => [
  participant('ana', 'Ana Souza', { role: 'host' }),
  participant('ben', 'Ben Okafor', { muted: true }),
  participant('chiara', 'Chiara Rossi', { muted: true, mutedBy: 'room', camera: false }),
  participant('dilan', 'Dilan Şahin', { screen: true }),
];
const mock = await startMock({ behaviour: { guests: guests(), pages: 2 } });
const mediaBrowser = await openBrowser();
const browser = await openBrowser();
await (await mediaBrowser.newPage()).goto(`${mock.url}/mock/media`);

const desktop = { width: 1280, height: 800 };
const phone = { width: 360, height: 740, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function open(path, { viewport = desktop, scheme = 'light', from = browser } = {}) {
  const context = await from.createBrowserContext();
  const page = await context.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.message}\n`));
  await page.setViewport(viewport);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
  await page.goto(mock.url + path);
  return page;
}

async function inCall(options) {
  const page = await open('/r/team-weekly?name=Maya%20Lind&autojoin=1', options);
  await page.waitForFunction(() => window.mcu.state.media === 'connected' && document.querySelector('#composite').videoWidth > 0);
  mock.tell({ type: 'active-speaker', participant: 'ana' });
  await page.waitForFunction(() => window.mcu.statistics?.receivedVideo?.bitrateBps > 0);
  await pause(5_500);
  return page;
}

async function chat(page) {
  const say = (from, name, text) => mock.tell({ type: 'chat', from, name, text, at: new Date().toISOString() });
  say('ana', 'Ana Souza', 'Good morning! The agenda is at https://example.org/agenda');
  say('ben', 'Ben Okafor', 'Thanks. I am on the train, so I will mostly listen.');
  say('ben', 'Ben Okafor', 'Sound is fine though.');
  await pause(200);
  await page.evaluate(() => window.mcu.sendChat('Great, let us start with the release.'));
  await pause(300);
}

const shots = {
  home: async () => open('/'),
  'home-dark': async () => open('/', { scheme: 'dark' }),
  'home-phone': async () => open('/', { viewport: phone }),
  prejoin: async () => {
    const page = await open('/r/team-weekly?name=Maya%20Lind');
    await pause(1_500);
    return page;
  },
  'prejoin-phone-dark': async () => {
    const page = await open('/r/team-weekly?name=Maya%20Lind', { viewport: phone, scheme: 'dark' });
    await pause(1_500);
    return page;
  },
  denied: async () => {
    const page = await open('/r/team-weekly?name=Maya%20Lind', { from: refusingBrowser });
    await pause(1_500);
    return page;
  },
  'no-devices': async () => {
    const page = await open('/r/team-weekly?name=Maya%20Lind', { from: plainBrowser, viewport: phone });
    await pause(1_500);
    return page;
  },
  full: async () => {
    mock.behaviour.refuse = 'room-full';
    const page = await open('/r/team-weekly?name=Maya%20Lind');
    await pause(1_000);
    await page.click('.prejoin-form button[type=submit]');
    await pause(500);
    delete mock.behaviour.refuse;
    return page;
  },
  call: () => inCall(),
  'call-dark': () => inCall({ scheme: 'dark' }),
  'call-phone': () => inCall({ viewport: phone }),
  'call-landscape': () =>
    inCall({ viewport: { width: 740, height: 360, deviceScaleFactor: 2, isMobile: true, hasTouch: true }, scheme: 'dark' }),
  people: async () => {
    const page = await inCall();
    await page.keyboard.press('p');
    await page.click('[aria-label="Actions for Ben Okafor"]');
    return page;
  },
  'people-phone': async () => {
    const page = await inCall({ viewport: phone });
    await page.click('.tool-people');
    return page;
  },
  chat: async () => {
    const page = await inCall();
    await page.keyboard.press('c');
    await chat(page);
    return page;
  },
  'chat-phone-dark': async () => {
    const page = await inCall({ viewport: phone, scheme: 'dark' });
    await page.click('.tool-chat');
    await chat(page);
    return page;
  },
  unread: async () => {
    const page = await inCall();
    await chat(page);
    await page.evaluate(() => window.mcu.setMicrophone(false));
    await page.click('.tool-more');
    return page;
  },
  layout: async () => {
    const page = await inCall({ scheme: 'dark' });
    await page.keyboard.press('l');
    return page;
  },
  statistics: async () => {
    const page = await inCall();
    await page.keyboard.press('i');
    return page;
  },
  help: async () => {
    const page = await inCall();
    await page.keyboard.press('?');
    return page;
  },
  alone: async () => {
    mock.behaviour.guests = [];
    const page = await inCall();
    mock.behaviour.guests = guests();
    return page;
  },
  reconnecting: async () => {
    const page = await inCall({ scheme: 'dark' });
    await page.evaluate(() => {
      window.WebSocket = class {
        constructor() {
          throw new Error('offline');
        }
      };
    });
    mock.cut();
    await pause(2_000);
    return page;
  },
  left: async () => {
    const page = await inCall();
    await page.click('.tool-leave');
    return page;
  },
};

const plainBrowser = await openBrowser({ devices: 'none' });
const refusingBrowser = await openBrowser({ devices: 'refused' });
try {
  for (const [name, shoot] of Object.entries(shots)) {
    if (only && !new RegExp(only).test(name)) continue;
    const page = await shoot();
    await pause(400);
    await page.screenshot({ path: `${folder}/${name}.png` });
    await page.browserContext().close();
    process.stdout.write(`${name}\n`);
  }
} finally {
  await Promise.all([browser.close(), mediaBrowser.close(), plainBrowser.close(), refusingBrowser.close()]);
  mock.close();
}
