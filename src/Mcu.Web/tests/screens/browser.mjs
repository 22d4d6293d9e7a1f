import puppeteer from 'puppeteer-core';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--allow-loopback-in-peer-connection',
  '--autoplay-policy=no-user-gesture-required',
];

/** Headless Chromium; with `devices` fake microphone and camera, allowed without asking. */
export function openBrowser({ devices = true } = {}) {
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    headless: true,
    args: devices ? [...flags, '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] : flags,
  });
}
