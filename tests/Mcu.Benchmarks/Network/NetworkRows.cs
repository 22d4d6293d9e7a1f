using static Mcu.Benchmarks.Limit;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// The networks of the one bad participant. Each meeting takes 45 s: four with clean lines and the bad one come within the first second,
/// measured is from 10 s on. Queues hold 3 s at the line's slowest, at most 64 kB.
/// </summary>
internal static class NetworkRows
{
    public static readonly TimeSpan Length = TimeSpan.FromSeconds(45);

    /// <summary>What is measured.</summary>
    public static readonly Period Measured = new(10, 45);

    private static readonly double[] s_stalls = [14, 22, 30, 38];

    public static LineQuality Clean { get; } = new(20_000_000, Ms(10), QueueBytes: 250_000);

    /// <summary>Nobody's network is bad: what the others of all rows are compared with.</summary>
    public static NetworkRow Baseline { get; } = new("clean", "all lines are clean", Clean, Clean) { Judge = _ => [] };

    public static IReadOnlyList<NetworkRow> All { get; } = [Baseline, Thin(), Floor(), Lossy(), Drop(), Stall()];

    private static NetworkRow Thin()
    {
        var down = new LineQuality(100_000, Ms(50), 0.05, 37_500);
        return new NetworkRow("thin", "100 kbit/s down, 100 ms RTT, 5 % loss", down, down with { RateBps = 1_000_000, QueueBytes = 64_000 })
        {
            Judge = record =>
                [
                    new("sound concealed", record.ConcealedPercent(Measured), "%", AtMost(1)),
                    new("pictures shown", record.FramesPerSecond(Measured), "1/s", AtLeast(8)),
                    new("queue at the bottleneck, p95", record.QueueMs(Measured, 0.95), "ms", AtMost(150)),
                    new("SSIM at the size shown", record.Ssim(Measured), "", AtLeast(0.87)),
                ],
        };
    }

    private static NetworkRow Floor()
    {
        var down = new LineQuality(32_000, Ms(150), 0.10, 12_000);
        return new NetworkRow("floor", "32 kbit/s down, 300 ms RTT, 10 % loss", down, down with { RateBps = 500_000, QueueBytes = 64_000 })
        {
            Judge = record =>
                [
                    new("sound concealed", record.ConcealedPercent(Measured), "%", AtMost(3)),
                    new("longest time without sound", record.LongestSilenceMs(Measured), "ms", AtMost(500)),
                    new("longest freeze", record.LongestFreezeMs(Measured), "ms", AtMost(10_000)),
                ],
        };
    }

    private static NetworkRow Lossy()
    {
        var line = new LineQuality(2_000_000, Ms(25), 0.30);
        return new NetworkRow("lossy", "2 Mbit/s and 30 % loss both ways, 50 ms RTT", line, line)
        {
            Judge = record =>
                [
                    new("pictures shown", record.FramesPerSecond(Measured), "1/s", AtLeast(8)),
                    new("longest freeze", record.LongestFreezeMs(Measured), "ms", AtMost(2_000)),
                ],
        };
    }

    private static NetworkRow Drop()
    {
        const double Dropped = 15;
        const double Back = 27;
        var line = new LineQuality(1_000_000, Ms(25), 0, 56_000);
        return new NetworkRow("drop", "1 Mbit/s, from 15 to 27 s 150 kbit/s, 50 ms RTT", line, line)
        {
            Events =
            [
                new(TimeSpan.FromSeconds(Dropped), (guest, _) => guest.Down.Quality = line with { RateBps = 150_000 }),
                new(TimeSpan.FromSeconds(Back), (guest, _) => guest.Down.Quality = line),
            ],
            Judge = record =>
            {
                var before = record.UsualRung(new Period(Dropped - 5, Dropped)) ?? default;
                return
                [
                    new("queue back under 150 ms after", record.SecondsUntilQueueBelow(Dropped, Back, 150), "s", AtMost(2)),
                    new("back on the rung of before after", record.SecondsUntilRung(Back, Measured.To, before), "s", AtMost(10)),
                    new("pixels shown before the drop", before.Pixels, ""),
                    new("pixels shown in its last 5 s", record.UsualRung(new Period(Back - 5, Back))?.Pixels ?? 0, ""),
                ];
            },
        };
    }

    private static NetworkRow Stall()
    {
        var stall = Ms(300);
        var line = new LineQuality(5_000_000, Ms(25));
        return new NetworkRow("stall", "5 Mbit/s, 50 ms RTT, stands still for 300 ms at 14, 22, 30 and 38 s", line, line)
        {
            Events =
            [
                .. s_stalls.Select(at => new LineEvent(
                    TimeSpan.FromSeconds(at),
                    (guest, now) =>
                    {
                        guest.Down.StallUntil(now + stall);
                        guest.Up.StallUntil(now + stall);
                    }
                )),
            ],
            Judge = record =>
            {
                var before = record.AudioDelayMs(new Period(s_stalls[0] - 3, s_stalls[0]));
                var back = s_stalls.Max(at => record.SecondsUntilDelayBelow(at, at + 7, before + 20)) - stall.TotalSeconds;
                return [new("delay of sound back within 20 ms after, worst of 4", Math.Max(back, 0), "s", AtMost(3))];
            },
        };
    }

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
