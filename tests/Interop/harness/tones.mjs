/** Tells which tones a recording holds and how loud they are. */

/** The quietest level told apart from silence. */
const floorDb = -160;

/**
 * Level of one tone in dBFS (0: a sine that fills the range), as a quantile over overlapping segments of half a second.
 * The median tells what is heard most of the time. For a tone that should not be there at all, a lower quantile is as strict on a tone that
 * goes on and on, and forgives the crackle of a machine that is out of breath. A Hann window keeps strong tones 100 Hz away at least 100 dB down.
 * @param {Float32Array} samples
 * @param {number} sampleRate in Hz
 * @param {number} frequency in Hz
 * @param {number} [quantile] 0 to 1
 */
export function toneLevel(samples, sampleRate, frequency, quantile = 0.5) {
  const length = Math.round(sampleRate / 2);
  const levels = [];
  for (let start = 0; start + length <= samples.length; start += length / 2) {
    levels.push(segmentLevel(samples.subarray(start, start + length), sampleRate, frequency));
  }
  levels.sort((a, b) => a - b);
  return levels[Math.floor(levels.length * quantile)];
}

/**
 * @param {Float32Array} samples
 * @param {number} sampleRate in Hz
 * @param {number} frequency in Hz
 */
function segmentLevel(samples, sampleRate, frequency) {
  const step = (2 * Math.PI * frequency) / sampleRate;
  const windowStep = (2 * Math.PI) / samples.length;
  let real = 0;
  let imaginary = 0;
  for (let i = 0; i < samples.length; i++) {
    const weighted = samples[i] * (1 - Math.cos(windowStep * i));
    real += weighted * Math.cos(step * i);
    imaginary += weighted * Math.sin(step * i);
  }
  const amplitude = (2 * Math.hypot(real, imaginary)) / samples.length;
  return Math.max(20 * Math.log10(amplitude), floorDb);
}

/**
 * The largest magnitude; 1 is full scale.
 * @param {Float32Array} samples
 */
export function peak(samples) {
  let largest = 0;
  for (const sample of samples) largest = Math.max(largest, Math.abs(sample));
  return largest;
}

/**
 * The longest stretch, in milliseconds, in which nothing is louder than -70 dBFS.
 * @param {Float32Array} samples
 * @param {number} sampleRate in Hz
 */
export function longestSilence(samples, sampleRate) {
  const quiet = 10 ** (-70 / 20);
  let longest = 0;
  let current = 0;
  for (const sample of samples) {
    current = Math.abs(sample) < quiet ? current + 1 : 0;
    longest = Math.max(longest, current);
  }
  return (longest * 1000) / sampleRate;
}
