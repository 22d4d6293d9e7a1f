/** What the connection is like, from what a user notices: gaps in the sound, a smaller or frozen picture, delay. */
export type QualityLevel = 'good' | 'fair' | 'poor' | 'lost';

/** One direction, in one sentence: what is wrong and what helps. */
export interface DirectionQuality {
  readonly level: QualityLevel;
  readonly detail: string;
}

/** The worse direction, and both. */
export interface Quality extends DirectionQuality {
  /** Two or three words. */
  readonly title: string;
  /** From the server to us. */
  readonly down: DirectionQuality;
  /** From us to the server. */
  readonly up: DirectionQuality;
}

/** One interval's measurements, ours and the server's; null: not known. */
export interface QualitySample {
  /** Nothing at all arrived in the interval. */
  readonly silent: boolean;
  readonly roundTripMs: number | null;
  /** 0…1 of packets lost on the way to us. */
  readonly lossDown: number | null;
  /** 0…1 of played sound that was made up for missing packets. */
  readonly concealedDown: number | null;
  /** Seconds in the interval that the picture stood still, as a share 0…1. */
  readonly frozenRatio: number | null;
  /** What the network leaves of the picture; `full` also where nobody wants more. */
  readonly picture: 'full' | 'small' | 'still' | 'none';
  /** We send anything at all. */
  readonly sends: boolean;
  /** 0…1 of packets lost on the way from us. */
  readonly lossUp: number | null;
  /** 0…1 of our sound that the server had to make up. */
  readonly concealedUp: number | null;
  /** The network takes less of our camera than others could see. */
  readonly cameraShrunk: boolean;
  /** The browser sends a poorer picture because the processor cannot keep up. */
  readonly busy: boolean;
}

type Titled = DirectionQuality & { readonly title: string };

const titles: Record<QualityLevel, string> = {
  good: 'Good connection',
  fair: 'Fair connection',
  poor: 'Poor connection',
  lost: 'No connection',
};
const order: readonly QualityLevel[] = ['good', 'fair', 'poor', 'lost'];

const say = (level: QualityLevel, detail: string, title = titles[level]): Titled => ({ level, title, detail });

function describeDown(sample: QualitySample): Titled {
  const loss = sample.lossDown ?? 0;
  const concealed = sample.concealedDown ?? 0;
  const roundTrip = sample.roundTripMs ?? 0;
  const frozen = sample.frozenRatio ?? 0;
  if (sample.silent) return say('lost', 'Nothing arrives at the moment. Check your network.');
  if (concealed >= 0.08)
    return say('poor', 'Much gets lost on the way to you, so sound breaks up. Move closer to the router or use a cable.');
  if (sample.picture === 'none')
    return say('poor', 'Your connection is too slow for a picture. You hear everybody.', 'Very slow connection');
  if (sample.picture === 'still') return say('poor', 'Your connection is very slow: you see still pictures.', 'Very slow connection');
  if (loss >= 0.1) return say('poor', 'Much gets lost on the way to you. Sound is protected; the picture may freeze.');
  if (roundTrip >= 600) return say('poor', 'There is a long delay. Others hear you late.');
  if (frozen >= 0.3) return say('poor', 'The picture keeps freezing. Close other downloads, or turn data saving on.');
  if (sample.picture === 'small') return say('fair', 'Your connection is slow, so the picture is smaller.', 'Slow connection');
  if (concealed >= 0.02) return say('fair', 'Some data gets lost on the way to you. Sound may crackle now and then.');
  if (loss >= 0.03) return say('fair', 'Some data gets lost on the way to you. Sound is protected.');
  if (roundTrip >= 300) return say('fair', 'There is a noticeable delay.');
  if (frozen >= 0.08) return say('fair', 'The picture freezes now and then.');
  return say('good', 'Sound and picture arrive on time.');
}

function describeUp(sample: QualitySample): Titled {
  const loss = sample.lossUp ?? 0;
  const concealed = sample.concealedUp ?? 0;
  if (!sample.sends) return say('good', 'You only listen and watch.');
  if (concealed >= 0.08) return say('poor', 'Much gets lost on the way from you, so others hear you break up. Move closer to the router.');
  if (loss >= 0.1) return say('poor', 'Much gets lost on the way from you. Your sound is protected; your picture may freeze for others.');
  if (sample.cameraShrunk)
    return say('fair', 'Your connection is slow, so others see you smaller. Your sound goes first.', 'Slow connection');
  if (concealed >= 0.02) return say('fair', 'Some data gets lost on the way from you. Others may hear you crackle.');
  if (loss >= 0.03) return say('fair', 'Some data gets lost on the way from you. Your sound is protected.');
  if (sample.busy) return say('fair', 'This device is busy, so others see you less sharply. Close other programs.', 'Busy device');
  return say('good', 'What you send arrives on time.');
}

/** The wording for one sample. The worst cause is named; of two equally bad directions, the way to us. */
export function describeQuality(sample: QualitySample): Quality {
  const [down, up] = [describeDown(sample), describeUp(sample)];
  const worse = order.indexOf(up.level) > order.indexOf(down.level) ? up : down;
  const only = ({ level, detail }: Titled): DirectionQuality => ({ level, detail });
  return { ...worse, down: only(down), up: only(up) };
}

/** Steadies the wording: worse needs two samples in a row, better needs three; `lost` shows at once. */
export class QualityMonitor {
  #current: Quality | null = null;
  #streak = 0;

  add(sample: QualitySample): Quality {
    const next = describeQuality(sample);
    const current = this.#current ?? describeQuality(nothingKnown);
    const change = order.indexOf(next.level) - order.indexOf(current.level);
    if (change === 0) {
      this.#streak = 0;
      this.#current = next;
      return next;
    }
    this.#streak = Math.sign(change) === Math.sign(this.#streak) ? this.#streak + Math.sign(change) : Math.sign(change);
    const isSure = next.level === 'lost' || this.#streak >= 2 || this.#streak <= -3;
    if (isSure) this.#streak = 0;
    this.#current = isSure ? next : current;
    return this.#current;
  }
}

/** What is not known is taken for good. */
export const nothingKnown: QualitySample = {
  silent: false,
  roundTripMs: null,
  lossDown: null,
  concealedDown: null,
  frozenRatio: null,
  picture: 'full',
  sends: true,
  lossUp: null,
  concealedUp: null,
  cameraShrunk: false,
  busy: false,
};
