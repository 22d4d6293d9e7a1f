import { describe, expect, it } from 'vitest';
import { Backoff } from '../../src/sdk/backoff';

describe('Backoff', () => {
  it('tries at once, then doubles up to the maximum', () => {
    const backoff = new Backoff(() => 0);
    expect(Array.from({ length: 8 }, () => backoff.next())).toEqual([0, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
  });

  it('shortens each delay by up to a third, so that clients do not come back in step', () => {
    const backoff = new Backoff(() => 0.999);
    backoff.next();
    expect(backoff.next()).toBeGreaterThanOrEqual(166);
    expect(backoff.next()).toBeLessThan(500);
  });

  it('starts over after a reset', () => {
    const backoff = new Backoff(() => 0);
    for (let attempt = 0; attempt < 40; attempt++) backoff.next();
    backoff.reset();
    expect(backoff.next()).toBe(0);
  });
});
