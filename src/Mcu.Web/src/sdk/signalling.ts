import { Backoff } from './backoff';
import { Emitter } from './emitter';
import { McuError, toServerErrorCode } from './errors';
import {
  type ClientNotice,
  type ClientRequest,
  type JoinedMessage,
  type JoinRequest,
  parseServerMessage,
  type ResumeRequest,
  type ServerEvent,
  type ServerMessage,
  type ServerReply,
} from './protocol';

export const heartbeatMs = 2_000;
export const silenceMs = 6_000;
/** Longer than round trips on bad networks. */
export const probeMs = 1_000;
export const replyTimeoutMs = 10_000;
/** A connection that lived this long earns an immediate reconnect again. */
export const stableMs = 5_000;

/** Application close code for a connection taken for dead: unlike 1000 and 1001 it keeps the session (docs/signalling.md). */
const closeKeepingSession = 4_000;
const closeLeaving = 1_000;

interface SignallingEvents {
  /** The server greeted us: joined anew, or resumed when the session is the one we asked for. */
  ready: JoinedMessage;
  /** The greeting was answered by an error; call `greet`, `retry` or `close`. */
  refused: McuError;
  /** The connection was lost or could not be opened; a new attempt is scheduled. */
  down: { readonly attempt: number };
  message: ServerEvent;
}

export interface SignallingOptions {
  readonly url: string;
  /** What to say first on each new connection. */
  readonly hello: () => JoinRequest | ResumeRequest;
  readonly openSocket?: (url: string) => WebSocket;
  readonly random?: () => number;
}

interface Pending {
  readonly resolve: (reply: ServerReply) => void;
  readonly reject: (error: McuError) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** One WebSocket at a time, kept alive by heartbeats and reopened with backoff. Knows nothing about media. */
export class Signalling extends Emitter<SignallingEvents> {
  readonly #options: SignallingOptions;
  readonly #backoff: Backoff;
  readonly #pending = new Map<number, Pending>();
  #socket: WebSocket | null = null;
  #ready = false;
  #closed = false;
  #nextId = 1;
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #watchdog: ReturnType<typeof setTimeout> | undefined;
  #reconnect: ReturnType<typeof setTimeout> | undefined;
  #stable: ReturnType<typeof setTimeout> | undefined;

  constructor(options: SignallingOptions) {
    super();
    this.#options = options;
    this.#backoff = new Backoff(options.random);
  }

  get ready(): boolean {
    return this.#ready;
  }

  open(): void {
    if (this.#closed || this.#socket) return;
    clearTimeout(this.#reconnect);
    let socket: WebSocket;
    try {
      socket = (this.#options.openSocket ?? ((url) => new WebSocket(url)))(this.#options.url);
    } catch {
      this.#scheduleReconnect();
      return;
    }
    this.#socket = socket;
    socket.onopen = () => {
      this.#heard();
      this.#heartbeat = setInterval(() => this.#write({ type: 'ping', t: Math.round(performance.now()) }), heartbeatMs);
      this.greet();
    };
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = () => this.#lost();
    this.#heard();
  }

  /** Sends the hello on the open connection (again, after `refused`). */
  greet(): void {
    const socket = this.#socket;
    this.#ask(this.#options.hello()).then(
      (reply) => {
        if (reply.type !== 'joined' || socket !== this.#socket) return;
        this.#ready = true;
        this.#stable = setTimeout(() => this.#backoff.reset(), stableMs);
        this.emit('ready', reply);
      },
      (error: McuError) => {
        if (socket === this.#socket && error.code !== 'signalling-lost') this.emit('refused', error);
      },
    );
  }

  /** Sends a request and resolves with its reply; rejects with the server's error, `timeout` or `signalling-lost`. */
  request(message: ClientRequest): Promise<ServerReply> {
    return this.#ready ? this.#ask(message) : Promise.reject(new McuError('signalling-lost'));
  }

  /** Sends a message that has no reply; false when there is no connection. */
  notify(message: ClientNotice): boolean {
    return this.#ready && this.#write(message);
  }

  /** Something says that the network is another: gives the connection up unless the server is heard soon. */
  probe(): void {
    if (!this.#write({ type: 'ping', t: Math.round(performance.now()) })) return;
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), probeMs);
  }

  /** Gives the connection up and opens a new one at once: the network has changed, or (`leave`) the session is beyond repair. */
  reconnect(leave = false): void {
    if (this.#closed) return;
    this.#drop(leave ? closeLeaving : closeKeepingSession);
    this.open();
  }

  /** Gives the connection up and tries again after the backoff. */
  retry(): void {
    this.#lost();
  }

  /** Ends for good; the server takes it for leaving. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#reconnect);
    this.#drop(closeLeaving);
  }

  #ask(message: ClientRequest): Promise<ServerReply> {
    const id = this.#nextId++;
    return new Promise<ServerReply>((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, (pending) => pending.reject(new McuError('timeout'))), replyTimeoutMs);
      this.#pending.set(id, { resolve, reject, timer });
      if (!this.#write({ ...message, id })) this.#settle(id, (pending) => pending.reject(new McuError('signalling-lost')));
    });
  }

  #settle(id: number, how: (pending: Pending) => void): void {
    const pending = this.#pending.get(id);
    if (!pending) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    how(pending);
  }

  #write(message: object): boolean {
    const socket = this.#socket;
    if (socket?.readyState !== 1) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  #receive(data: unknown): void {
    this.#heard();
    const message = typeof data === 'string' ? parseServerMessage(data) : null;
    if (!message) return;
    if (message.type === 'ping') this.#write({ type: 'pong', t: message.t });
    else if (message.re !== undefined) this.#reply(message.re, message);
    if (isEvent(message)) this.emit('message', message);
  }

  #reply(re: number, message: ServerMessage): void {
    this.#settle(re, (pending) => {
      if (message.type === 'error') {
        pending.reject(new McuError(toServerErrorCode(message.code), { title: message.title, advice: message.detail }));
      } else {
        pending.resolve(message as ServerReply);
      }
    });
  }

  #heard(): void {
    clearTimeout(this.#watchdog);
    this.#watchdog = setTimeout(() => this.#lost(), silenceMs);
  }

  #lost(): void {
    if (this.#closed || !this.#socket) return;
    this.#drop(closeKeepingSession);
    this.#scheduleReconnect();
  }

  #scheduleReconnect(): void {
    const delay = this.#backoff.next();
    clearTimeout(this.#reconnect);
    this.#reconnect = setTimeout(() => this.open(), delay);
    this.emit('down', { attempt: this.#backoff.attempt });
  }

  #drop(code: number): void {
    clearInterval(this.#heartbeat);
    clearTimeout(this.#watchdog);
    clearTimeout(this.#stable);
    const socket = this.#socket;
    this.#socket = null;
    this.#ready = false;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close(code);
    }
    for (const id of [...this.#pending.keys()]) this.#settle(id, (pending) => pending.reject(new McuError('signalling-lost')));
  }
}

const eventTypes: ReadonlySet<string> = new Set<ServerEvent['type']>([
  'participant-joined',
  'participant-updated',
  'participant-left',
  'active-speaker',
  'recording',
  'layout',
  'send',
  'quality',
  'chat',
  'closed',
]);

function isEvent(message: ServerMessage): message is ServerMessage & ServerEvent {
  return eventTypes.has(message.type);
}
