import { vi } from 'vitest';
import type { JoinedMessage, LocalMedia, Participant } from '../../src/sdk';

type Sent = Record<string, unknown> & { readonly type: string; readonly id?: number };

/** A WebSocket under the test's control. */
export class FakeSocket {
  readyState = 0;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  closeCode: number | null = null;
  readonly sent: Sent[] = [];

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The network or the server ends it. */
  fail(): void {
    this.readyState = 3;
    this.onclose?.();
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.closeCode = code;
    this.readyState = 3;
  }

  last(type: string): Sent {
    const message = this.sent.filter((sent) => sent.type === type).at(-1);
    if (!message) throw new Error(`nothing of type ${type} was sent`);
    return message;
  }

  count(type: string): number {
    return this.sent.filter((sent) => sent.type === type).length;
  }

  /** Answers the last message of a type. */
  reply(type: string, body: object): void {
    this.say({ ...body, re: this.last(type).id });
  }
}

/** Collects the sockets that are opened. */
export function socketFactory(): { readonly sockets: FakeSocket[]; readonly open: () => WebSocket; readonly current: () => FakeSocket } {
  const sockets: FakeSocket[] = [];
  const open = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket as unknown as WebSocket;
  };
  const current = () => {
    const socket = sockets.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  };
  return { sockets, open, current };
}

/** An RTCRtpSender that keeps what it is told. */
export class FakeSender {
  encodings: RTCRtpEncodingParameters[] = [{ active: true }];
  /** How often it was told. */
  changes = 0;

  constructor(public track: MediaStreamTrack | null) {}

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
  }

  getParameters(): { encodings: RTCRtpEncodingParameters[] } {
    return { encodings: this.encodings.map((encoding) => ({ ...encoding })) };
  }

  async setParameters({ encodings }: { encodings: RTCRtpEncodingParameters[] }): Promise<void> {
    this.encodings = encodings;
    this.changes++;
  }
}

export class FakeTransceiver {
  readonly sender: FakeSender;

  constructor(
    readonly kind: string,
    public direction: string,
    track: MediaStreamTrack | null,
  ) {
    this.sender = new FakeSender(track);
  }
}

/** An RTCPeerConnection that negotiates with nobody. */
export class FakePeer {
  iceConnectionState = 'new';
  connectionState = 'new';
  signalingState = 'stable';
  localDescription: { sdp: string } | null = null;
  closed = false;
  offers = 0;
  readonly restarts: boolean[] = [];
  readonly transceivers: FakeTransceiver[] = [];
  ontrack: ((event: { track: unknown }) => void) | null = null;
  onicecandidate: ((event: { candidate: { toJSON: () => RTCIceCandidateInit } | null }) => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;

  addTransceiver(source: string | MediaStreamTrack, { direction }: { direction: string }): FakeTransceiver {
    const track = typeof source === 'string' ? null : source;
    const transceiver = new FakeTransceiver(typeof source === 'string' ? source : source.kind, direction, track);
    this.transceivers.push(transceiver);
    return transceiver;
  }

  async createOffer({ iceRestart }: { iceRestart: boolean }): Promise<{ sdp: string }> {
    this.restarts.push(iceRestart);
    return { sdp: `offer ${++this.offers}` };
  }

  async setLocalDescription(description: { type?: string; sdp?: string }): Promise<void> {
    if (description.type === 'rollback') {
      this.signalingState = 'stable';
      return;
    }
    this.localDescription = { sdp: description.sdp ?? '' };
    this.signalingState = 'have-local-offer';
  }

  async setRemoteDescription(): Promise<void> {
    this.signalingState = 'stable';
  }

  /** What getStats tells. */
  stats: { id: string; type: string }[] = [];
  /** When a packet was played last, in ms. */
  played: number | null = null;
  configuration: RTCConfiguration = {};

  async getStats(): Promise<Map<string, unknown>> {
    return new Map(this.stats.map((stat) => [stat.id, stat]));
  }

  getReceivers(): { getSynchronizationSources: () => { timestamp: number }[] }[] {
    return [{ getSynchronizationSources: () => (this.played === null ? [] : [{ timestamp: this.played }]) }];
  }

  getConfiguration(): RTCConfiguration {
    return this.configuration;
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.configuration = configuration;
  }

  close(): void {
    this.closed = true;
  }

  ice(state: string): void {
    this.iceConnectionState = state;
    this.oniceconnectionstatechange?.();
  }
}

export class FakeTrack {
  enabled = true;
  onended: (() => void) | null = null;
  contentHint = '';
  stopped = false;
  readonly id = crypto.randomUUID();

  constructor(readonly kind: 'audio' | 'video') {}

  stop(): void {
    this.stopped = true;
  }

  getSettings(): MediaTrackSettings {
    return { deviceId: this.id, ...(this.kind === 'video' ? { width: 1280, height: 720 } : {}) };
  }
}

class FakeStream {
  readonly #tracks: FakeTrack[];
  constructor(tracks: FakeTrack[] = []) {
    this.#tracks = [...tracks];
  }
  getTracks = () => [...this.#tracks];
  getAudioTracks = () => this.#tracks.filter(({ kind }) => kind === 'audio');
  getVideoTracks = () => this.#tracks.filter(({ kind }) => kind === 'video');
  addTrack = (track: FakeTrack) => void this.#tracks.push(track);
  removeTrack = (track: FakeTrack) => void this.#tracks.splice(this.#tracks.indexOf(track), 1);
}

/** Gives node the few browser globals that the SDK uses; every capture succeeds. */
export function stubBrowser(): void {
  vi.stubGlobal('MediaStream', FakeStream);
  vi.stubGlobal('location', { href: 'http://host/r/x' });
  vi.stubGlobal('navigator', {
    mediaDevices: {
      addEventListener: () => undefined,
      getUserMedia: async (wanted: { audio?: unknown; video?: unknown }) =>
        new FakeStream([...(wanted.audio ? [new FakeTrack('audio')] : []), ...(wanted.video ? [new FakeTrack('video')] : [])]),
    },
  });
}

export function trackOf(local: LocalMedia, kind: 'microphone' | 'camera'): FakeTrack {
  return local[kind] as unknown as FakeTrack;
}

export function participant(id: string, change: Partial<Participant> = {}): Participant {
  return {
    id,
    name: `Name of ${id}`,
    role: 'guest',
    audio: { sending: true, muted: false, mutedBy: null },
    video: { sending: true, muted: false },
    screen: false,
    receiveLimit: 'full',
    ...change,
  };
}

export function joined(change: Partial<JoinedMessage> = {}): JoinedMessage {
  return {
    type: 'joined',
    session: 's1',
    resumeToken: 't1',
    participant: 'me',
    role: 'guest',
    room: { name: 'x', layout: 'grid', pinned: null },
    participants: [participant('other'), participant('me')],
    iceServers: [],
    ...change,
  };
}

/** Lets promise chains run to their end without moving the clock. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}
