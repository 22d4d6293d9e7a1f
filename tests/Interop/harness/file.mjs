/** Looks into a recording as anybody's tools do: with ffmpeg and ffprobe. */
import { execFileSync } from 'node:child_process';

const limits = { maxBuffer: 512 * 1024 * 1024 };

/**
 * What ffmpeg complains of when it decodes the whole file; nothing for one that is clean.
 * @param {string} file
 */
export function complaintsAbout(file) {
  return execFileSync('ffmpeg', ['-v', 'warning', '-i', file, '-f', 'null', '-'], { ...limits, encoding: 'utf8', stdio: 'pipe' }).trim();
}

/**
 * Codec and seconds of each stream, by its last packet.
 * @param {string} file
 */
export function streamsOf(file) {
  const told = execFileSync('ffprobe', ['-v', 'error', '-show_entries', 'packet=codec_type,pts_time', '-of', 'csv=p=0', file], {
    ...limits,
    encoding: 'utf8',
  });
  const ends = { audio: 0, video: 0 };
  for (const line of told.split('\n')) {
    const [kind, at] = line.split(',');
    if (kind === 'audio' || kind === 'video') ends[kind] = Math.max(ends[kind], Number(at));
  }
  return ends;
}

/**
 * Its sound from a second on.
 * @param {string} file
 * @param {number} from in seconds
 * @param {number} seconds
 */
export function soundOf(file, from, seconds) {
  const cut = ['-ss', `${from}`, '-t', `${seconds}`, '-i', file];
  const bytes = execFileSync('ffmpeg', ['-v', 'error', ...cut, '-f', 'f32le', '-ac', '1', '-ar', '48000', '-'], limits);
  return { sampleRate: 48_000, samples: new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) };
}

/**
 * Its picture at a second, luma in full range as browsers show it.
 * @param {string} file
 * @param {number} at in seconds
 * @param {{ width: number, height: number }} size
 * @returns {import('./picture.mjs').Picture}
 */
export function pictureOf(file, at, { width, height }) {
  const one = ['-ss', `${at}`, '-i', file, '-frames:v', '1', '-vf', 'scale=in_range=tv:out_range=pc,format=gray', '-f', 'rawvideo', '-'];
  return { width, height, luma: execFileSync('ffmpeg', ['-v', 'error', ...one], limits) };
}
