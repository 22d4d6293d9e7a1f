using Mcu.Conference.Legs;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>How much of the sound has to be made up at the other end of a line that loses packets.</summary>
public sealed class LossyLineTests
{
    private const int Rate = 48_000;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData(0.05, 2_000_000, 1)]
    [InlineData(0.10, 2_000_000, 2)]
    [InlineData(0.30, 2_000_000, 1)]
    [InlineData(0.30, 2_000_000, 2)]
    public void Red_leaves_a_hundredth_of_the_sound_lost(double loss, int targetBps, int seed)
    {
        var with = Share(loss, targetBps, seed, takesRed: true, tellsLoss: true);
        var without = Share(loss, targetBps, seed, takesRed: true, tellsLoss: false);
        without.ShouldBeGreaterThan(loss * 0.75);
        with.ShouldBeLessThan(0.02);
        with.ShouldBeLessThan(without / 5);
    }

    /// <summary>The lines of the table in the issue, with what their estimate would say.</summary>
    [Theory]
    [InlineData(100_000, 0.05, 50, 0.01)]
    [InlineData(32_000, 0.10, 150, 0.03)]
    public void The_slow_lines_stay_within_what_was_asked_for(int rateBps, double loss, int delayMs, double most)
    {
        List<double> shares = [];
        foreach (var seed in new[] { 1, 2, 3 })
        {
            var line = new BadNetworkOptions
            {
                Delay = TimeSpan.FromMilliseconds(delayMs),
                Loss = loss,
                RateBps = rateBps,
            };
            shares.Add(Share(line, (long)(0.9 * rateBps), seed, takesRed: true, tellsLoss: true));
        }

        shares.Order().ElementAt(1).ShouldBeLessThan(most, string.Join(' ', shares));
    }

    [Theory]
    [InlineData(2_000_000)]
    [InlineData(100_000)]
    [InlineData(60_000)]
    public void In_band_fec_helps_who_takes_no_red(int targetBps)
    {
        var with = Share(0.1, targetBps, seed: 1, takesRed: false, tellsLoss: true);
        var without = Share(0.1, targetBps, seed: 1, takesRed: false, tellsLoss: false);
        with.ShouldBeLessThan(without / 2, $"{with} against {without}");
    }

    [Fact]
    public void A_microphone_that_sends_red_over_a_lossy_line_is_heard_whole()
    {
        var plain = UplinkShare(redundancy: 0);
        var redundant = UplinkShare(redundancy: 2);
        plain.ShouldBeGreaterThan(0.2);
        redundant.ShouldBeLessThan(0.05);
    }

    private static double Share(double loss, int targetBps, int seed, bool takesRed, bool tellsLoss)
    {
        var line = new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(25), Loss = loss };
        return Share(line, targetBps, seed, takesRed, tellsLoss);
    }

    /// <summary>The share of made-up sound of 20 s of a voice.</summary>
    private static double Share(BadNetworkOptions line, long targetBps, int seed, bool takesRed, bool tellsLoss)
    {
        const int Seconds = 20;
        using var rig = new ConferenceRig();
        rig.Join("talker", ConferenceRig.AudioOnly).SpeakWith(new Voice(seed, Rate));
        using var listener = new DistantListener(rig, line, seed, takesRed);
        listener.Network = new LegNetwork(targetBps, tellsLoss ? line.Loss : 0, line.Delay * 2, TimeSpan.Zero);
        Run(10);
        listener.ClearCounts();
        Run(Seconds);
        (listener.BytesOnTheWire * 8 / Seconds).ShouldBeLessThan(targetBps);
        rig.Conference.Leave(listener.Participant, "left", rig.Scheduler.Now);
        return listener.ConcealedShare;

        void Run(double seconds)
        {
            for (var end = rig.Scheduler.Now + TimeSpan.FromSeconds(seconds); rig.Scheduler.Now < end; )
            {
                rig.Run(s_tick);
                listener.Play();
            }
        }
    }

    /// <summary>The share of a microphone's sound that is lost for good over a line that loses 30 %.</summary>
    private static double UplinkShare(int redundancy)
    {
        using var rig = new ConferenceRig();
        var talker = rig.Join("talker", ConferenceRig.AudioOnly);
        rig.Join("listener", ConferenceRig.ListenOnly);
        talker.Redundancy = redundancy;
        talker.Line = new BadNetwork(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(25), Loss = 0.3 }, seed: 3);
        rig.Run(TimeSpan.FromSeconds(30));
        var statistics = talker.Participant.Microphone!.Statistics;
        return statistics.Lost / (double)talker.PayloadsSent.Count;
    }
}
