import type { SendLimit, ServerQuality } from './protocol';
import type { QualitySample } from './quality';

/** One direction of one medium over the last interval; null where the browser does not say. */
export interface StreamStatistics {
  readonly codec: string | null;
  readonly bitrateBps: number;
  readonly lossRatio: number | null;
  readonly jitterMs: number | null;
}

export interface VideoStatistics extends StreamStatistics {
  readonly width: number | null;
  readonly height: number | null;
  readonly framesPerSecond: number | null;
}

export interface Statistics {
  /** Everything that arrived on the connection in the interval, keep-alives included; null when not known (the first reading). */
  readonly arrivedBytes: number | null;
  readonly roundTripMs: number | null;
  /** For instance `udp`. */
  readonly protocol: string | null;
  readonly receivedAudio: (StreamStatistics & { readonly concealedRatio: number | null }) | null;
  readonly receivedVideo: (VideoStatistics & { readonly frozenRatio: number | null }) | null;
  readonly sentAudio: StreamStatistics | null;
  /** The camera and the screen, as far as they are being sent. */
  readonly sentVideo: readonly (VideoStatistics & { readonly limitedBy: 'bandwidth' | 'cpu' | null; readonly screen: boolean })[];
}

/** A member of an RTCStatsReport; which fields it has differs between browsers. */
export type Stat = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string; readonly timestamp: number };

/** Turns successive getStats() reports into rates. Keeps the last report. */
export class StatisticsReader {
  #previous = new Map<string, Stat>();

  /** `screenMid`: the media section of the screen share, which tells it from the camera. */
  read(report: Iterable<Stat>, screenMid: string | null = null): Statistics {
    const stats = new Map<string, Stat>();
    for (const stat of report) stats.set(stat.id, stat);
    const interval = new Interval(stats, this.#previous);
    this.#previous = stats;
    const all = [...stats.values()];
    const of = (type: string, kind: string) => all.filter((stat) => stat.type === type && (stat.kind ?? stat.mediaType) === kind);
    const pair = selectedPair(stats);
    const local = pair && stats.get(String(pair.localCandidateId));
    const [audioIn] = of('inbound-rtp', 'audio');
    const [videoIn] = of('inbound-rtp', 'video');
    const [audioOut] = of('outbound-rtp', 'audio');
    const remoteAudio = of('remote-inbound-rtp', 'audio')[0];
    return {
      arrivedBytes: interval.arrived(all, pair),
      roundTripMs: toMs(numberOf(pair, 'currentRoundTripTime') ?? numberOf(remoteAudio, 'roundTripTime')),
      protocol: typeof local?.protocol === 'string' ? local.protocol : null,
      receivedAudio: audioIn ? { ...interval.received(audioIn), concealedRatio: interval.concealed(audioIn) } : null,
      receivedVideo: videoIn ? { ...interval.received(videoIn), ...picture(videoIn), frozenRatio: interval.frozen(videoIn) } : null,
      sentAudio: audioOut ? interval.sent(audioOut) : null,
      sentVideo: of('outbound-rtp', 'video')
        .filter((stat) => interval.delta(stat, 'bytesSent') !== 0)
        .map((stat) => ({
          ...interval.sent(stat),
          ...picture(stat),
          limitedBy: limitation(stat),
          screen: screenMid !== null && stat.mid === screenMid,
        })),
    };
  }
}

/** What else is known when a sample is taken. */
export interface QualityContext {
  /** What the server measured last. */
  readonly server: ServerQuality | null;
  /** What our camera is of use for. */
  readonly sendLimit: SendLimit | null;
  /** The user wants the picture as good as it gets. */
  readonly wantsAll: boolean;
}

const stillBelowFramesPerSecond = 2;
/** Browsers step down by a quarter or a half; less is rounding. */
const shrunkBelow = 0.7;

/** What the quality wording needs of the statistics. */
export function toQualitySample(statistics: Statistics, { server, sendLimit, wantsAll }: QualityContext): QualitySample {
  const { receivedAudio, receivedVideo, sentAudio, sentVideo } = statistics;
  return {
    silent: statistics.arrivedBytes === 0 && !receivedAudio?.bitrateBps && !receivedVideo?.bitrateBps,
    roundTripMs: statistics.roundTripMs,
    lossDown: worst([receivedAudio?.lossRatio, receivedVideo?.lossRatio]),
    concealedDown: receivedAudio?.concealedRatio ?? null,
    // A composite that does not change is not sent, which browsers take for a freeze; it is one only where something was lost.
    frozenRatio: receivedVideo?.lossRatio ? receivedVideo.frozenRatio : null,
    picture: server && wantsAll ? pictureOf(server.down) : 'full',
    sends: sentAudio !== null || sentVideo.length > 0,
    lossUp: worst([sentAudio?.lossRatio, ...sentVideo.map((stream) => stream.lossRatio)]),
    concealedUp: server?.up.concealedFraction ?? null,
    cameraShrunk: sentVideo.some(
      ({ screen, limitedBy, height }) =>
        !screen && limitedBy === 'bandwidth' && sendLimit !== null && (height ?? Infinity) < shrunkBelow * sendLimit.maxHeight,
    ),
    busy: sentVideo.some(({ limitedBy }) => limitedBy === 'cpu'),
  };
}

/** Only a known estimate makes the network the reason. */
function pictureOf({ estimateBps, picture }: ServerQuality['down']): QualitySample['picture'] {
  if (typeof estimateBps !== 'number') return 'full';
  if (!picture) return 'none';
  if (!picture.reduced) return 'full';
  return picture.framesPerSecond < stillBelowFramesPerSecond ? 'still' : 'small';
}

function worst(values: readonly (number | null | undefined)[]): number | null {
  const known = values.filter((value) => value !== null && value !== undefined);
  return known.length > 0 ? Math.max(...known) : null;
}

/** Bytes that arrived on the connection so far; null where the browser does not say. */
export function bytesArrived(stats: readonly Stat[]): number | null {
  const transport = stats.find((stat) => stat.type === 'transport');
  return numberOf(transport, 'bytesReceived') ?? numberOf(selectedPair(new Map(stats.map((stat) => [stat.id, stat]))), 'bytesReceived');
}

/** Differences between two reports. */
class Interval {
  constructor(
    private readonly stats: ReadonlyMap<string, Stat>,
    private readonly previous: ReadonlyMap<string, Stat>,
  ) {}

  /** The growth of a counter; 0 on the first report or after a counter was reset. */
  delta(stat: Stat, field: string): number {
    return this.growth(stat, field) ?? 0;
  }

  /** As `delta`, but null when there is nothing to compare with. */
  growth(stat: Stat, field: string): number | null {
    const before = numberOf(this.previous.get(stat.id), field);
    const now = numberOf(stat, field);
    return before === null || now === null ? null : Math.max(0, now - before);
  }

  /** Bytes on the transport where the browser counts them there, else on the pair (whose counters start again with each ICE restart). */
  arrived(all: readonly Stat[], pair: Stat | undefined): number | null {
    const transport = all.find((stat) => stat.type === 'transport');
    return (transport && this.growth(transport, 'bytesReceived')) ?? (pair ? this.growth(pair, 'bytesReceived') : null);
  }

  received(stat: Stat): StreamStatistics {
    const lost = this.delta(stat, 'packetsLost');
    const arrived = this.delta(stat, 'packetsReceived');
    return {
      ...this.#stream(stat, 'bytesReceived'),
      lossRatio: lost + arrived > 0 ? lost / (lost + arrived) : null,
      jitterMs: toMs(numberOf(stat, 'jitter')),
    };
  }

  sent(stat: Stat): StreamStatistics {
    const remote = this.stats.get(String(stat.remoteId));
    return { ...this.#stream(stat, 'bytesSent'), lossRatio: numberOf(remote, 'fractionLost'), jitterMs: toMs(numberOf(remote, 'jitter')) };
  }

  concealed(stat: Stat): number | null {
    const played = this.delta(stat, 'totalSamplesReceived');
    // Silence that the sender chose not to send (DTX) is concealed too, but nothing is missing there.
    const concealed = this.delta(stat, 'concealedSamples') - this.delta(stat, 'silentConcealedSamples');
    return played > 0 ? Math.min(1, Math.max(0, concealed / played)) : null;
  }

  frozen(stat: Stat): number | null {
    const seconds = this.#seconds(stat);
    return numberOf(stat, 'totalFreezesDuration') === null || seconds === 0
      ? null
      : Math.min(1, this.delta(stat, 'totalFreezesDuration') / seconds);
  }

  #stream(stat: Stat, bytes: string): Pick<StreamStatistics, 'codec' | 'bitrateBps'> {
    const seconds = this.#seconds(stat);
    const mime = this.stats.get(String(stat.codecId))?.mimeType;
    return {
      codec: typeof mime === 'string' ? mime.slice(mime.indexOf('/') + 1) : null,
      bitrateBps: seconds > 0 ? Math.round((this.delta(stat, bytes) * 8) / seconds) : 0,
    };
  }

  #seconds(stat: Stat): number {
    const before = this.previous.get(stat.id);
    return before ? Math.max(0, (stat.timestamp - before.timestamp) / 1_000) : 0;
  }
}

function selectedPair(stats: ReadonlyMap<string, Stat>): Stat | undefined {
  const all = [...stats.values()];
  const transport = all.find((stat) => stat.type === 'transport' && typeof stat.selectedCandidatePairId === 'string');
  if (transport) return stats.get(String(transport.selectedCandidatePairId));
  // Firefox has no transport statistics; its pair is marked `selected`.
  const pairs = all.filter((stat) => stat.type === 'candidate-pair');
  return pairs.find((pair) => pair.selected === true) ?? pairs.find((pair) => pair.nominated === true && pair.state === 'succeeded');
}

function numberOf(stat: Stat | undefined, field: string): number | null {
  const value = stat?.[field];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function toMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1_000);
}

function picture(stat: Stat): Pick<VideoStatistics, 'width' | 'height' | 'framesPerSecond'> {
  return { width: numberOf(stat, 'frameWidth'), height: numberOf(stat, 'frameHeight'), framesPerSecond: numberOf(stat, 'framesPerSecond') };
}

function limitation(stat: Stat): 'bandwidth' | 'cpu' | null {
  const reason = stat.qualityLimitationReason;
  return reason === 'bandwidth' || reason === 'cpu' ? reason : null;
}
