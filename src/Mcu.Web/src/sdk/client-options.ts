import type { McuError } from './errors';
import type { LocalMedia } from './local-media';
import type { ChatMessage, MediaKind, Participant } from './protocol';
import type { ClientState } from './state';
import type { Statistics } from './statistics';

/** What a client tells. */
export interface McuEvents {
  /** Anything in `state` changed. */
  state: ClientState;
  /** The composite, to be played in one video element. */
  stream: MediaStream;
  chat: ChatMessage;
  'participant-joined': Participant;
  'participant-left': Participant;
  /** A host muted us. */
  'muted-by-room': MediaKind;
  statistics: Statistics;
  /** Something failed that does not end the call. */
  error: McuError;
}

export interface JoinOptions {
  readonly room: string;
  readonly name: string;
  readonly token?: string | undefined;
}

export interface McuClientOptions {
  /** WebSocket address; by default `/api/v1/ws` of this page's server. */
  readonly url?: string;
  readonly local?: LocalMedia;
  /** The next three are replaced by tests. */
  readonly openSocket?: (url: string) => WebSocket;
  readonly openPeer?: (configuration: RTCConfiguration) => RTCPeerConnection;
  readonly random?: () => number;
}
