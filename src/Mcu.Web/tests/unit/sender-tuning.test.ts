import { describe, expect, it } from 'vitest';
import type { SendLimit } from '../../src/sdk';
import { SenderTuning, scaleFor, tuned } from '../../src/sdk/sender-tuning';
import { FakeSender, FakeTrack } from './fakes';

const limit: SendLimit = { maxWidth: 320, maxHeight: 180, maxFramesPerSecond: 15, maxBitrateBps: 187_500 };
const parameters = { encodings: [{ active: true }], transactionId: 't' } as unknown as RTCRtpSendParameters;

describe('scaleFor', () => {
  it.each([
    ['the same shape', 1280, 720, 4],
    ['no larger than asked for', 320, 180, 1],
    ['smaller than asked for', 160, 90, 1],
    ['a little taller: cut off above and below', 640, 480, 2],
    ['upright: shown whole', 720, 1280, 1280 / 180],
  ])('%s', (_what, width, height, scale) => {
    expect(scaleFor(limit, { width, height })).toBeCloseTo(scale);
  });

  it('sends as it is what has no size yet', () => {
    expect(scaleFor(limit, {})).toBe(1);
  });
});

describe('tuned', () => {
  it('lets sound go first, then the screen, the camera last', () => {
    const priority = (kind: 'audio' | 'camera' | 'screen') => tuned(parameters, kind, null, {}).encodings[0]?.priority;
    expect([priority('audio'), priority('screen'), priority('camera')]).toEqual(['high', 'medium', 'low']);
  });

  it('limits the camera alone, and keeps it active', () => {
    expect(tuned(parameters, 'camera', limit, { width: 1280, height: 720 }).encodings[0]).toMatchObject({
      active: true,
      scaleResolutionDownBy: 4,
      maxFramerate: 15,
      maxBitrate: 187_500,
    });
    for (const kind of ['audio', 'screen'] as const)
      expect(tuned(parameters, kind, limit, {}).encodings[0]).not.toHaveProperty('maxBitrate');
  });

  it('keeps what else is in the parameters', () => {
    expect(tuned(parameters, 'camera', limit, {})).toMatchObject({ transactionId: 't', degradationPreference: 'balanced' });
  });
});

describe('SenderTuning', () => {
  const senderOf = (kind: 'audio' | 'video') => new FakeSender(new FakeTrack(kind) as unknown as MediaStreamTrack);
  const asSender = (sender: FakeSender) => sender as unknown as RTCRtpSender;

  it('asks a sender only when something is new', async () => {
    const tuning = new SenderTuning();
    const camera = senderOf('video');
    const senders = { camera: asSender(camera) };
    await tuning.apply(senders);
    await tuning.apply(senders);
    expect(camera.changes).toBe(1);
    tuning.limit = limit;
    await tuning.apply(senders);
    await tuning.apply(senders);
    expect(camera.changes).toBe(2);
    expect(camera.encodings[0]).toMatchObject({ scaleResolutionDownBy: 4 });
  });

  it('leaves alone what sends nothing', async () => {
    const idle = new FakeSender(null);
    await new SenderTuning().apply({ audio: asSender(idle) });
    expect(idle.changes).toBe(0);
  });

  it('goes on after a refusal, which it tells', async () => {
    const tuning = new SenderTuning();
    const camera = senderOf('video');
    const set = camera.setParameters.bind(camera);
    camera.setParameters = async () => Promise.reject(new Error('no'));
    await expect(tuning.apply({ camera: asSender(camera) })).rejects.toThrow('no');
    camera.setParameters = set;
    await tuning.apply({ camera: asSender(camera) });
    expect(camera.changes).toBe(1);
  });
});
