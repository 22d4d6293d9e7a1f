import type { JoinOptions, McuClientOptions, McuEvents } from './client-options';
import { Emitter } from './emitter';
import { McuError } from './errors';
import { captureScreen, type DeviceKind, LocalMedia } from './local-media';
import { MediaSession } from './media-session';
import { MuteSync } from './mute-sync';
import { onNetworkChange } from './network';
import type { PeerLink } from './peer';
import type {
  ClientRequest,
  ClosedReason,
  JoinedMessage,
  LayoutRequest,
  MediaKind,
  Participant,
  ReceiveLimit,
  ServerEvent,
} from './protocol';
import { ReceiveLimitSync } from './receive-limit-sync';
import { Signalling } from './signalling';
import { type ClientState, initialState, withEvent, withJoined } from './state';
import type { Statistics } from './statistics';

/** Connection attempts before a first join gives up. */
export const firstJoinAttempts = 3;

/** One participant of one room. Example: docs/web-client.md. */
export class McuClient extends Emitter<McuEvents> {
  /** The microphone and camera; open them before joining for a preview. */
  readonly local: LocalMedia;
  readonly #options: McuClientOptions;
  #state = initialState;
  #statistics: Statistics | null = null;
  #signalling: Signalling | null = null;
  #media: MediaSession | null = null;
  #session: { readonly id: string; readonly resumeToken: string } | null = null;
  #joining: { readonly resolve: () => void; readonly reject: (error: McuError) => void } | null = null;
  #screenTrack: MediaStreamTrack | null = null;
  readonly #mutes = new MuteSync(
    (kind) => (kind === 'audio' ? !this.#state.microphone : !this.#state.camera),
    (kind, muted) => this.#request({ type: 'mute', kind, muted }),
    (error) => this.emit('error', error),
  );

  readonly #receiveLimit = new ReceiveLimitSync(
    () => this.#state.receiveLimit,
    (limit) => this.#request({ type: 'receive', limit }),
  );

  constructor(options: McuClientOptions = {}) {
    super();
    this.#options = options;
    this.local = options.local ?? new LocalMedia();
    this.local.on('change', (kind) => this.#localChanged(kind));
    this.local.on('lost', ({ kind, error }) => {
      this.#announceMute(mediaKind(kind));
      this.emit('error', error);
    });
    onNetworkChange(() => this.#networkChanged());
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The composite, once connected. */
  get stream(): MediaStream | null {
    return this.#media?.peer.stream ?? null;
  }

  /** The latest statistics, refreshed every 2 s. */
  get statistics(): Statistics | null {
    return this.#statistics;
  }

  /** The peer connection, for tests and diagnosis. */
  get connection(): RTCPeerConnection | null {
    return this.#media?.peer.connection ?? null;
  }

  /** Joins with the local tracks that are open now. Resolves once media is negotiated; rejects with McuError. */
  async join({ room, name, token }: JoinOptions): Promise<void> {
    if (this.#state.phase === 'joining' || this.#state.phase === 'joined') {
      throw new McuError('invalid-state', { title: 'Already in a room', advice: 'Leave it first.' });
    }
    if (typeof RTCPeerConnection === 'undefined' && !this.#options.openPeer) throw new McuError('not-supported');
    this.#session = null;
    const { microphone, camera, receiveLimit } = this.#state;
    this.#update({ ...initialState, microphone, camera, receiveLimit, phase: 'joining', room });
    const signalling = new Signalling({
      ...this.#options,
      url: this.#options.url ?? defaultUrl(),
      hello: () =>
        this.#session
          ? { type: 'resume', session: this.#session.id, resumeToken: this.#session.resumeToken }
          : { type: 'join', room, name, ...(token ? { token } : {}) },
    });
    this.#signalling = signalling;
    signalling.on('ready', (joined) => this.#joined(joined));
    signalling.on('refused', (error) => this.#refused(error));
    signalling.on('down', ({ attempt }) => this.#down(attempt));
    signalling.on('message', (event) => this.#received(event));
    await new Promise<void>((resolve, reject) => {
      this.#joining = { resolve, reject };
      signalling.open();
    });
  }

  /** Leaves; the local tracks stay open. */
  leave(): void {
    if (this.#state.phase !== 'joining' && this.#state.phase !== 'joined') return;
    // The reply is not waited for: closing the connection says the same.
    this.#signalling?.request({ type: 'leave' }).catch(() => undefined);
    this.#end('left', null);
  }

  /** Opens the microphone or lets it be heard, or mutes it. Rejects with McuError when it cannot be opened. */
  async setMicrophone(on: boolean): Promise<void> {
    if (on) (await this.local.open('microphone')).enabled = true;
    else if (this.local.microphone) this.local.microphone.enabled = false;
    this.#update({ microphone: on });
    this.#announceMute('audio');
  }

  /** Opens the camera and sends it, or closes it. Rejects with McuError when it cannot be opened. */
  async setCamera(on: boolean): Promise<void> {
    if (on) await this.local.open('camera');
    else this.local.close('camera');
    this.#announceMute('video');
  }

  /** Asks for a screen and shares it; false when the user changed their mind. Rejects with McuError. */
  async startScreenShare(): Promise<boolean> {
    if (this.#state.phase !== 'joined') throw new McuError('invalid-state');
    const track = await captureScreen();
    if (!track) return false;
    this.#screenTrack = track;
    track.onended = () => this.#inBackground(this.stopScreenShare());
    this.#update({ screen: true });
    await this.#media?.peer.setScreen(track);
    return true;
  }

  async stopScreenShare(): Promise<void> {
    if (!this.#screenTrack) return;
    this.#stopScreenTrack();
    await this.#media?.peer.setScreen(null);
  }

  async setLayout(layout: LayoutRequest): Promise<void> {
    await this.#request({ type: 'layout', ...layout });
    if (layout.selfView !== undefined) this.#update({ selfView: layout.selfView });
  }

  /** How much to receive from now on; also before joining. */
  async setReceiveLimit(limit: ReceiveLimit): Promise<void> {
    this.#update({ receiveLimit: limit });
    if (this.#state.phase === 'joined') await this.#receiveLimit.tell();
  }

  /** 1 to 2,000 characters. It comes back as a `chat` event. */
  async sendChat(text: string): Promise<void> {
    await this.#request({ type: 'chat', text });
  }

  /** Host only: mutes somebody else; only they can unmute themselves. */
  async muteParticipant(participant: string, kind: MediaKind): Promise<void> {
    await this.#request({ type: 'mute', kind, muted: true, participant });
  }

  /** Host only. */
  async kick(participant: string): Promise<void> {
    await this.#request({ type: 'kick', participant });
  }

  async #request(message: ClientRequest): Promise<void> {
    if (this.#state.phase !== 'joined' || !this.#signalling) throw new McuError('invalid-state');
    await this.#signalling.request(message);
  }

  #joined(joined: JoinedMessage): void {
    const resumed = this.#session?.id === joined.session && this.#media !== null;
    this.#session = { id: joined.session, resumeToken: joined.resumeToken };
    this.#update(withJoined(this.#state, joined));
    const own = joined.participants.find(({ id }) => id === joined.participant);
    this.#inBackground(this.#receiveLimit.greet(own));
    if (resumed) {
      this.#mutes.resume();
      this.#adoptRoomMute(own);
      this.#media?.resume(joined.iceServers);
    } else {
      if (joined.role === 'viewer') this.#closeLocal();
      else this.#mutes.begin();
      this.#openMedia(joined.iceServers);
    }
  }

  #refused(error: McuError): void {
    const temporary = ['internal', 'busy', 'rate-limited', 'timeout'].includes(error.code);
    if (this.#joining === null && temporary) {
      this.#signalling?.retry();
    } else if (this.#session) {
      // The server no longer knows the session: start over as a new participant.
      this.#session = null;
      this.#closeMedia();
      this.#signalling?.greet();
    } else {
      this.#end('error', error);
    }
  }

  #down(attempt: number): void {
    if (this.#state.phase === 'joining' && attempt >= firstJoinAttempts) this.#end('error', new McuError('signalling-unreachable'));
    else this.#update({ signalling: 'reconnecting' });
  }

  #received(event: ServerEvent): void {
    const before = this.#state;
    this.#update(withEvent(before, event));
    switch (event.type) {
      case 'participant-joined':
        if (event.participant.id !== before.self) this.emit('participant-joined', event.participant);
        break;
      case 'participant-updated':
        if (event.participant.id === before.self) {
          this.#adoptRoomMute(event.participant);
          const receiveLimit = this.#receiveLimit.chosenBy(event.participant);
          if (receiveLimit) this.#update({ receiveLimit });
        }
        break;
      case 'send':
        this.#media?.peer.limitCamera(event);
        break;
      case 'participant-left': {
        const left = before.participants.find(({ id }) => id === event.id);
        if (left) this.emit('participant-left', left);
        break;
      }
      case 'chat':
        this.emit('chat', event);
        break;
      case 'closed':
        this.#end(event.reason, null);
        break;
    }
  }

  #openMedia(iceServers: RTCIceServer[]): void {
    const open = this.#options.openPeer ?? ((configuration: RTCConfiguration) => new RTCPeerConnection(configuration));
    const media = new MediaSession(
      open({ iceServers, bundlePolicy: 'max-bundle' }),
      this.#link(),
      { audio: this.local.microphone, video: this.local.camera },
      () => ({ server: this.#state.serverQuality, wantsAll: this.#state.receiveLimit === 'full' }),
    );
    this.#media = media;
    this.#update({ media: 'connecting' });
    media.on('suspected', () => this.#signalling?.probe());
    media.on('silent', () => this.#inBackground(media.peer.restartIce()));
    media.on('late', (error) => this.emit('error', error));
    media.on('statistics', ({ statistics, quality }) => {
      this.#statistics = statistics;
      this.#update({ quality });
      this.emit('statistics', statistics);
    });
    media.peer.on('stream', (stream) => this.emit('stream', stream));
    media.peer.on('state', (state) => this.#update({ media: state }));
    media.peer.on('error', (error) => this.emit('error', error));
    media.peer.on('broken', () => this.#startOver(media));
    const negotiated = this.#screenTrack ? media.peer.setScreen(this.#screenTrack) : media.peer.negotiate();
    negotiated.then(
      () => this.#settleJoining((joining) => joining.resolve()),
      (error: unknown) => {
        if (media === this.#media) this.#end('error', error instanceof McuError ? error : new McuError('bad-sdp', { cause: error }));
      },
    );
  }

  #link(): PeerLink {
    return {
      offer: async (sdp) => {
        const reply = await (this.#signalling?.request({ type: 'offer', sdp }) ?? Promise.reject(new McuError('signalling-lost')));
        if (reply.type !== 'answer') throw new McuError('bad-sdp');
        return reply.sdp;
      },
      candidate: (candidate) => this.#signalling?.notify({ type: 'candidate', candidate }) ?? false,
    };
  }

  /** Media that once worked is beyond ICE restart: leave and join anew. */
  #startOver(media: MediaSession): void {
    if (media !== this.#media) return;
    if (!media.wasConnected) {
      this.#end('error', new McuError('media-failed'));
      return;
    }
    this.#session = null;
    this.#closeMedia();
    this.#update({ media: 'recovering', signalling: 'reconnecting' });
    this.#signalling?.reconnect(true);
  }

  #networkChanged(): void {
    if (this.#state.phase !== 'joined') return;
    this.#signalling?.reconnect();
    this.#update({ signalling: 'reconnecting' });
    if (this.#media) this.#inBackground(this.#media.peer.restartIce());
  }

  #localChanged(kind: DeviceKind): void {
    const track = this.local[kind];
    this.#update(kind === 'microphone' ? { microphone: track?.enabled ?? false } : { camera: track !== null });
    this.#inBackground(this.#media?.peer.setTrack(mediaKind(kind), track) ?? Promise.resolve());
  }

  #announceMute(kind: MediaKind): void {
    if (this.#state.phase === 'joined') this.#mutes.announce(kind);
  }

  /** A host muted us: follow, so that what we show is what others hear and see. */
  #adoptRoomMute(own: Participant | undefined): void {
    if (!own || !this.#mutes.settled) return;
    if (own.audio.mutedBy === 'room' && this.#state.microphone) {
      if (this.local.microphone) this.local.microphone.enabled = false;
      this.#update({ microphone: false });
      this.emit('muted-by-room', 'audio');
    }
    if (own.video.muted && this.#state.camera) {
      this.local.close('camera');
      this.emit('muted-by-room', 'video');
    }
  }

  #end(reason: ClosedReason | 'error', error: McuError | null): void {
    if (this.#state.phase === 'ended') return;
    this.#signalling?.close();
    this.#signalling = null;
    this.#session = null;
    this.#closeMedia();
    this.#stopScreenTrack();
    this.#update({ phase: 'ended', signalling: 'offline', media: 'none', ended: { reason, error } });
    this.#settleJoining((joining) => joining.reject(error ?? new McuError('invalid-state', { title: 'Left before joining' })));
  }

  /** A viewer only watches. */
  #closeLocal(): void {
    this.local.close('microphone');
    this.local.close('camera');
  }

  #closeMedia(): void {
    this.#media?.close();
    this.#media = null;
    this.#statistics = null;
    this.#update({ quality: null, serverQuality: null });
  }

  #stopScreenTrack(): void {
    if (!this.#screenTrack) return;
    this.#screenTrack.onended = null;
    this.#screenTrack.stop();
    this.#screenTrack = null;
    this.#update({ screen: false });
  }

  #settleJoining(how: (joining: { resolve: () => void; reject: (error: McuError) => void }) => void): void {
    const joining = this.#joining;
    this.#joining = null;
    if (joining) how(joining);
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.emit('error', error instanceof McuError ? error : new McuError('internal', { cause: error })));
  }

  #update(change: Partial<ClientState>): void {
    this.#state = { ...this.#state, ...change };
    this.emit('state', this.#state);
  }
}

function mediaKind(kind: DeviceKind): MediaKind {
  return kind === 'microphone' ? 'audio' : 'video';
}

function defaultUrl(): string {
  const url = new URL('/api/v1/ws', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}
