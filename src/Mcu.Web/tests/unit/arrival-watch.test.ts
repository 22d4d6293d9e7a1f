import { beforeEach, describe, expect, it } from 'vitest';
import { ArrivalWatch, newestOf } from '../../src/sdk/arrival-watch';

let newest: number | null;
let bytes: number | null;
let told: string[];
let watch: ArrivalWatch;

beforeEach(() => {
  newest = null;
  bytes = 0;
  told = [];
  watch = new ArrivalWatch(
    { newest: () => newest, bytes: async () => bytes },
    () => told.push('suspected'),
    () => told.push('silent'),
  );
});

async function look(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await watch.look();
}

describe('ArrivalWatch', () => {
  it('says nothing before anything came', async () => {
    await look(20);
    expect(told).toEqual([]);
  });

  it('suspects after 1.5 s, is sure after 3 s more, and says it once', async () => {
    newest = 1;
    await look(3);
    expect([told, watch.isSilent]).toEqual([[], false]);
    await look(1);
    expect([told, watch.isSilent]).toEqual([['suspected'], true]);
    await look(5);
    expect(told).toEqual(['suspected']);
    await look(1);
    expect(told).toEqual(['suspected', 'silent']);
    await look(20);
    expect(told).toEqual(['suspected', 'silent']);
    newest = 2;
    await look(12);
    expect(told).toEqual(['suspected', 'silent', 'suspected', 'silent']);
  });

  it('is content while something is played', async () => {
    for (newest = 1; newest < 40; newest++) await look(3);
    expect(told).toEqual([]);
  });

  it('believes reports that arrive though nobody speaks and nothing moves', async () => {
    newest = 1;
    for (bytes = 0; bytes < 20; bytes++) await look(3);
    expect(told).not.toContain('silent');
    expect(told).toContain('suspected');
  });

  it('cannot be sure where bytes are not counted', async () => {
    newest = 1;
    bytes = null;
    await look(30);
    expect(told).not.toContain('silent');
  });
});

describe('newestOf', () => {
  it('takes the newest of all streams', () => {
    const receiver = (...timestamps: number[]) =>
      ({ getSynchronizationSources: () => timestamps.map((timestamp) => ({ timestamp })) }) as unknown as RTCRtpReceiver;
    expect(newestOf([receiver(3), receiver(), receiver(9, 4)])).toBe(9);
    expect(newestOf([receiver()])).toBeNull();
    expect(newestOf([])).toBeNull();
  });
});
