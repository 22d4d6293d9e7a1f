/** Browsers with cameras and microphones of our making: each a process and profile of its own. */
import { execFileSync } from 'node:child_process';
import puppeteer from 'puppeteer-core';
import { installEnvironment } from '../page/environment.mjs';
import { installMeasurements } from '../page/measurements.mjs';
import { clip, clipRate, toneFile } from './media.mjs';

/** @typedef {import('./media.mjs').ClipName} ClipName */
/** @typedef {import('../page/environment.mjs').Environment} Environment */

const chromiumArguments = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/**
 * @param {{ clip: ClipName, tone: number, bursts?: boolean }} source what its camera and microphone deliver
 */
export async function launchChromium({ clip: name, tone, bursts }) {
  return puppeteer.launch({
    browser: 'chrome',
    executablePath: process.env.MCU_CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    protocolTimeout: 60_000,
    pipe: true,
    defaultViewport: { width: 1000, height: 640 },
    args: [
      ...chromiumArguments,
      `--use-file-for-fake-video-capture=${clip(name).file}`,
      `--use-file-for-fake-audio-capture=${toneFile(tone, { bursts })}`,
    ],
  });
}

const firefoxPreferences = {
  'media.navigator.permission.disabled': true,
  'media.navigator.streams.fake': true,
  'media.peerconnection.ice.loopback': true,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.autoplay.block-webaudio': false,
  // Web Audio runs on a clock of its own where the machine has no sound card.
  'media.cubeb.force_mock_context': true,
};

export async function launchFirefox() {
  return puppeteer.launch({
    browser: 'firefox',
    executablePath: process.env.MCU_FIREFOX ?? '/usr/bin/firefox-esr',
    headless: true,
    protocolTimeout: 60_000,
    defaultViewport: { width: 1000, height: 640 },
    extraPrefsFirefox: firefoxPreferences,
  });
}

/**
 * A clip as the environment takes it, for browsers and screens that cannot play files.
 * @param {ClipName} name
 */
export function film(name) {
  const options = ['-v', 'error', '-i', clip(name).file, '-c:v', 'mjpeg', '-q:v', '3', '-f', 'image2pipe', '-'];
  const stream = execFileSync('ffmpeg', options, { maxBuffer: 64 << 20 });
  return { jpegs: splitJpegs(stream).map((jpeg) => jpeg.toString('base64')), rate: clipRate };
}

/**
 * @param {Buffer} stream JPEG files one after the other
 * @returns {Buffer[]}
 */
function splitJpegs(stream) {
  const startOfImage = Buffer.from([0xff, 0xd8, 0xff]);
  const files = [];
  for (let start = 0; start < stream.length; ) {
    const next = stream.indexOf(startOfImage, start + 3);
    const end = next < 0 ? stream.length : next;
    files.push(stream.subarray(start, end));
    start = end;
  }
  return files;
}

/**
 * A page whose environment and measurements are in place before its own scripts run.
 * @param {import('puppeteer-core').Browser} browser
 * @param {Environment} [environment]
 */
export async function openPage(browser, environment = {}) {
  const page = (await browser.pages())[0] ?? (await browser.newPage());
  await page.evaluateOnNewDocument(installEnvironment, environment);
  await page.evaluateOnNewDocument(installMeasurements);
  return page;
}
