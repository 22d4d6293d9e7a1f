import { describe, expect, it } from 'vitest';
import { describeQuality, nothingKnown, QualityMonitor, type QualitySample } from '../../src/sdk/quality';

const fine: QualitySample = { ...nothingKnown, lossDown: 0, concealedDown: 0, roundTripMs: 40, frozenRatio: 0, lossUp: 0, concealedUp: 0 };

const changes: [Partial<QualitySample>, string][] = [
  [{}, 'good'],
  [{ lossDown: 0.02, roundTripMs: 250 }, 'good'],
  [{ lossDown: 0.03 }, 'fair'],
  [{ concealedDown: 0.02 }, 'fair'],
  [{ roundTripMs: 300 }, 'fair'],
  [{ frozenRatio: 0.1 }, 'fair'],
  [{ picture: 'small' }, 'fair'],
  [{ lossUp: 0.03 }, 'fair'],
  [{ concealedUp: 0.02 }, 'fair'],
  [{ cameraShrunk: true }, 'fair'],
  [{ busy: true }, 'fair'],
  [{ lossDown: 0.1 }, 'poor'],
  [{ concealedDown: 0.08 }, 'poor'],
  [{ roundTripMs: 600 }, 'poor'],
  [{ frozenRatio: 0.3 }, 'poor'],
  [{ picture: 'still' }, 'poor'],
  [{ picture: 'none' }, 'poor'],
  [{ lossUp: 0.1 }, 'poor'],
  [{ concealedUp: 0.08 }, 'poor'],
  [{ silent: true }, 'lost'],
];

describe('describeQuality', () => {
  it.each(changes)('%o is %s', (change, level) => {
    expect(describeQuality({ ...fine, ...change }).level).toBe(level);
  });

  it('takes what is not known for good', () => {
    expect(describeQuality(nothingKnown).level).toBe('good');
  });

  it('has words of its own for each cause, without jargon', () => {
    const said = changes.map(([change]) => describeQuality({ ...fine, ...change }));
    for (const { title, detail, down, up } of said) {
      expect(`${title} ${detail} ${down.detail} ${up.detail}`).not.toMatch(/\b(packets?|jitter|RTT|RTP|ICE|bit ?rate)\b/i);
      for (const sentence of [detail, down.detail, up.detail]) expect(sentence).toMatch(/^[A-Z].*\.$/);
    }
    const sure = said.filter(({ level }) => level !== 'good').map(({ detail }) => detail);
    expect(new Set(sure).size).toBe(sure.length);
  });

  it('names the worse direction, and tells of both', () => {
    const { level, detail, down, up } = describeQuality({ ...fine, picture: 'small', lossUp: 0.2 });
    expect([level, down.level, up.level]).toEqual(['poor', 'fair', 'poor']);
    expect(detail).toBe(up.detail);
    expect(down.detail).toContain('slow');
  });

  it('says nothing about the way from who sends nothing', () => {
    const { level, up } = describeQuality({ ...fine, sends: false, concealedUp: 0.5 });
    expect([level, up.detail]).toEqual(['good', 'You only listen and watch.']);
  });

  it('says that sound is protected where only the picture suffers', () => {
    expect(describeQuality({ ...fine, lossDown: 0.2 }).detail).toContain('Sound is protected');
    expect(describeQuality({ ...fine, lossDown: 0.2, concealedDown: 0.1 }).detail).toContain('sound breaks up');
  });
});

describe('QualityMonitor', () => {
  const levels = (samples: QualitySample[]) => {
    const monitor = new QualityMonitor();
    return samples.map((sample) => monitor.add(sample).level);
  };
  const bad = { ...fine, lossDown: 0.2 };

  it('does not believe a single bad sample', () => {
    expect(levels([fine, bad, fine, bad, fine])).toEqual(['good', 'good', 'good', 'good', 'good']);
    expect(levels([bad])).toEqual(['good']);
  });

  it('turns worse after two and better after three', () => {
    expect(levels([bad, bad, fine, fine, fine])).toEqual(['good', 'poor', 'poor', 'poor', 'good']);
  });

  it('shows a lost connection at once', () => {
    expect(levels([{ ...fine, silent: true }])).toEqual(['lost']);
  });
});
