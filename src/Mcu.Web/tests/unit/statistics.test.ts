import { describe, expect, it } from 'vitest';
import type { ServerQuality } from '../../src/sdk';
import { type QualityContext, type Stat, StatisticsReader, toQualitySample } from '../../src/sdk/statistics';

/** The server has said nothing yet. */
const alone: QualityContext = { server: null, sendLimit: null, wantsAll: true };

const picture = { rung: '180p15', codec: 'VP8', width: 320, height: 180, framesPerSecond: 15, bitrateBps: 90_000, reduced: true };
const server: ServerQuality = {
  rttMs: 100,
  down: { estimateBps: 120_000, bitrateBps: 100_000, lossFraction: 0.05, jitterMs: 10, queueDelayMs: 20, picture },
  up: { bitrateBps: 50_000, lossFraction: 0.02, jitterMs: 4, delayMs: 60, concealedFraction: 0.01 },
};

function report(second: number, change: Record<string, unknown> = {}): Stat[] {
  const timestamp = second * 1_000;
  return [
    { id: 'T', type: 'transport', timestamp, selectedCandidatePairId: 'P' },
    { id: 'P', type: 'candidate-pair', timestamp, bytesReceived: second * 70_000, currentRoundTripTime: 0.042, localCandidateId: 'L' },
    { id: 'L', type: 'local-candidate', timestamp, protocol: 'udp' },
    { id: 'C', type: 'codec', timestamp, mimeType: 'video/VP8' },
    {
      id: 'V',
      type: 'inbound-rtp',
      kind: 'video',
      timestamp,
      codecId: 'C',
      bytesReceived: second * 62_500,
      packetsReceived: second * 95,
      packetsLost: second * 5,
      jitter: 0.012,
      frameWidth: 1280,
      frameHeight: 720,
      framesPerSecond: 30,
      totalFreezesDuration: second * 0.25,
      ...change,
    },
    {
      id: 'A',
      type: 'inbound-rtp',
      kind: 'audio',
      timestamp,
      totalSamplesReceived: second * 48_000,
      concealedSamples: second * 4_800,
      silentConcealedSamples: second * 2_400,
    },
    { id: 'O', type: 'outbound-rtp', kind: 'video', timestamp, bytesSent: second * 1_000, remoteId: 'R', qualityLimitationReason: 'cpu' },
    { id: 'R', type: 'remote-inbound-rtp', kind: 'video', timestamp, fractionLost: 0.2 },
  ];
}

describe('StatisticsReader', () => {
  it('has no rates on the first reading, and takes that for no fault', () => {
    const statistics = new StatisticsReader().read(report(10));
    expect(statistics.receivedVideo).toMatchObject({ bitrateBps: 0, lossRatio: null });
    expect(toQualitySample(statistics, alone)).toMatchObject({ silent: false, lossDown: null });
  });

  it('turns counters into rates over the interval', () => {
    const reader = new StatisticsReader();
    reader.read(report(10));
    const statistics = reader.read(report(12));
    expect(statistics).toMatchObject({
      arrivedBytes: 140_000,
      roundTripMs: 42,
      protocol: 'udp',
      receivedVideo: {
        codec: 'VP8',
        bitrateBps: 500_000,
        lossRatio: 0.05,
        jitterMs: 12,
        width: 1280,
        height: 720,
        framesPerSecond: 30,
        frozenRatio: 0.25,
      },
      receivedAudio: { concealedRatio: 0.05 },
      sentVideo: [{ screen: false, bitrateBps: 8_000, lossRatio: 0.2, limitedBy: 'cpu' }],
    });
    expect(toQualitySample(statistics, alone)).toEqual({
      silent: false,
      roundTripMs: 42,
      lossDown: 0.05,
      concealedDown: 0.05,
      frozenRatio: 0.25,
      picture: 'full',
      sends: true,
      lossUp: 0.2,
      concealedUp: null,
      cameraShrunk: false,
      busy: true,
    });
  });

  it('is silent when nothing at all arrives', () => {
    const reader = new StatisticsReader();
    const first = report(10);
    reader.read(first);
    const later = first.map((stat) => ({ ...stat, timestamp: stat.timestamp + 2_000 }));
    expect(toQualitySample(reader.read(later), alone).silent).toBe(true);
  });

  it('does not believe a counter that stands still while media arrives', () => {
    const reader = new StatisticsReader();
    const stuck = (second: number) => report(second).map((stat) => (stat.type === 'candidate-pair' ? { ...stat, bytesReceived: 0 } : stat));
    reader.read(stuck(10));
    expect(toQualitySample(reader.read(stuck(12)), alone).silent).toBe(false);
  });

  it('takes a picture that stands still without loss for one that did not change', () => {
    const reader = new StatisticsReader();
    reader.read(report(10, { packetsLost: 0 }));
    expect(toQualitySample(reader.read(report(12, { packetsLost: 0 })), alone).frozenRatio).toBeNull();
  });

  it('prefers the counter of the transport', () => {
    const reader = new StatisticsReader();
    const counted = (second: number) =>
      report(second).map((stat) => (stat.type === 'transport' ? { ...stat, bytesReceived: second } : stat));
    reader.read(counted(10));
    expect(reader.read(counted(12)).arrivedBytes).toBe(2);
  });

  it('tells the screen from the camera', () => {
    const screen = report(10).map((stat) => (stat.type === 'outbound-rtp' ? { ...stat, mid: '2' } : stat));
    const sent = (screenMid: string | null) => {
      const reader = new StatisticsReader();
      reader.read(report(8), screenMid);
      return reader.read(screen, screenMid).sentVideo[0]?.screen;
    };
    expect([sent('2'), sent('3'), sent(null)]).toEqual([true, false, false]);
  });

  it('survives counters that start again', () => {
    const reader = new StatisticsReader();
    reader.read(report(10));
    const statistics = reader.read(report(12, { bytesReceived: 5, packetsReceived: 1, packetsLost: 0 }));
    expect(statistics.receivedVideo).toMatchObject({ bitrateBps: 0, lossRatio: null });
  });

  it('finds the pair of a browser without transport statistics', () => {
    const firefox = report(10)
      .filter(({ type }) => type !== 'transport')
      .map((stat) => (stat.type === 'candidate-pair' ? { ...stat, selected: true } : stat));
    expect(new StatisticsReader().read(firefox).roundTripMs).toBe(42);
  });

  it.each([
    ['a smaller picture', picture, 'small'],
    ['a picture every few seconds', { ...picture, framesPerSecond: 0.3 }, 'still'],
    ['no picture', null, 'none'],
    ['as good as it gets', { ...picture, reduced: false }, 'full'],
  ] as const)('hears from the server what the network leaves: %s', (_what, shown, expected) => {
    const context = { ...alone, server: { ...server, down: { ...server.down, picture: shown } } };
    const statistics = new StatisticsReader().read(report(10));
    expect(toQualitySample(statistics, context)).toMatchObject({ picture: expected, concealedUp: 0.01 });
    expect(toQualitySample(statistics, { ...context, wantsAll: false }).picture).toBe('full');
  });

  it('blames no network whose limit is not known', () => {
    const context = { ...alone, server: { ...server, down: { ...server.down, estimateBps: null, picture: null } } };
    expect(toQualitySample(new StatisticsReader().read(report(10)), context).picture).toBe('full');
  });

  it.each([
    ['bandwidth', 90, true],
    ['bandwidth', 180, false],
    ['cpu', 90, false],
  ])(
    'tells a camera shrunk by %s to %i lines from one that is as large as asked for: %s',
    (qualityLimitationReason, frameHeight, shrunk) => {
      const reader = new StatisticsReader();
      const small = (second: number) =>
        report(second).map((stat) => (stat.type === 'outbound-rtp' ? { ...stat, qualityLimitationReason, frameHeight } : stat));
      reader.read(small(10));
      const sendLimit = { maxWidth: 320, maxHeight: 180, maxFramesPerSecond: 15, maxBitrateBps: 187_500 };
      expect(toQualitySample(reader.read(small(12)), { ...alone, sendLimit }).cameraShrunk).toBe(shrunk);
    },
  );

  it('is empty for an empty report', () => {
    expect(new StatisticsReader().read([])).toEqual({
      arrivedBytes: null,
      roundTripMs: null,
      protocol: null,
      receivedAudio: null,
      receivedVideo: null,
      sentAudio: null,
      sentVideo: [],
    });
  });
});
