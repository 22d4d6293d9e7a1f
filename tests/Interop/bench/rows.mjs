/** The networks of the one bad participant, as far as a browser is asked about them. The same are in virtual time: docs/benchmarks.md. */
import * as figures from './figures.mjs';

/** @typedef {import('../harness/line.mjs').Quality} Quality */
/** @typedef {import('./figures.mjs').Stretch} Stretch */

/**
 * @typedef {{ atMost?: number, atLeast?: number }} Limit
 * @typedef {{ what: string, value: number, unit: string, limit?: Limit }} Finding
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {string} about
 * @property {Quality} down
 * @property {Quality} up
 * @property {{ seconds: number, down: Quality }[]} steps what follows, one after the other, once media flows
 * @property {(stretches: Stretch[]) => Finding[]} judge gets a stretch for each step
 */

/** Time in which a call finds what its network carries. */
const settling = 10;
const measured = 30;

/** @type {Quality} */
const thin = { kbps: 100, delayMs: 50, loss: 0.05, queueBytes: 37_500 };
/** @type {Quality} */
const lossy = { kbps: 2_000, delayMs: 25, loss: 0.3 };
/** @type {Quality} */
const wide = { kbps: 1_000, delayMs: 25, queueBytes: 56_000 };

/** @type {Row[]} */
export const rows = [
  {
    name: 'thin',
    about: '100 kbit/s down, 100 ms RTT, 5 % loss',
    down: thin,
    up: { ...thin, kbps: 1_000, queueBytes: 64_000 },
    steps: [
      { seconds: settling, down: thin },
      { seconds: measured, down: thin },
    ],
    judge: ([, calm]) => [
      { what: 'sound concealed', value: figures.concealedPercent(calm), unit: '%', limit: { atMost: 1 } },
      { what: 'pictures decoded', value: figures.framesPerSecond(calm), unit: '1/s', limit: { atLeast: 8 } },
      { what: 'queue at the bottleneck, p95', value: figures.queueMs(calm, 0.95), unit: 'ms', limit: { atMost: 150 } },
      ...usual(calm),
    ],
  },
  {
    name: 'lossy',
    about: '2 Mbit/s and 30 % loss both ways, 50 ms RTT',
    down: lossy,
    up: lossy,
    steps: [
      { seconds: settling, down: lossy },
      { seconds: measured, down: lossy },
    ],
    judge: ([, calm]) => [
      { what: 'pictures decoded', value: figures.framesPerSecond(calm), unit: '1/s', limit: { atLeast: 8 } },
      { what: 'sound concealed', value: figures.concealedPercent(calm), unit: '%' },
      ...usual(calm),
    ],
  },
  {
    name: 'drop',
    about: '1 Mbit/s, for 15 s 150 kbit/s, 50 ms RTT',
    down: wide,
    up: wide,
    steps: [
      { seconds: settling, down: wide },
      { seconds: 15, down: { ...wide, kbps: 150 } },
      { seconds: 20, down: wide },
    ],
    judge: ([before, dropped, after]) => [
      { what: 'queue back under 150 ms after', value: figures.secondsUntilQueueBelow(dropped, 150), unit: 's', limit: { atMost: 2 } },
      {
        what: 'back on the size of before after',
        value: figures.secondsUntilHeight(after, before.samples.at(-1)?.video.frameHeight ?? 0),
        unit: 's',
        limit: { atMost: 10 },
      },
      ...usual(dropped),
    ],
  },
];

/**
 * What is told in every row.
 * @param {Stretch} stretch
 * @returns {Finding[]}
 */
function usual(stretch) {
  return [
    { what: 'jitter buffer of sound, mean', value: figures.jitterBufferMs(stretch), unit: 'ms' },
    { what: 'freezes', value: figures.growth(stretch, 'video', 'freezeCount'), unit: '' },
    { what: 'frozen in all', value: figures.growth(stretch, 'video', 'totalFreezesDuration'), unit: 's' },
    { what: 'keyframes decoded', value: figures.growth(stretch, 'video', 'keyFramesDecoded'), unit: '' },
    { what: 'height shown at the end', value: stretch.samples.at(-1)?.video.frameHeight ?? 0, unit: 'px' },
  ];
}
