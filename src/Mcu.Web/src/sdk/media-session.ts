import { ArrivalWatch, lookEveryMs, newestOf } from './arrival-watch';
import { Emitter } from './emitter';
import { McuError } from './errors';
import { type PeerLink, PeerSession } from './peer';
import type { MediaKind } from './protocol';
import { type Quality, QualityMonitor } from './quality';
import { bytesArrived, type QualityContext, type Stat, type Statistics, StatisticsReader, toQualitySample } from './statistics';

export const statisticsEveryMs = 2_000;
/** Time for sound and picture to come through before the user is told. */
export const patienceMs = 15_000;

interface MediaSessionEvents {
  statistics: { readonly statistics: Statistics; readonly quality: Quality };
  /** Nothing came through within the patience. */
  late: McuError;
  /** Nothing was played for a while. */
  suspected: undefined;
  /** Nothing arrives: the network may be another. */
  silent: undefined;
}

/** A peer with its measurements, from `joined` until the session ends. */
export class MediaSession extends Emitter<MediaSessionEvents> {
  readonly peer: PeerSession;
  readonly #reader = new StatisticsReader();
  readonly #monitor = new QualityMonitor();
  readonly #polling: ReturnType<typeof setInterval>;
  readonly #watch: ArrivalWatch;
  readonly #watching: ReturnType<typeof setInterval>;
  readonly #patience: ReturnType<typeof setTimeout>;
  #wasConnected = false;
  #closed = false;

  /** `context`: what else is known of the connection at that moment. */
  constructor(
    pc: RTCPeerConnection,
    link: PeerLink,
    tracks: Record<MediaKind, MediaStreamTrack | null>,
    private readonly context: () => Omit<QualityContext, 'sendLimit'>,
  ) {
    super();
    this.peer = new PeerSession(pc, link, tracks);
    this.#polling = setInterval(() => void this.#poll(), statisticsEveryMs);
    this.#watch = new ArrivalWatch(
      { newest: () => newestOf(this.peer.connection.getReceivers()), bytes: () => this.#arrived() },
      () => this.emit('suspected', undefined),
      () => this.emit('silent', undefined),
    );
    this.#watching = setInterval(() => {
      if (this.peer.state === 'connected') void this.#watch.look();
    }, lookEveryMs);
    this.#patience = setTimeout(() => this.emit('late', new McuError('media-failed')), patienceMs);
    this.peer.on('state', (state) => {
      if (state !== 'connected') return;
      this.#wasConnected = true;
      clearTimeout(this.#patience);
    });
  }

  /** Whether sound and picture came through at some time. */
  get wasConnected(): boolean {
    return this.#wasConnected;
  }

  /** Signalling is back, perhaps over another network. */
  resume(iceServers: RTCIceServer[]): void {
    this.peer.resume(iceServers, this.#watch.isSilent);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#polling);
    clearInterval(this.#watching);
    clearTimeout(this.#patience);
    this.peer.close();
  }

  async #read(): Promise<Stat[] | null> {
    const report = await this.peer.connection.getStats().catch((error: unknown) => {
      if (!this.#closed) throw error;
    });
    if (!report || this.#closed) return null;
    const stats: Stat[] = [];
    report.forEach((stat: Stat) => {
      stats.push(stat);
    });
    return stats;
  }

  async #arrived(): Promise<number | null> {
    return bytesArrived((await this.#read()) ?? []);
  }

  async #poll(): Promise<void> {
    if (!this.#wasConnected) return;
    const stats = await this.#read();
    if (!stats) return;
    const statistics = this.#reader.read(stats, this.peer.screenMid);
    const sample = toQualitySample(statistics, { ...this.context(), sendLimit: this.peer.sendLimit });
    this.emit('statistics', { statistics, quality: this.#monitor.add(sample) });
  }
}
