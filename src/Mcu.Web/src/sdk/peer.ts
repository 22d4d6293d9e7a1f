import { Emitter } from './emitter';
import { McuError } from './errors';
import type { MediaKind, SendLimit } from './protocol';
import { SenderTuning } from './sender-tuning';

export const restartEveryMs = 4_000;

export type MediaState = 'connecting' | 'connected' | 'recovering';

interface PeerEvents {
  /** The composite: one stream with the mix and the picture. */
  stream: MediaStream;
  state: MediaState;
  /** The server did not accept an offer. */
  error: McuError;
  /** Beyond ICE restart (DTLS failed): only a new session helps. */
  broken: undefined;
}

/** The way to the server; the peer decides when to use it. */
export interface PeerLink {
  /** Sends an offer and resolves with the answer. Rejects with `signalling-lost` when it must be repeated after `resume`. */
  offer(sdp: string): Promise<string>;
  /** False when there is no connection now; the candidate is then kept for later. */
  candidate(candidate: RTCIceCandidateInit | null): boolean;
}

/** One RTCPeerConnection: microphone and mix, camera and composite, and the screen share. It always offers, one negotiation at a time. */
export class PeerSession extends Emitter<PeerEvents> {
  readonly #pc: RTCPeerConnection;
  readonly #link: PeerLink;
  readonly #stream = new MediaStream();
  readonly #main: Record<MediaKind, RTCRtpTransceiver>;
  readonly #tuning = new SenderTuning();
  #screen: RTCRtpTransceiver | null = null;
  #state: MediaState = 'connecting';
  #closed = false;
  #offerWanted = false;
  #restartWanted = false;
  #restarting = false;
  #negotiation: Promise<void> | null = null;
  /** Candidates that must not overtake their offer, or wait for signalling; null: send at once. */
  #held: (RTCIceCandidateInit | null)[] | null = null;
  #restartTimer: ReturnType<typeof setInterval> | undefined;

  constructor(pc: RTCPeerConnection, link: PeerLink, tracks: Record<MediaKind, MediaStreamTrack | null>) {
    super();
    this.#pc = pc;
    this.#link = link;
    this.#main = { audio: this.#addMain('audio', tracks.audio), video: this.#addMain('video', tracks.video) };
    pc.ontrack = (event) => this.#received(event.track);
    pc.onicecandidate = (event) => this.#sendCandidate(event.candidate ? event.candidate.toJSON() : null);
    pc.oniceconnectionstatechange = () => this.#iceChanged();
    pc.onconnectionstatechange = () => this.#connectionChanged();
  }

  get connection(): RTCPeerConnection {
    return this.#pc;
  }

  get state(): MediaState {
    return this.#state;
  }

  get stream(): MediaStream {
    return this.#stream;
  }

  /** The media section of the screen share, once there was one. */
  get screenMid(): string | null {
    return this.#screen?.mid ?? null;
  }

  /** What the camera is of use for, as the server said last. */
  get sendLimit(): SendLimit | null {
    return this.#tuning.limit;
  }

  /** Sends no more of the camera than this from now on. */
  limitCamera(limit: SendLimit): void {
    this.#tuning.limit = limit;
    this.#tune();
  }

  /** Sends this track from now on, or nothing. Renegotiates only when this direction was not negotiated before. */
  async setTrack(kind: MediaKind, track: MediaStreamTrack | null): Promise<void> {
    const transceiver = this.#main[kind];
    await transceiver.sender.replaceTrack(track);
    if (track && transceiver.direction === 'recvonly') {
      transceiver.direction = 'sendrecv';
      await this.negotiate();
    } else {
      this.#tune();
    }
  }

  /** Starts the screen share as the second, send-only video; null ends it. */
  async setScreen(track: MediaStreamTrack | null): Promise<void> {
    if (!track && !this.#screen) return;
    if (track && !this.#screen) {
      this.#screen = this.#pc.addTransceiver(track, { direction: 'sendonly' });
    } else if (this.#screen) {
      await this.#screen.sender.replaceTrack(track);
      this.#screen.direction = track ? 'sendonly' : 'inactive';
    }
    await this.negotiate();
  }

  /** Offers; calls made while one is under way are served by one more after it. */
  negotiate(): Promise<void> {
    this.#offerWanted = true;
    this.#negotiation ??= this.#negotiateAll().finally(() => {
      this.#negotiation = null;
      this.#tune();
    });
    return this.#negotiation;
  }

  /** New ICE credentials and candidates in the same session. One that is under way serves: a second offer right behind it would take back what it began. */
  restartIce(): Promise<void> {
    if (this.#restarting && this.#negotiation) return this.#negotiation;
    this.#restartWanted = true;
    return this.negotiate();
  }

  /** Signalling is back, with credentials of relays that last: repeats what it lost. `silent`: nothing arrives, whatever ICE says. */
  resume(iceServers: RTCIceServer[], silent: boolean): void {
    this.#pc.setConfiguration({ ...this.#pc.getConfiguration(), iceServers });
    if (this.#offerWanted) {
      this.#runInBackground(this.negotiate());
    } else {
      this.#flushCandidates();
      if (silent || this.#state !== 'connected') this.#runInBackground(this.restartIce());
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#restartTimer);
    this.#pc.ontrack = this.#pc.onicecandidate = this.#pc.oniceconnectionstatechange = this.#pc.onconnectionstatechange = null;
    this.#pc.close();
  }

  #addMain(kind: MediaKind, track: MediaStreamTrack | null): RTCRtpTransceiver {
    return this.#pc.addTransceiver(track ?? kind, { direction: track ? 'sendrecv' : 'recvonly' });
  }

  /** Nothing while a negotiation is under way, which may change what there is to tune: it ends with this. */
  #tune(): void {
    if (this.#closed || this.#negotiation) return;
    const { audio, video } = this.#main;
    const senders = { audio: audio.sender, camera: video.sender, ...(this.#screen ? { screen: this.#screen.sender } : {}) };
    this.#tuning.apply(senders).catch((error: unknown) => {
      if (!this.#closed) this.emit('error', new McuError('internal', { cause: error }));
    });
  }

  async #negotiateAll(): Promise<void> {
    while (this.#offerWanted && !this.#closed) {
      this.#offerWanted = false;
      const iceRestart = this.#restartWanted;
      this.#restartWanted = false;
      this.#restarting = iceRestart;
      try {
        await this.#exchange(iceRestart);
      } catch (error) {
        if (this.#closed) return;
        if (error instanceof McuError && (error.code === 'signalling-lost' || error.code === 'timeout')) {
          this.#offerWanted = true;
          this.#restartWanted ||= iceRestart;
          return;
        }
        await this.#rollback();
        throw error;
      } finally {
        this.#restarting = false;
      }
    }
  }

  async #exchange(iceRestart: boolean): Promise<void> {
    this.#held ??= [];
    const offer = await this.#pc.createOffer({ iceRestart });
    await this.#pc.setLocalDescription(offer);
    const answer = this.#link.offer(this.#pc.localDescription?.sdp ?? offer.sdp ?? '');
    this.#flushCandidates();
    await this.#pc.setRemoteDescription({ type: 'answer', sdp: await answer });
  }

  async #rollback(): Promise<void> {
    if (this.#pc.signalingState === 'have-local-offer') await this.#pc.setLocalDescription({ type: 'rollback' });
  }

  #sendCandidate(candidate: RTCIceCandidateInit | null): void {
    if (this.#held) this.#held.push(candidate);
    else if (!this.#link.candidate(candidate)) this.#held = [candidate];
  }

  #flushCandidates(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const candidate of held) this.#sendCandidate(candidate);
  }

  #received(track: MediaStreamTrack): void {
    for (const old of this.#stream.getTracks()) {
      if (old.kind === track.kind && old.id !== track.id) this.#stream.removeTrack(old);
    }
    this.#stream.addTrack(track);
    this.emit('stream', this.#stream);
  }

  #iceChanged(): void {
    switch (this.#pc.iceConnectionState) {
      case 'connected':
      case 'completed':
        clearInterval(this.#restartTimer);
        this.#restartTimer = undefined;
        this.#setState('connected');
        break;
      case 'disconnected':
      case 'failed':
        this.#recover();
        break;
    }
  }

  #recover(): void {
    this.#setState('recovering');
    if (this.#restartTimer !== undefined) return;
    const restart = () => this.#runInBackground(this.restartIce());
    this.#restartTimer = setInterval(restart, restartEveryMs);
    restart();
  }

  #connectionChanged(): void {
    const iceAlive = this.#pc.iceConnectionState === 'connected' || this.#pc.iceConnectionState === 'completed';
    if (this.#pc.connectionState === 'failed' && iceAlive) this.emit('broken', undefined);
  }

  #setState(state: MediaState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', state);
  }

  #runInBackground(negotiation: Promise<void>): void {
    negotiation.catch((error: unknown) => {
      if (!this.#closed) this.emit('error', error instanceof McuError ? error : new McuError('bad-sdp', { cause: error }));
    });
  }
}
