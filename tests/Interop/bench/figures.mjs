/** What a receiver's statistics say of a stretch of time. */

/**
 * @typedef {object} Sample the receiver's statistics at one moment
 * @property {number} at performance.now() of this process
 * @property {any} audio RTCInboundRtpStreamStats
 * @property {any} video RTCInboundRtpStreamStats
 *
 * @typedef {object} Stretch
 * @property {Sample[]} samples in order, at least two
 * @property {import('../harness/line.mjs').Line} down
 */

/** @param {Stretch} stretch */
const ends = ({ samples }) => ({ first: samples[0], last: /** @type {Sample} */ (samples.at(-1)) });

/** @param {Stretch} stretch */
const seconds = (stretch) => (ends(stretch).last.at - ends(stretch).first.at) / 1000;

/**
 * By how much a counter grew.
 * @param {Stretch} stretch
 * @param {'audio' | 'video'} kind
 * @param {string} counter
 */
export function growth(stretch, kind, counter) {
  const { first, last } = ends(stretch);
  return (last[kind][counter] ?? 0) - (first[kind][counter] ?? 0);
}

/** Share of sound that was made up, in percent. @param {Stretch} stretch */
export const concealedPercent = (stretch) =>
  (100 * growth(stretch, 'audio', 'concealedSamples')) / Math.max(growth(stretch, 'audio', 'totalSamplesReceived'), 1);

/** @param {Stretch} stretch */
export const framesPerSecond = (stretch) => growth(stretch, 'video', 'framesDecoded') / seconds(stretch);

/** How long sound stayed in the jitter buffer, in ms, on average. @param {Stretch} stretch */
export const jitterBufferMs = (stretch) =>
  (1000 * growth(stretch, 'audio', 'jitterBufferDelay')) / Math.max(growth(stretch, 'audio', 'jitterBufferEmittedCount'), 1);

/**
 * How long packets waited at the bottleneck.
 * @param {Stretch} stretch
 * @param {number} share 0.95 for what one in twenty exceeds
 */
export function queueMs(stretch, share) {
  const waits = passagesOf(stretch)
    .map(({ waited }) => waited)
    .sort((a, b) => a - b);
  return waits[Math.min(Math.floor(waits.length * share), waits.length - 1)] ?? 0;
}

/**
 * How many seconds it takes, from the stretch's beginning, until no packet waits longer any more.
 * @param {Stretch} stretch
 * @param {number} limitMs
 */
export function secondsUntilQueueBelow(stretch, limitMs) {
  const last = passagesOf(stretch).findLast(({ waited }) => waited > limitMs);
  return last ? (last.at - ends(stretch).first.at) / 1000 : 0;
}

/**
 * How many seconds it takes, from the stretch's beginning, until pictures are at least so high; all of it where they never are.
 * @param {Stretch} stretch
 * @param {number} height in pixels
 */
export function secondsUntilHeight(stretch, height) {
  const { first, last } = ends(stretch);
  const reached = stretch.samples.find(({ video }) => video.frameHeight >= height) ?? last;
  return (reached.at - first.at) / 1000;
}

/** @param {Stretch} stretch */
function passagesOf(stretch) {
  const { first, last } = ends(stretch);
  return stretch.down.passages.filter(({ at }) => at >= first.at && at < last.at);
}
