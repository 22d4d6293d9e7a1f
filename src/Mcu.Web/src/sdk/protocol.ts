/** The messages of docs/signalling.md. */

export type Role = 'host' | 'guest' | 'viewer';
export type MediaKind = 'audio' | 'video';
export type LayoutName = 'auto' | 'grid' | 'speaker' | 'presenter' | 'single';
export type LayoutScope = 'room' | 'me';
/** How much one wants to receive: as much as the network carries, as little as is still a picture, or sound alone. */
export type ReceiveLimit = 'full' | 'save-data' | 'audio-only';
export type ClosedReason = 'left' | 'kicked' | 'shutdown' | 'replaced';

export interface Participant {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly audio: { readonly sending: boolean; readonly muted: boolean; readonly mutedBy: 'self' | 'room' | null };
  readonly video: { readonly sending: boolean; readonly muted: boolean };
  readonly screen: boolean;
  readonly receiveLimit: ReceiveLimit;
}

export interface LayoutRequest {
  readonly scope: LayoutScope;
  /** `default` only with scope `me`: follow the room. */
  readonly layout: LayoutName | 'default';
  /** Participant to pin, or null for nobody. */
  readonly pinned?: string | null;
  /** From 0. */
  readonly page?: number;
  /** Only with scope `me`: whether one's own tile is in one's own picture. */
  readonly selfView?: boolean;
}

export interface JoinRequest {
  readonly type: 'join';
  readonly room: string;
  readonly name: string;
  readonly token?: string;
}

export interface ResumeRequest {
  readonly type: 'resume';
  readonly session: string;
  readonly resumeToken: string;
}

/** Messages that are answered. */
export type ClientRequest =
  | JoinRequest
  | ResumeRequest
  | { readonly type: 'offer'; readonly sdp: string }
  | { readonly type: 'mute'; readonly kind: MediaKind; readonly muted: boolean; readonly participant?: string }
  | ({ readonly type: 'layout' } & LayoutRequest)
  | { readonly type: 'receive'; readonly limit: ReceiveLimit; readonly participant?: string }
  | { readonly type: 'chat'; readonly text: string }
  | { readonly type: 'kick'; readonly participant: string }
  | { readonly type: 'leave' };

/** Messages that are not answered (a `ping` is, by a `pong` without `re`). */
export type ClientNotice =
  | { readonly type: 'candidate'; readonly candidate: RTCIceCandidateInit | null }
  | { readonly type: 'ping' | 'pong'; readonly t: number };

export interface JoinedMessage {
  readonly type: 'joined';
  readonly session: string;
  readonly resumeToken: string;
  readonly participant: string;
  readonly role: Role;
  readonly room: { readonly name: string; readonly layout: LayoutName; readonly pinned: string | null; readonly recording?: boolean };
  readonly participants: readonly Participant[];
  readonly iceServers: RTCIceServer[];
}

export interface LayoutMessage {
  readonly type: 'layout';
  readonly scope: LayoutScope;
  readonly layout: LayoutName;
  readonly pinned: string | null;
  readonly page: number;
  readonly pages: number;
}

/** The most that one's own camera is of use for: it is not shown larger anywhere. */
export interface SendLimit {
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly maxFramesPerSecond: number;
  readonly maxBitrateBps: number;
}

/** What the server measured on one's own connection in the last seconds; null: not known. */
export interface ServerQuality {
  readonly rttMs: number | null;
  readonly down: {
    readonly estimateBps: number | null;
    readonly bitrateBps: number;
    readonly lossFraction: number | null;
    readonly jitterMs: number | null;
    readonly queueDelayMs: number | null;
    /** `reduced`: smaller than others may get it. Null: no picture. */
    readonly picture: {
      readonly rung: string;
      readonly codec: string;
      readonly width: number;
      readonly height: number;
      readonly framesPerSecond: number;
      readonly bitrateBps: number;
      readonly reduced: boolean;
    } | null;
  };
  readonly up: {
    readonly bitrateBps: number;
    readonly lossFraction: number | null;
    readonly jitterMs: number | null;
    readonly delayMs: number | null;
    readonly concealedFraction: number | null;
  };
}

export interface ChatMessage {
  readonly type: 'chat';
  readonly from: string;
  readonly name: string;
  readonly text: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ErrorMessage {
  readonly type: 'error';
  readonly code: string;
  readonly title: string;
  readonly detail: string;
}

export type ServerEvent =
  | { readonly type: 'participant-joined' | 'participant-updated'; readonly participant: Participant }
  | { readonly type: 'participant-left'; readonly id: string; readonly reason: string }
  | { readonly type: 'active-speaker'; readonly participant: string | null }
  | { readonly type: 'recording'; readonly recording: boolean }
  | LayoutMessage
  | ({ readonly type: 'send' } & SendLimit)
  | { readonly type: 'quality'; readonly quality: ServerQuality }
  | ChatMessage
  | { readonly type: 'closed'; readonly reason: ClosedReason };

export type ServerReply = JoinedMessage | { readonly type: 'answer'; readonly sdp: string } | { readonly type: 'ok' } | ErrorMessage;

export type ServerMessage = (ServerEvent | ServerReply | { readonly type: 'ping' | 'pong'; readonly t: number }) & { readonly re?: number };

/** Messages longer than this are refused by the server (UTF-8 bytes). */
export const maxMessageBytes = 64 * 1024;
export const maxChatCharacters = 2_000;

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const isString = (value: unknown): value is string => typeof value === 'string';
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
const isStringOrNull = (value: unknown): value is string | null => value === null || isString(value);

function isParticipant(value: unknown): value is Participant {
  return (
    isObject(value) &&
    isString(value.id) &&
    isString(value.name) &&
    isString(value.role) &&
    isObject(value.audio) &&
    isObject(value.video) &&
    typeof value.screen === 'boolean' &&
    isString(value.receiveLimit)
  );
}

const validators: Record<ServerMessage['type'], (message: Json) => boolean> = {
  joined: (m) =>
    isString(m.session) &&
    isString(m.resumeToken) &&
    isString(m.participant) &&
    isString(m.role) &&
    isObject(m.room) &&
    isString(m.room.name) &&
    Array.isArray(m.participants) &&
    m.participants.every(isParticipant) &&
    Array.isArray(m.iceServers),
  answer: (m) => isString(m.sdp),
  ok: () => true,
  error: (m) => isString(m.code) && isString(m.title) && isString(m.detail),
  'participant-joined': (m) => isParticipant(m.participant),
  'participant-updated': (m) => isParticipant(m.participant),
  'participant-left': (m) => isString(m.id),
  'active-speaker': (m) => isStringOrNull(m.participant),
  recording: (m) => typeof m.recording === 'boolean',
  layout: (m) => isString(m.scope) && isString(m.layout) && isStringOrNull(m.pinned) && isNumber(m.page) && isNumber(m.pages),
  send: (m) => [m.maxWidth, m.maxHeight, m.maxFramesPerSecond, m.maxBitrateBps].every((limit) => isNumber(limit) && limit > 0),
  quality: (m) => isObject(m.quality) && isObject(m.quality.down) && isObject(m.quality.up),
  chat: (m) => isString(m.from) && isString(m.name) && isString(m.text) && isString(m.at),
  ping: (m) => isNumber(m.t),
  pong: (m) => isNumber(m.t),
  closed: (m) => isString(m.reason),
};

/** Reads one text message; null when it is not one of ours (unknown types of later servers are ignored). Never throws. */
export function parseServerMessage(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value) || !isString(value.type) || !Object.hasOwn(validators, value.type)) return null;
  if (value.re !== undefined && !isNumber(value.re)) return null;
  return validators[value.type as ServerMessage['type']](value) ? (value as unknown as ServerMessage) : null;
}
