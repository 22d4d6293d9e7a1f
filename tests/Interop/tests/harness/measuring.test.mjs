/** The measuring parts, on sounds and pictures whose properties are known. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { clip, clipOrigin, toneFile } from '../../harness/media.mjs';
import { cropToFill, ssim } from '../../harness/picture.mjs';
import { gridTiles, matchTile } from '../../harness/tiles.mjs';
import { longestSilence, peak, toneLevel } from '../../harness/tones.mjs';

/** @param {(time: number) => number} value */
function sound(value) {
  return Float32Array.from({ length: 96_000 }, (_, index) => value(index / 48_000));
}

/**
 * @param {number} frequency
 * @param {number} time
 */
const sine = (frequency, time) => Math.sin(2 * Math.PI * frequency * time);

/** A noise that is the same each time. */
function noise(seed = 1) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 30 - 1;
  };
}

describe('tones', () => {
  it('have the level they were made with', () => {
    const samples = sound((time) => 0.1 * sine(440, time));
    assert.ok(Math.abs(toneLevel(samples, 48_000, 440) + 20) < 0.1);
  });

  it('are told apart from others 60 dB louder', () => {
    const samples = sound((time) => 0.25 * sine(440, time) + 0.25 * sine(790, time));
    assert.ok(toneLevel(samples, 48_000, 610) < -90);
  });

  it('leave the level of an absent tone low under noise', () => {
    const random = noise();
    const samples = sound((time) => 0.1 * sine(440, time) + 0.003 * random());
    assert.ok(toneLevel(samples, 48_000, 610) < -70);
  });

  it('in bursts are heard as well, and their pauses found', () => {
    const wav = readFileSync(toneFile(610, { bursts: true }));
    const samples = Float32Array.from({ length: 96_000 }, (_, index) => wav.readInt16LE(44 + 2 * index) / 32_768);
    assert.ok(toneLevel(samples, 48_000, 610) > -30);
    assert.ok(toneLevel(samples, 48_000, 440) < -80);
    assert.ok(Math.abs(longestSilence(samples, 48_000) - 255) < 15);
    assert.ok(peak(samples) < 0.13);
  });
});

describe('tiles', () => {
  const others = [clip('flower'), clip('foreman'), clip('woman')];

  it(`are recognised by clip and frame, and alike in spite of noise: ${clipOrigin}`, () => {
    const [left, right] = gridTiles(2, 640, 360);
    const composite = { width: 640, height: 360, luma: new Uint8Array(640 * 360).fill(24) };
    place(composite, left, others[1].frames[33], 1);
    place(composite, right, others[0].frames[7], -2);
    const first = matchTile(composite, left, others);
    const second = matchTile(composite, right, others);
    assert.deepEqual([first.clip.name, second.clip.name], ['foreman', 'flower']);
    assert.deepEqual([first.frame, second.frame], [33, 7]);
    assert.ok(Math.min(first.similarity, second.similarity) > 0.8, `${first.similarity} ${second.similarity}`);
  });

  it('that show nothing match no clip', () => {
    const [left] = gridTiles(2, 640, 360);
    const composite = { width: 640, height: 360, luma: new Uint8Array(640 * 360).fill(24) };
    assert.ok(matchTile(composite, left, others).similarity < 0.7);
  });

  it('do not overlap and stay on the canvas', () => {
    for (const count of [1, 2, 3, 4, 5, 6]) {
      for (const { x, y, width, height } of gridTiles(count, 640, 360)) {
        assert.ok(x >= 0 && y >= 0 && x + width <= 640 && y + height <= 360);
      }
    }
  });

  it('of different clips are unlike', () => {
    for (const frame of others[1].frames) assert.ok(ssim(others[0].frames[0], frame) < 0.6);
  });

  /**
   * Draws a picture into a tile, a little displaced and disturbed as a codec would.
   * @param {import('../../harness/picture.mjs').Picture} composite
   * @param {import('../../harness/picture.mjs').Rect} tile
   * @param {import('../../harness/picture.mjs').Picture} picture
   * @param {number} shift in pixels
   */
  function place(composite, tile, picture, shift) {
    const random = noise(7);
    const fitted = cropToFill(picture, tile.width, tile.height);
    for (let y = 0; y < tile.height; y++) {
      for (let x = 0; x < tile.width; x++) {
        const from = Math.max(0, Math.min(tile.width - 1, x + shift));
        composite.luma[(tile.y + y) * composite.width + tile.x + x] = fitted.luma[y * tile.width + from] + 2 * random();
      }
    }
  }
});
