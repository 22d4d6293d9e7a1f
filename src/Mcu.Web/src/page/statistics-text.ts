import type { ServerQuality, Statistics, StreamStatistics, VideoStatistics } from '../sdk';

export interface StatisticsSection {
  readonly title: string;
  readonly rows: readonly (readonly [name: string, value: string])[];
}

type Row = readonly [string, string] | null;

/** The statistics, ours and the server's, as titled lists; what is not known is left out. */
export function toSections(statistics: Statistics, server: ServerQuality | null): readonly StatisticsSection[] {
  const { receivedAudio, receivedVideo, sentAudio, sentVideo } = statistics;
  const sections: [string, Row[]][] = [
    [
      'Network',
      [
        row('Round trip', statistics.roundTripMs, milliseconds),
        row('Transport', statistics.protocol, (text) => text.toUpperCase()),
        row('Carries to you', server?.down.estimateBps ?? null, bitrate),
        row('Waits in the server', server?.down.queueDelayMs ?? null, milliseconds),
      ],
    ],
    ['Sound you hear', receivedAudio ? [...stream(receivedAudio), row('Repaired sound', receivedAudio.concealedRatio, percent)] : []],
    [
      'Picture you see',
      receivedVideo ? [...picture(receivedVideo), ...stream(receivedVideo), row('Frozen', receivedVideo.frozenRatio, percent)] : [],
    ],
    [
      'Your sound',
      sentAudio
        ? [
            ...stream(sentAudio),
            row('Held by the server', server?.up.delayMs ?? null, milliseconds),
            row('Repaired by the server', server?.up.concealedFraction ?? null, percent),
          ]
        : [],
    ],
    ...sentVideo.map((video): [string, Row[]] => [
      video.screen ? 'Your screen' : 'Your picture',
      [...picture(video), ...stream(video), row('Limited by', video.limitedBy, (by) => (by === 'cpu' ? 'this device' : 'the network'))],
    ]),
  ];
  return sections
    .map(([title, rows]) => ({ title, rows: rows.filter((entry) => entry !== null) }))
    .filter((section) => section.rows.length > 0);
}

function stream(statistics: StreamStatistics): Row[] {
  return [
    row('Codec', statistics.codec, (codec) => (codec === 'opus' ? 'Opus' : codec)),
    row('Bit rate', statistics.bitrateBps, bitrate),
    row('Loss', statistics.lossRatio, percent),
    row('Jitter', statistics.jitterMs, milliseconds),
  ];
}

function picture({ width, height, framesPerSecond }: VideoStatistics): Row[] {
  const size = width && height ? `${width} × ${height}` : null;
  return [row('Size', size, (text) => text), row('Frame rate', framesPerSecond, (rate) => `${Math.round(rate)} per second`)];
}

function row<Value>(name: string, value: Value | null, format: (value: Value) => string): Row {
  return value === null ? null : [name, format(value)];
}

export function bitrate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1_000_000 ? `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s` : `${Math.round(bitsPerSecond / 1_000)} kbit/s`;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(ratio < 0.1 ? 1 : 0)} %`;
}

function milliseconds(ms: number): string {
  return `${Math.round(ms)} ms`;
}
