import type { McuError } from './errors';
import type { MediaState } from './peer';
import type { ClosedReason, JoinedMessage, LayoutMessage, Participant, ReceiveLimit, Role, ServerEvent, ServerQuality } from './protocol';
import type { Quality } from './quality';

/** A picture of the client at one moment; replaced, never changed. */
export interface ClientState {
  readonly phase: 'idle' | 'joining' | 'joined' | 'ended';
  readonly signalling: 'offline' | 'connected' | 'reconnecting';
  readonly media: 'none' | MediaState;
  readonly room: string | null;
  /** One's own participant id. */
  readonly self: string | null;
  readonly role: Role | null;
  /** Oneself first, then in order of arrival. */
  readonly participants: readonly Participant[];
  readonly activeSpeaker: string | null;
  /** Whether the room is being recorded. */
  readonly recording: boolean;
  /** The layout in force for this client. */
  readonly layout: LayoutMessage | null;
  /** Whether one asked for one's own tile in one's own picture. */
  readonly selfView: boolean;
  /** Whether one's own microphone, camera and screen are being sent. */
  readonly microphone: boolean;
  readonly camera: boolean;
  readonly screen: boolean;
  /** How much one wants to receive. */
  readonly receiveLimit: ReceiveLimit;
  readonly quality: Quality | null;
  /** What the server measured last. */
  readonly serverQuality: ServerQuality | null;
  /** Why the call is over, in phase `ended`. */
  readonly ended: { readonly reason: ClosedReason | 'error'; readonly error: McuError | null } | null;
}

export const initialState: ClientState = {
  phase: 'idle',
  signalling: 'offline',
  media: 'none',
  room: null,
  self: null,
  role: null,
  participants: [],
  activeSpeaker: null,
  recording: false,
  layout: null,
  selfView: false,
  microphone: false,
  camera: false,
  screen: false,
  receiveLimit: 'full',
  quality: null,
  serverQuality: null,
  ended: null,
};

/** The state after `joined`, be it new or resumed. */
export function withJoined(state: ClientState, joined: JoinedMessage): ClientState {
  const layout = { type: 'layout', scope: 'room', layout: joined.room.layout, pinned: joined.room.pinned, page: 0, pages: 1 } as const;
  const known = state.self === joined.participant;
  return {
    ...state,
    phase: 'joined',
    signalling: 'connected',
    room: joined.room.name,
    recording: joined.room.recording === true,
    self: joined.participant,
    role: joined.role,
    participants: ownFirst(joined.participants, joined.participant),
    layout: known ? (state.layout ?? layout) : layout,
    selfView: known && state.selfView,
    ended: null,
  };
}

/** The state after an event of the room. */
export function withEvent(state: ClientState, event: ServerEvent): ClientState {
  switch (event.type) {
    case 'participant-joined':
    case 'participant-updated': {
      const { participant } = event;
      const known = state.participants.some(({ id }) => id === participant.id);
      const participants = known
        ? state.participants.map((old) => (old.id === participant.id ? participant : old))
        : [...state.participants, participant];
      const role = participant.id === state.self ? participant.role : state.role;
      return { ...state, role, participants: ownFirst(participants, state.self) };
    }
    case 'participant-left':
      return {
        ...state,
        participants: state.participants.filter(({ id }) => id !== event.id),
        activeSpeaker: state.activeSpeaker === event.id ? null : state.activeSpeaker,
      };
    case 'active-speaker':
      return { ...state, activeSpeaker: event.participant };
    case 'recording':
      return { ...state, recording: event.recording };
    case 'layout':
      return { ...state, layout: event };
    case 'quality':
      return { ...state, serverQuality: event.quality };
    case 'send':
    case 'chat':
    case 'closed':
      return state;
  }
}

function ownFirst(participants: readonly Participant[], self: string | null): readonly Participant[] {
  const own = participants.filter(({ id }) => id === self);
  return [...own, ...participants.filter(({ id }) => id !== self)];
}
