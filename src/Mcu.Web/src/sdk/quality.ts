/** What the connection is like, from what a user notices: gaps in the sound, a frozen picture, delay. */
export type QualityLevel = 'good' | 'fair' | 'poor' | 'lost';

export interface Quality {
  readonly level: QualityLevel;
  /** Two or three words. */
  readonly title: string;
  /** One sentence: what is wrong and what helps. */
  readonly detail: string;
}

/** One interval's measurements; null: not known. */
export interface QualitySample {
  /** Nothing at all arrived in the interval. */
  readonly silent: boolean;
  /** 0…1 of packets lost, the worse of both directions. */
  readonly lossRatio: number | null;
  /** 0…1 of played sound that was made up for missing packets. */
  readonly concealedRatio: number | null;
  readonly roundTripMs: number | null;
  /** Seconds in the interval that the picture stood still, as a share 0…1. */
  readonly frozenRatio: number | null;
  /** The browser sends a poorer picture because the processor cannot keep up. (Limits of the bit rate say nothing: the server asks for no more than a tile needs.) */
  readonly busy: boolean;
}

const good: Quality = { level: 'good', title: 'Good connection', detail: 'Sound and picture arrive on time.' };

/** The wording for one sample. The worst cause is named. */
export function describeQuality(sample: QualitySample): Quality {
  const loss = sample.lossRatio ?? 0;
  const concealed = sample.concealedRatio ?? 0;
  const roundTrip = sample.roundTripMs ?? 0;
  const frozen = sample.frozenRatio ?? 0;
  if (sample.silent) return { level: 'lost', title: 'No connection', detail: 'Nothing arrives at the moment. Check your network.' };
  if (concealed >= 0.08 || loss >= 0.1) {
    return {
      level: 'poor',
      title: 'Poor connection',
      detail: 'Your network loses data, so sound may break up. Move closer to the router or use a cable.',
    };
  }
  if (roundTrip >= 600) return { level: 'poor', title: 'Poor connection', detail: 'There is a long delay. Others hear you late.' };
  if (frozen >= 0.3)
    return {
      level: 'poor',
      title: 'Poor connection',
      detail: 'The picture keeps freezing. Close other downloads or turn your camera off.',
    };
  if (concealed >= 0.02 || loss >= 0.03) {
    return { level: 'fair', title: 'Fair connection', detail: 'Your network loses some data. Sound may crackle now and then.' };
  }
  if (roundTrip >= 300) return { level: 'fair', title: 'Fair connection', detail: 'There is a noticeable delay.' };
  if (frozen >= 0.08) return { level: 'fair', title: 'Fair connection', detail: 'The picture freezes now and then.' };
  if (sample.busy)
    return { level: 'fair', title: 'Busy device', detail: 'This device is busy, so others see you less sharply. Close other programs.' };
  return good;
}

const order: readonly QualityLevel[] = ['good', 'fair', 'poor', 'lost'];

/** Steadies the wording: worse needs two samples in a row, better needs three; `lost` shows at once. */
export class QualityMonitor {
  #current: Quality = good;
  #streak = 0;

  get current(): Quality {
    return this.#current;
  }

  add(sample: QualitySample): Quality {
    const next = describeQuality(sample);
    const change = order.indexOf(next.level) - order.indexOf(this.#current.level);
    if (change === 0) {
      this.#streak = 0;
      this.#current = next;
      return next;
    }
    this.#streak = Math.sign(change) === Math.sign(this.#streak) ? this.#streak + Math.sign(change) : Math.sign(change);
    if (next.level === 'lost' || this.#streak >= 2 || this.#streak <= -3) {
      this.#current = next;
      this.#streak = 0;
    }
    return this.#current;
  }
}
