import { describe, expect, it } from 'vitest';
import { describeQuality, QualityMonitor, type QualitySample } from '../../src/sdk/quality';

const fine: QualitySample = { silent: false, lossRatio: 0, concealedRatio: 0, roundTripMs: 40, frozenRatio: 0, busy: false };

describe('describeQuality', () => {
  it.each<[Partial<QualitySample>, string]>([
    [{}, 'good'],
    [{ lossRatio: 0.02, roundTripMs: 250 }, 'good'],
    [{ lossRatio: 0.03 }, 'fair'],
    [{ concealedRatio: 0.02 }, 'fair'],
    [{ roundTripMs: 300 }, 'fair'],
    [{ frozenRatio: 0.1 }, 'fair'],
    [{ busy: true }, 'fair'],
    [{ lossRatio: 0.1 }, 'poor'],
    [{ concealedRatio: 0.08 }, 'poor'],
    [{ roundTripMs: 600 }, 'poor'],
    [{ frozenRatio: 0.3 }, 'poor'],
    [{ silent: true }, 'lost'],
  ])('%o is %s', (change, level) => {
    expect(describeQuality({ ...fine, ...change }).level).toBe(level);
  });

  it('takes what is not known for good', () => {
    expect(
      describeQuality({ silent: false, lossRatio: null, concealedRatio: null, roundTripMs: null, frozenRatio: null, busy: false }).level,
    ).toBe('good');
  });

  it('speaks in sentences without jargon', () => {
    for (const change of [{}, { lossRatio: 0.1 }, { roundTripMs: 900 }, { frozenRatio: 0.5 }, { silent: true }]) {
      const { title, detail } = describeQuality({ ...fine, ...change });
      expect(`${title} ${detail}`).not.toMatch(/packet|jitter|RTT|RTP|ICE|bitrate/i);
      expect(detail).toMatch(/\.$/);
    }
  });
});

describe('QualityMonitor', () => {
  const levels = (samples: QualitySample[]) => {
    const monitor = new QualityMonitor();
    return samples.map((sample) => monitor.add(sample).level);
  };
  const bad = { ...fine, lossRatio: 0.2 };

  it('does not believe a single bad sample', () => {
    expect(levels([fine, bad, fine, bad, fine])).toEqual(['good', 'good', 'good', 'good', 'good']);
  });

  it('turns worse after two and better after three', () => {
    expect(levels([bad, bad, fine, fine, fine])).toEqual(['good', 'poor', 'poor', 'poor', 'good']);
  });

  it('shows a lost connection at once', () => {
    expect(levels([{ ...fine, silent: true }])).toEqual(['lost']);
  });
});
