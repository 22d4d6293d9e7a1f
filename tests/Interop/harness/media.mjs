/** What the clients send: short looping clips that differ at a glance, and tones nobody else sends. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts, clipFolder } from './paths.mjs';

/** @typedef {import('./picture.mjs').Picture} Picture */

export const clipWidth = 640;
export const clipHeight = 360;
export const clipRate = 15;

/**
 * @typedef {object} Clip
 * @property {string} name
 * @property {string} file a .y4m file of 640x360 at 15 frames per second
 * @property {Picture[]} frames
 */

/**
 * Soft moving waves: sharp ones would suffer from coding and scaling far more than what cameras see.
 * @param {string} luma of X, Y and T
 */
function waves(luma) {
  return `nullsrc=s=640x360:r=15,format=yuv420p,geq=lum='${luma}':cb=128:cr=128`;
}

/** What each clip is made of: a real one where there is a folder of them, else one of FFmpeg's moving sources. */
const sources = {
  flower: {
    real: 'flower_handheld_1280x720_300f.264',
    synthetic: waves('128+60*sin(X/23+T*3)+50*sin(Y/17-T*2)'),
    frames: 90,
  },
  foreman: { real: 'foreman_352x288_291f.264', synthetic: 'testsrc2=s=640x360:r=15', frames: 90 },
  // Short, so it runs there and back to loop without a jump.
  woman: {
    real: 'woman_office_1280x720_19f.264',
    synthetic: waves('128+100*sin((X+Y)/31+T*4)*cos((X-Y)/41-T)'),
    frames: 38,
    pingPong: true,
  },
  // The building site at the end of the film.
  site: { real: 'foreman_352x288_291f.264', first: 200, synthetic: 'smptehdbars=s=640x360:r=15,hue=H=t', frames: 90 },
};

/** @typedef {keyof typeof sources} ClipName */

/** Whether clips are real ones; said once in the output of a run. */
export const clipOrigin = clipFolder() ? 'real clips' : 'synthetic clips (set MCU_MEDIA to use real ones)';

const folder = join(artifacts, clipFolder() ? 'media' : 'media-synthetic');
mkdirSync(folder, { recursive: true });

/** @type {Map<ClipName, Clip>} */
const clips = new Map();

/**
 * A clip, made on first use.
 * @param {ClipName} name
 * @returns {Clip}
 */
export function clip(name) {
  const known = clips.get(name);
  if (known) return known;
  const file = join(folder, `${name}.y4m`);
  if (!existsSync(file)) convert(name, file);
  const made = { name, file, frames: readY4m(readFileSync(file)) };
  clips.set(name, made);
  return made;
}

/**
 * @param {ClipName} name
 * @param {string} file
 */
function convert(name, file) {
  const source = sources[name];
  const real = clipFolder();
  const input = real ? ['-r', `${clipRate}`, '-i', join(real, source.real)] : ['-f', 'lavfi', '-i', source.synthetic];
  const begin = 'first' in source && real ? `trim=start_frame=${source.first},setpts=PTS-STARTPTS,` : '';
  const fill = `${begin}scale=${clipWidth}:${clipHeight}:force_original_aspect_ratio=increase,crop=${clipWidth}:${clipHeight},setsar=1`;
  const filter = 'pingPong' in source ? `${fill},split[a][b];[b]reverse[c];[a][c]concat` : fill;
  // The synthetic sources never end, so a reversed one has to be cut first.
  const limit = 'pingPong' in source ? ['-t', `${source.frames / 2 / clipRate}`] : [];
  const output = ['-frames:v', `${source.frames}`, '-r', `${clipRate}`, '-pix_fmt', 'yuv420p', '-f', 'yuv4mpegpipe', `${file}.part`];
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...limit, ...input, '-filter_complex', filter, ...output], { stdio: 'inherit' });
  renameSync(`${file}.part`, file);
}

/**
 * The luma of each frame of a 4:2:0 YUV4MPEG2 file, stretched from video range (16 to 235) to full range.
 * @param {Buffer} data
 * @returns {Picture[]}
 */
export function readY4m(data) {
  const headerEnd = data.indexOf(10);
  const header = data.toString('latin1', 0, headerEnd).split(' ');
  const width = Number(header.find((field) => field[0] === 'W')?.slice(1));
  const height = Number(header.find((field) => field[0] === 'H')?.slice(1));
  const frames = [];
  for (let position = headerEnd + 1; position < data.length; ) {
    const start = data.indexOf(10, position) + 1;
    const luma = new Uint8Array(width * height);
    for (let i = 0; i < luma.length; i++) luma[i] = Math.max(0, Math.min(255, Math.round(((data[start + i] - 16) * 255) / 219)));
    frames.push({ width, height, luma });
    position = start + (width * height * 3) / 2;
  }
  return frames;
}

/**
 * Frequencies none of which is a harmonic, sum or difference of others, so that distortion of some is not taken for another.
 * All are multiples of 10 Hz: a file of whole seconds loops without a click.
 */
export const tones = [440, 610, 790, 1030, 1370];

const sampleRate = 48_000;
const seconds = 10;
const level = 10 ** (-18 / 20);

/**
 * A WAV file with one tone at -18 dBFS, mono.
 * @param {number} frequency in Hz, a multiple of 10
 * @param {{ bursts?: boolean }} [options] bursts: like syllables, a quarter of a second on and a quarter off
 */
export function toneFile(frequency, { bursts = false } = {}) {
  const file = join(folder, `tone-${frequency}${bursts ? '-bursts' : ''}.wav`);
  if (existsSync(file)) return file;
  const samples = new Int16Array(sampleRate * seconds);
  for (let i = 0; i < samples.length; i++) {
    const gain = bursts ? burstGain(i) : 1;
    samples[i] = Math.round(32767 * level * gain * Math.sin((2 * Math.PI * frequency * i) / sampleRate));
  }
  writeFileSync(file, Buffer.concat([wavHeader(samples.byteLength), Buffer.from(samples.buffer)]));
  return file;
}

/** @param {number} index of the sample */
function burstGain(index) {
  const ramp = sampleRate * 0.03;
  const position = index % (sampleRate / 2);
  const end = sampleRate / 4;
  if (position >= end) return 0;
  const edge = Math.min(position, end - position, ramp);
  return (1 - Math.cos((Math.PI * edge) / ramp)) / 2;
}

/** @param {number} dataBytes */
function wavHeader(dataBytes) {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + dataBytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(dataBytes, 40);
  return header;
}
