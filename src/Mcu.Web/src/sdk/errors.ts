/** What went wrong, as a stable code. The first group is local, the second comes from the server (docs/signalling.md). */
export type McuErrorCode =
  | 'permission-denied'
  | 'no-device'
  | 'device-busy'
  | 'device-lost'
  | 'insecure-context'
  | 'not-supported'
  | 'capture-failed'
  | 'signalling-unreachable'
  | 'signalling-lost'
  | 'timeout'
  | 'media-failed'
  | 'invalid-state'
  | ServerErrorCode;

export type ServerErrorCode =
  | 'bad-request'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'room-full'
  | 'busy'
  | 'rate-limited'
  | 'bad-sdp'
  | 'internal';

export type CaptureKind = 'microphone' | 'camera' | 'screen';

const titles: Record<McuErrorCode, [title: string, advice: string]> = {
  'permission-denied': ['Access was not allowed', 'Allow it in the browser’s address bar, then try again.'],
  'no-device': ['No device found', 'Connect one and try again, or go on without.'],
  'device-busy': ['The device is in use', 'Close the other application or tab that uses it, then try again.'],
  'device-lost': ['The device was disconnected', 'Reconnect it or choose another one.'],
  'insecure-context': [
    'This page is not secure',
    'Browsers give camera and microphone only to pages opened over https:// or on localhost.',
  ],
  'not-supported': ['This browser cannot do that', 'Use a current version of Chrome, Edge, Firefox or Safari.'],
  'capture-failed': ['The device could not be started', 'Try again or choose another device.'],
  'signalling-unreachable': ['The server cannot be reached', 'Check your connection and try again.'],
  'signalling-lost': ['The connection to the server was lost', 'It is being restored.'],
  timeout: ['The server did not answer', 'Check your connection and try again.'],
  'media-failed': ['Sound and picture cannot get through', 'A firewall may be in the way. Try another network.'],
  'invalid-state': ['That is not possible now', 'Join the room first.'],
  'bad-request': ['The server did not accept the request', 'Reload the page and try again.'],
  unauthorized: ['You need an invitation', 'Open the link you were given, or ask for a new one.'],
  forbidden: ['You may not do that', 'Ask a host of the room.'],
  'not-found': ['Not found', 'It may have ended.'],
  'room-full': ['The room is full', 'Try again when somebody has left.'],
  busy: ['The server is too busy', 'Try again in a minute.'],
  'rate-limited': ['Too fast', 'Wait a moment and try again.'],
  'bad-sdp': ['This browser and the server do not understand each other', 'Use a current version of Chrome, Edge, Firefox or Safari.'],
  internal: ['Something went wrong on the server', 'Try again in a moment.'],
};

/** An error with a code for programs, and a title and advice for people. */
export class McuError extends Error {
  override readonly name = 'McuError';
  readonly title: string;
  /** What the user can do about it; never empty. */
  readonly advice: string;

  constructor(
    readonly code: McuErrorCode,
    options: { title?: string | undefined; advice?: string | undefined; cause?: unknown } = {},
  ) {
    const [title, advice] = titles[code];
    super(options.title ?? title, { cause: options.cause });
    this.title = options.title ?? title;
    this.advice = options.advice ?? advice;
  }
}

/** Whether a code is one of the server's; unknown ones are treated as `internal`. */
export function toServerErrorCode(code: string): ServerErrorCode {
  const known: readonly string[] = [
    'bad-request',
    'unauthorized',
    'forbidden',
    'not-found',
    'room-full',
    'busy',
    'rate-limited',
    'bad-sdp',
  ];
  return known.includes(code) ? (code as ServerErrorCode) : 'internal';
}

const captureNames: Record<CaptureKind, string> = { microphone: 'microphone', camera: 'camera', screen: 'screen' };

/** Maps what getUserMedia and getDisplayMedia throw (W3C Media Capture §10.2) to one of ours. */
export function toCaptureError(cause: unknown, kind: CaptureKind): McuError {
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : '';
  const what = captureNames[kind];
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return new McuError('permission-denied', {
        title: `Access to your ${what} is blocked`,
        advice: `Allow the ${what} in the browser’s address bar, then try again.`,
        cause,
      });
    case 'NotFoundError':
    case 'OverconstrainedError':
      return new McuError('no-device', { title: `No ${what} found`, cause });
    case 'NotReadableError':
    case 'AbortError':
      return new McuError('device-busy', { title: `Your ${what} is in use by another application`, cause });
    default:
      return new McuError('capture-failed', { title: `Your ${what} could not be started`, cause });
  }
}
