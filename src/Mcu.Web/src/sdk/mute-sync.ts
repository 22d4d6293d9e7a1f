import type { McuError } from './errors';
import type { MediaKind } from './protocol';

/** Keeps the server's idea of our own mutes equal to ours, over lost connections too. */
export class MuteSync {
  #underWay = 0;
  readonly #missed = new Set<MediaKind>();

  constructor(
    private readonly isMuted: (kind: MediaKind) => boolean,
    private readonly send: (kind: MediaKind, muted: boolean) => Promise<unknown>,
    private readonly failed: (error: McuError) => void,
  ) {}

  /** Whether the roster is as new as we are; while an announcement is under way it is older. */
  get settled(): boolean {
    return this.#underWay === 0 && this.#missed.size === 0;
  }

  /** Tells the server what holds now; repeated after `resume` when signalling is down. */
  announce(kind: MediaKind): void {
    this.#underWay++;
    this.send(kind, this.isMuted(kind))
      .catch((error: McuError) => {
        if (error.code === 'signalling-lost' || error.code === 'timeout') this.#missed.add(kind);
        else this.failed(error);
      })
      .finally(() => {
        this.#underWay--;
      });
  }

  /** A new session begins, to which we are not muted: says what is not so. */
  begin(): void {
    this.#missed.clear();
    for (const kind of ['audio', 'video'] as const) if (this.isMuted(kind)) this.announce(kind);
  }

  /** The session goes on over a new connection. */
  resume(): void {
    const missed = [...this.#missed];
    this.#missed.clear();
    for (const kind of missed) this.announce(kind);
  }
}
