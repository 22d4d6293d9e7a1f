/** Where the tiles of a grid lie, and which clip each of them shows. */
import { crop, cropToFill, roughError, ssim } from './picture.mjs';

/** @typedef {import('./picture.mjs').Picture} Picture */
/** @typedef {import('./picture.mjs').Rect} Rect */
/** @typedef {import('./media.mjs').Clip} Clip */

/**
 * The grid of 1 to 6 tiles on a landscape canvas, as the server lays it out: tiles of one size, no wider than 1.9:1 and no narrower
 * than 3:2, gaps of a 160th of the canvas, an incomplete last row in the middle.
 * @param {number} count
 * @param {number} canvasWidth in pixels
 * @param {number} canvasHeight in pixels
 * @returns {Rect[]}
 */
export function gridTiles(count, canvasWidth, canvasHeight) {
  if (count === 1) return [{ x: 0, y: 0, width: canvasWidth, height: canvasHeight }];
  const columns = count <= 4 ? 2 : 3;
  const rows = count <= 2 ? 1 : 2;
  const gap = Math.max(even(canvasWidth / 160), 2);
  const { width, height } = tileSize(columns, rows, canvasWidth, canvasHeight, gap);
  const rowsUsed = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, index) => {
    const row = Math.floor(index / columns);
    const inRow = Math.min(count - row * columns, columns);
    return {
      x: even((canvasWidth - (inRow * (width + gap) - gap)) / 2) + (index % columns) * (width + gap),
      y: even((canvasHeight - (rowsUsed * (height + gap) - gap)) / 2) + row * (height + gap),
      width,
      height,
    };
  });
}

/**
 * @param {number} columns
 * @param {number} rows
 * @param {number} canvasWidth
 * @param {number} canvasHeight
 * @param {number} gap
 */
function tileSize(columns, rows, canvasWidth, canvasHeight, gap) {
  let width = Math.floor((canvasWidth - gap * (columns + 1)) / columns);
  let height = Math.floor((canvasHeight - gap * (rows + 1)) / rows);
  if (width / height > 1.9) width = Math.floor(height * 1.9);
  else if (width / height < 1.5) height = Math.floor(width / 1.5);
  return { width: even(width), height: even(height) };
}

/**
 * One large tile and a filmstrip of 0 to 5 at its right on a wide canvas, as the server lays it out: the strip has room for five, one
 * below the other, and fills from the top.
 * @param {number} stripCount
 * @param {number} canvasWidth in pixels
 * @param {number} canvasHeight in pixels, at least 360
 * @returns {Rect[]} the large one first
 */
export function stageTiles(stripCount, canvasWidth, canvasHeight) {
  if (stripCount === 0) return gridTiles(1, canvasWidth, canvasHeight);
  const capacity = 5;
  const gap = Math.max(even(canvasWidth / 160), 2);
  const height = even((canvasHeight - gap * (capacity + 1)) / capacity);
  const width = even((height * 16) / 9);
  const large = { x: gap, y: gap, width: canvasWidth - 3 * gap - width, height: canvasHeight - 2 * gap };
  const x = large.x + large.width + gap;
  const strip = Array.from({ length: stripCount }, (_, index) => ({ x, y: gap + index * (height + gap), width, height }));
  return [large, ...strip];
}

/** @param {number} value */
function even(value) {
  return Math.floor(value) & ~1;
}

/**
 * The part of a tile that shows nothing but the camera: without the label at the bottom and the border around.
 * @param {Rect} tile
 * @returns {Rect}
 */
function unlabelled(tile) {
  const inset = Math.max(6, Math.round(tile.height * 0.03));
  return { x: tile.x + inset, y: tile.y + inset, width: tile.width - 2 * inset, height: Math.round(tile.height * 0.78) - inset };
}

/**
 * The lower corners of a tile: its name stands in the left one, nothing in the right one.
 * @param {{ width: number, height: number }} tile
 * @returns {{ left: Rect, right: Rect }} in the tile
 */
export function lowerCorners(tile) {
  const width = Math.round(tile.width / 3);
  const height = Math.round(tile.height / 5);
  const left = { x: 0, y: tile.height - height, width, height };
  return { left, right: { ...left, x: tile.width - width } };
}

/**
 * @typedef {object} Match
 * @property {Clip} clip
 * @property {number} frame index of the clip's frame that fits best
 * @property {number} similarity SSIM of that frame, aligned
 * @property {Picture} fitted that frame as the tile would show it without label and border
 */

/**
 * The clip a tile shows: aligned in time (every frame of the clip) and space (a few pixels), outside label and border.
 * @param {Picture} composite
 * @param {Rect} tile
 * @param {Clip[]} clips
 * @returns {Match}
 */
export function matchTile(composite, tile, clips) {
  const matches = clips.map((clip) => matchClip(composite, tile, clip));
  return matches.reduce((best, match) => (match.similarity > best.similarity ? match : best));
}

/**
 * @param {Picture} composite
 * @param {Rect} tile
 * @param {Clip} clip
 * @returns {Match}
 */
export function matchClip(composite, tile, clip) {
  const shown = unlabelled(tile);
  const picture = crop(composite, shown);
  const inTile = { ...shown, x: shown.x - tile.x, y: shown.y - tile.y };
  const nearest = fittedFrames(clip, tile.width, tile.height)
    .map((fitted, frame) => ({ fitted, frame, ...roughPlace(picture, fitted, inTile) }))
    .sort((a, b) => a.error - b.error)
    .slice(0, 2)
    .map((place) => ({ ...place, similarity: ssimAround(picture, place.fitted, place) }));
  const best = nearest.reduce((a, b) => (b.similarity > a.similarity ? b : a));
  return { clip, frame: best.frame, similarity: best.similarity, fitted: best.fitted };
}

/**
 * Where the picture lies in a frame, to two pixels.
 * @param {Picture} picture
 * @param {Picture} fitted
 * @param {Rect} area where it should lie
 */
function roughPlace(picture, fitted, area) {
  let best = { error: Number.POSITIVE_INFINITY, x: area.x, y: area.y };
  for (const y of [area.y - 2, area.y, area.y + 2]) {
    for (const x of [area.x - 2, area.x, area.x + 2]) {
      const error = roughError(picture, fitted, x, y);
      if (error < best.error) best = { error, x, y };
    }
  }
  return best;
}

/** @type {Map<string, Picture[]>} frames of clips by name and size */
const fittings = new Map();

/**
 * @param {Clip} clip
 * @param {number} width
 * @param {number} height
 */
function fittedFrames(clip, width, height) {
  const key = `${clip.name} ${width}x${height}`;
  const fitted = fittings.get(key) ?? clip.frames.map((frame) => cropToFill(frame, width, height));
  fittings.set(key, fitted);
  return fitted;
}

/**
 * The best similarity at a place or one pixel beside it.
 * @param {Picture} picture
 * @param {Picture} fitted
 * @param {{ x: number, y: number }} place
 */
function ssimAround(picture, fitted, place) {
  let best = -1;
  for (let y = place.y - 1; y <= place.y + 1; y++) {
    for (let x = place.x - 1; x <= place.x + 1; x++) {
      best = Math.max(best, ssim(picture, crop(fitted, { ...picture, x, y })));
    }
  }
  return best;
}
