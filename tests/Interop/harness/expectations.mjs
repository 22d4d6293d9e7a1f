/** What each participant must hear and see, in terms of who sends what. */
import assert from 'node:assert/strict';
import { eventually } from './eventually.mjs';
import { clip, tones } from './media.mjs';
import { changedShare, crop } from './picture.mjs';
import { gridTiles, lowerCorners, matchTile, stageTiles } from './tiles.mjs';
import { peak, toneLevel } from './tones.mjs';

/** @typedef {import('./picture.mjs').Picture} Picture */
/** @typedef {{ sampleRate: number, samples: Float32Array }} Recording */
/** @typedef {{ clip: import('./media.mjs').ClipName, tone: number }} Source what a participant sends */

/** Own tone under each other's, in dB. */
const minusDb = 40;

/** Alike enough to be the clip, coded twice and scaled. */
const minSimilarity = 0.8;

/**
 * Every tone of the others is heard, no other one is, and nothing is clipped. Repeated until it holds: tones need a moment to settle.
 * @param {() => Promise<Recording>} hear
 * @param {Source[]} others
 */
export async function hearsOnly(hear, others) {
  let told = '';
  const right = async () => {
    const { samples, sampleRate } = await hear();
    const isHeard = (/** @type {number} */ tone) => others.some((other) => other.tone === tone);
    const levels = tones.map((tone) => ({ tone, level: toneLevel(samples, sampleRate, tone, isHeard(tone) ? 0.5 : 0.2) }));
    const quietest = Math.min(...levels.filter(({ tone }) => isHeard(tone)).map(({ level }) => level));
    const loudest = Math.max(...levels.filter(({ tone }) => !isHeard(tone)).map(({ level }) => level));
    told = `${levels.map(({ tone, level }) => `${tone} Hz ${level.toFixed(1)} dB`).join(', ')}; peak ${peak(samples).toFixed(3)}`;
    return quietest > -35 && loudest <= quietest - minusDb && peak(samples) < 0.99;
  };
  await eventually(`only ${others.map(({ tone }) => `${tone} Hz`).join(', ')}`, right, { withinMs: 20_000, describe: () => told });
  return told;
}

/**
 * A grid of the others' clips and nothing else, whoever is where. Repeated until it holds: senders begin with few pixels.
 * @param {() => Promise<Picture>} see
 * @param {Source[]} others
 */
export async function seesOnly(see, others) {
  const wanted = others.map((other) => other.clip).sort();
  const tiles = (/** @type {Picture} */ { width, height }) => gridTiles(others.length, width, height);
  return seesTiles(see, tiles, `a grid of ${wanted.join(', ')}`, (shown) => shown.sort().join() === wanted.join());
}

/**
 * One clip large and a filmstrip of others, whoever is where in it. Repeated until it holds.
 * @param {() => Promise<Picture>} see
 * @param {Source} large
 * @param {Source[]} strip none: the large one fills the canvas
 */
export async function seesLarge(see, large, strip) {
  const wanted = strip.map((other) => other.clip).sort();
  const tiles = (/** @type {Picture} */ { width, height }) => stageTiles(strip.length, width, height);
  return seesTiles(see, tiles, `${large.clip} large, beside it ${wanted.join(', ') || 'nobody'}`, ([first, ...others]) => {
    return first === large.clip && others.sort().join() === wanted.join();
  });
}

/**
 * @param {() => Promise<Picture>} see
 * @param {(picture: Picture) => import('./picture.mjs').Rect[]} tilesOf
 * @param {string} what for the message of a failure
 * @param {(shown: string[]) => boolean} isRight judges the names of the clips shown, in the order of the tiles
 */
async function seesTiles(see, tilesOf, what, isRight) {
  const known = /** @type {const} */ (['flower', 'foreman', 'woman', 'site']).map(clip);
  let told = '';
  const right = async () => {
    const picture = await see();
    const matches = tilesOf(picture).map((tile) => matchTile(picture, tile, known));
    told = `${picture.width}x${picture.height}: ${matches.map((match) => `${match.clip.name} ${match.similarity.toFixed(3)}`).join(', ')}`;
    return matches.every((match) => match.similarity >= minSimilarity) && isRight(matches.map((match) => match.clip.name));
  };
  await eventually(what, right, { withinMs: 40_000, everyMs: 500, describe: () => told });
  return told;
}

/** Pictures that are looked at for names: single ones are blurred where a clip begins anew or a sender has just changed its size. */
const namePictures = 5;

/**
 * Each tile has a name in its lower left corner: there it differs from its clip, as it does not in the lower right one. By the median of some
 * pictures, all of which are taken.
 * @param {() => Promise<Picture>} see
 * @param {Source[]} others
 * @returns {Promise<string>} what was measured
 */
export async function showsNames(see, others) {
  const known = others.map((other) => clip(other.clip));
  /** @type {ReturnType<typeof cornersOf>[]} */
  const looks = [];
  for (let i = 0; i < namePictures; i++) looks.push(cornersOf(await see(), known));
  const told = known.map((_, tile) => {
    const label = median(looks.map((look) => look[tile].label));
    const none = median(looks.map((look) => look[tile].none));
    assert.ok(label > 0.05 && label > 3 * none, `no label on tile ${tile + 1}: ${label.toFixed(3)} left, ${none.toFixed(3)} right`);
    return `${label.toFixed(3)} left, ${none.toFixed(3)} right`;
  });
  return told.join('; ');
}

/**
 * How much of the lower corners of each tile differs from the clip it shows.
 * @param {Picture} picture
 * @param {import('./media.mjs').Clip[]} known
 */
function cornersOf(picture, known) {
  return gridTiles(known.length, picture.width, picture.height).map((area) => {
    const tile = crop(picture, area);
    const { fitted } = matchTile(picture, area, known);
    const { left, right } = lowerCorners(area);
    return { label: changedShare(crop(tile, left), crop(fitted, left)), none: changedShare(crop(tile, right), crop(fitted, right)) };
  });
}

/** @param {number[]} values */
function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
