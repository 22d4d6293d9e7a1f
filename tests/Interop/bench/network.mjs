/**
 * ./mcu bench network-browser [ROW…] [--json]: Chromium behind a bad line of our making, before a server of its own; figures from
 * Chromium's own getStats, and the line's queue. Three runs of each row; medians.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { cast, withChromium } from '../harness/guests.mjs';
import { Line } from '../harness/line.mjs';
import { MediaRelay } from '../harness/relays.mjs';
import { McuServer } from '../harness/server.mjs';
import { rows } from './rows.mjs';

/** @typedef {import('./rows.mjs').Row} Row */
/** @typedef {import('./rows.mjs').Finding} Finding */
/** @typedef {import('./figures.mjs').Sample} Sample */

const seeds = [1, 2, 3];
const room = 'network';
const samplePeriodMs = 500;

const json = process.argv.includes('--json');
const names = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const unknown = names.find((name) => !rows.some((row) => row.name === name));
if (unknown) {
  console.error(`There is no network '${unknown}'. There are: ${rows.map(({ name }) => name).join(', ')}.`);
  process.exit(2);
}

const all = [];
for (const row of rows.filter(({ name }) => names.length === 0 || names.includes(name))) {
  if (!json) console.log(`${row.name}: ${row.about}`);
  /** @type {Finding[][]} */
  const runs = [];
  for (const seed of seeds) runs.push(await run(row, seed));
  all.push(
    ...runs[0].map((finding, index) =>
      summary(
        row,
        finding,
        runs.map((run) => run[index].value),
      ),
    ),
  );
}
if (json) console.log(JSON.stringify(all, null, 2));

/**
 * A call of two: one on a clean line, one behind the row's.
 * @param {Row} row
 * @param {number} seed
 * @returns {Promise<Finding[]>}
 */
async function run(row, seed) {
  const server = await McuServer.start(`network-${row.name}`, { environment: { MCU_CONFERENCE_VIDEO_KBPS: '800' } });
  const down = new Line(row.down, seed);
  const relay = await MediaRelay.before(server.mediaPort, { down, up: new Line(row.up, seed + 1000) });
  const [clean, bad] = await Promise.all([
    withChromium(cast.boris, { bursts: true }),
    withChromium(cast.ada, { mediaPort: { from: server.mediaPort, to: relay.port } }),
  ]);
  try {
    await clean.join(server.url, room);
    await bad.join(server.url, room);
    const stretches = [];
    for (const step of row.steps) {
      down.quality = step.down;
      stretches.push({ samples: await watch(bad, step.seconds), down });
    }
    return row.judge(stretches);
  } finally {
    await Promise.all([clean.close(), bad.close()]);
    relay.close();
    await server.stop();
  }
}

/**
 * The receiver's statistics from now on, twice a second.
 * @param {import('../harness/participant.mjs').Participant} participant
 * @param {number} seconds
 */
async function watch(participant, seconds) {
  /** @type {Sample[]} */
  const samples = [];
  for (const end = performance.now() + seconds * 1000; ; ) {
    const streams = await participant.inbound();
    const at = performance.now();
    samples.push({
      at,
      audio: streams.find(({ kind }) => kind === 'audio') ?? {},
      video: streams.find(({ kind }) => kind === 'video') ?? {},
    });
    if (at >= end) return samples;
    await delay(Math.min(samplePeriodMs, Math.max(end - at, 1)));
  }
}

/**
 * @param {Row} row
 * @param {Finding} finding
 * @param {number[]} values
 */
function summary(row, { what, unit, limit }, values) {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  const { atMost, atLeast } = limit ?? {};
  const target = atMost !== undefined ? `<= ${atMost}` : atLeast !== undefined ? `>= ${atLeast}` : null;
  const met = target === null ? null : median <= (atMost ?? Number.POSITIVE_INFINITY) && median >= (atLeast ?? Number.NEGATIVE_INFINITY);
  const figure = { scenario: `network-browser ${row.name}`, what, median, unit, lowest: sorted[0], highest: sorted.at(-1), target, met };
  if (!json) {
    const verdict = target === null ? '' : `   target ${target}: ${met ? 'met' : 'MISSED'}`;
    const range = `(${short(figure.lowest)} to ${short(figure.highest ?? median)})`;
    console.log(`  ${what.padEnd(40)} ${short(median).padStart(10)} ${unit.padEnd(6)} ${range}${verdict}`);
  }
  return figure;
}

/** @param {number | undefined} value */
function short(value) {
  return Number((value ?? 0).toFixed(3)).toString();
}
