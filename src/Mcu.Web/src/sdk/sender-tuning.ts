import type { SendLimit } from './protocol';

type Kind = 'audio' | 'camera' | 'screen';

/** What is given up first where the way out is narrow: the camera, then the screen, sound last. */
const priorities = { audio: 'high', camera: 'low', screen: 'medium' } as const;

/** Tiles are filled by cutting off up to this share of a picture; what would lose more is shown whole. */
const maxCropLoss = 0.3;

/** Larger would be scaled down at once, so it is not sent; smaller is sent as it is. */
export function scaleFor(limit: SendLimit, { width, height }: MediaTrackSettings): number {
  if (!width || !height) return 1;
  const [less, more] = [width / limit.maxWidth, height / limit.maxHeight].sort((a, b) => a - b) as [number, number];
  return Math.max(1, less / more >= 1 - maxCropLoss ? less : more);
}

/** The parameters of a sender with our wishes in them. */
export function tuned(
  parameters: RTCRtpSendParameters,
  kind: Kind,
  limit: SendLimit | null,
  settings: MediaTrackSettings,
): RTCRtpSendParameters {
  const wishes: RTCRtpEncodingParameters = { priority: priorities[kind], networkPriority: priorities[kind] };
  if (kind === 'camera' && limit) {
    wishes.scaleResolutionDownBy = scaleFor(limit, settings);
    wishes.maxFramerate = limit.maxFramesPerSecond;
    wishes.maxBitrate = limit.maxBitrateBps;
  }
  const result: RTCRtpSendParameters = { ...parameters, encodings: parameters.encodings.map((encoding) => ({ ...encoding, ...wishes })) };
  if (kind !== 'audio') result.degradationPreference = kind === 'camera' ? 'balanced' : 'maintain-resolution';
  return result;
}

/** Keeps senders to what is of use: each is asked only when something is new. One change after the other. */
export class SenderTuning {
  #limit: SendLimit | null = null;
  #work: Promise<void> = Promise.resolve();
  readonly #asked = new WeakMap<RTCRtpSender, string>();

  /** What the server said last. */
  get limit(): SendLimit | null {
    return this.#limit;
  }

  set limit(limit: SendLimit | null) {
    this.#limit = limit;
  }

  /** Brings these senders up to date, after whatever is under way. */
  apply(senders: Partial<Record<Kind, RTCRtpSender>>): Promise<void> {
    const next = this.#work.then(async () => {
      for (const kind of ['audio', 'camera', 'screen'] as const) {
        const sender = senders[kind];
        if (sender?.track) await this.#tune(sender, sender.track, kind);
      }
    });
    this.#work = next.catch(() => undefined);
    return next;
  }

  async #tune(sender: RTCRtpSender, track: MediaStreamTrack, kind: Kind): Promise<void> {
    const before = sender.getParameters();
    const parameters = tuned(before, kind, this.#limit, track.getSettings());
    const asked = JSON.stringify(parameters.encodings);
    if (parameters.encodings.length === 0 || this.#asked.get(sender) === asked) return;
    await sender.setParameters(parameters);
    this.#asked.set(sender, asked);
  }
}
