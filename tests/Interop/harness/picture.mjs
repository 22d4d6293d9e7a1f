/** Pictures as luma planes, and how much two of them are alike. */

/**
 * @typedef {object} Picture
 * @property {number} width in pixels
 * @property {number} height in pixels
 * @property {Uint8Array} luma one byte a pixel, row by row, full range
 */

/** @typedef {{ x: number, y: number, width: number, height: number }} Rect in pixels */

/**
 * @param {Picture} picture
 * @param {Rect} area inside the picture
 * @returns {Picture}
 */
export function crop(picture, { x, y, width, height }) {
  const luma = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * picture.width + x;
    luma.set(picture.luma.subarray(start, start + width), row * width);
  }
  return { width, height, luma };
}

/**
 * Scales by averaging the source area under each pixel.
 * @param {Picture} picture
 * @param {number} width in pixels
 * @param {number} height in pixels
 * @returns {Picture}
 */
export function scale(picture, width, height) {
  if (width === picture.width && height === picture.height) return picture;
  const columns = spans(picture.width, width);
  const rows = spans(picture.height, height);
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) luma[y * width + x] = average(picture, columns[x], rows[y]);
  }
  return { width, height, luma };
}

/** @typedef {{ first: number, weights: number[] }} Span source pixels under one target pixel; the weights sum to 1 */

/**
 * @param {number} from
 * @param {number} to
 * @returns {Span[]}
 */
function spans(from, to) {
  const ratio = from / to;
  return Array.from({ length: to }, (_, index) => {
    const start = index * ratio;
    const end = Math.min(start + ratio, from);
    const first = Math.floor(start);
    const weights = [];
    for (let pixel = first; pixel < Math.min(Math.ceil(end), from); pixel++) {
      weights.push((Math.min(end, pixel + 1) - Math.max(start, pixel)) / (end - start));
    }
    return { first, weights };
  });
}

/**
 * @param {Picture} picture
 * @param {Span} column
 * @param {Span} row
 */
function average(picture, column, row) {
  let sum = 0;
  for (let j = 0; j < row.weights.length; j++) {
    const line = (row.first + j) * picture.width + column.first;
    for (let i = 0; i < column.weights.length; i++) sum += row.weights[j] * column.weights[i] * picture.luma[line + i];
  }
  return Math.round(sum);
}

/**
 * Fills a tile: the middle of the picture in the tile's shape, scaled to its size.
 * @param {Picture} picture
 * @param {number} width in pixels
 * @param {number} height in pixels
 */
export function cropToFill(picture, width, height) {
  const aspect = width / height;
  const keptWidth = Math.min(picture.width, Math.round(picture.height * aspect));
  const keptHeight = Math.min(picture.height, Math.round(picture.width / aspect));
  const x = (picture.width - keptWidth) >> 1;
  const y = (picture.height - keptHeight) >> 1;
  return scale(crop(picture, { x, y, width: keptWidth, height: keptHeight }), width, height);
}

const window = 8;
const windowStep = 4;
const c1 = (0.01 * 255) ** 2;
const c2 = (0.03 * 255) ** 2;

/**
 * Structural similarity of luma (Wang et al. 2004), mean over windows of 8x8 pixels every 4 pixels: 1 for equal pictures.
 * @param {Picture} a
 * @param {Picture} b of the same size
 */
export function ssim(a, b) {
  let sum = 0;
  let count = 0;
  for (let y = 0; y + window <= a.height; y += windowStep) {
    for (let x = 0; x + window <= a.width; x += windowStep) {
      sum += windowSsim(a, b, x, y);
      count++;
    }
  }
  return sum / count;
}

/**
 * @param {Picture} a
 * @param {Picture} b
 * @param {number} left
 * @param {number} top
 */
function windowSsim(a, b, left, top) {
  let sumA = 0;
  let sumB = 0;
  let squaresA = 0;
  let squaresB = 0;
  let products = 0;
  for (let y = top; y < top + window; y++) {
    const line = y * a.width + left;
    for (let i = line; i < line + window; i++) {
      const p = a.luma[i];
      const q = b.luma[i];
      sumA += p;
      sumB += q;
      squaresA += p * p;
      squaresB += q * q;
      products += p * q;
    }
  }
  const n = window * window;
  const meanA = sumA / n;
  const meanB = sumB / n;
  const varianceA = squaresA / n - meanA * meanA;
  const varianceB = squaresB / n - meanB * meanB;
  const covariance = products / n - meanA * meanB;
  return ((2 * meanA * meanB + c1) * (2 * covariance + c2)) / ((meanA ** 2 + meanB ** 2 + c1) * (varianceA + varianceB + c2));
}

/**
 * Mean squared error against a part of another picture, over every fourth pixel of every fourth line: quick enough to search a whole clip.
 * @param {Picture} picture
 * @param {Picture} other
 * @param {number} x of the part in the other picture
 * @param {number} y of the part in the other picture
 */
export function roughError(picture, other, x, y) {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < picture.height; row += 4) {
    const here = row * picture.width;
    const there = (y + row) * other.width + x;
    for (let i = 0; i < picture.width; i += 4) {
      const difference = picture.luma[here + i] - other.luma[there + i];
      sum += difference * difference;
      count++;
    }
  }
  return sum / count;
}

/**
 * Share of pixels that differ by more than a codec makes them.
 * @param {Picture} a
 * @param {Picture} b of the same size
 */
export function changedShare(a, b) {
  return a.luma.filter((value, index) => Math.abs(value - b.luma[index]) > 48).length / a.luma.length;
}
