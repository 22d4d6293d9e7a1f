import { McuError } from './errors';
import type { Participant, ReceiveLimit } from './protocol';

/** Keeps the server's idea of how much we want to receive equal to ours, over lost connections too. */
export class ReceiveLimitSync {
  #underWay = 0;

  constructor(
    private readonly wanted: () => ReceiveLimit,
    private readonly send: (limit: ReceiveLimit) => Promise<unknown>,
  ) {}

  /** Tells the server what holds now; where signalling is down, `greet` does. Rejects when the server refuses. */
  async tell(): Promise<void> {
    this.#underWay++;
    try {
      await this.send(this.wanted());
    } catch (error) {
      if (!(error instanceof McuError) || (error.code !== 'signalling-lost' && error.code !== 'timeout')) throw error;
    } finally {
      this.#underWay--;
    }
  }

  /** The session begins or goes on over a new connection: says what the server does not know. */
  async greet(own: Participant | undefined): Promise<void> {
    if (own && own.receiveLimit !== this.wanted()) await this.tell();
  }

  /** What a host chose for us; null where our own choice is newer than this roster. */
  chosenBy(own: Participant): ReceiveLimit | null {
    return this.#underWay === 0 && own.receiveLimit !== this.wanted() ? own.receiveLimit : null;
  }
}
