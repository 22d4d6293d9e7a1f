using Mcu.Media;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Rtcp;
using Mcu.TestKit.Network;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Congestion;

/// <summary>What the estimate does on lines of many kinds, with three seeds each.</summary>
public class CongestionControllerTests
{
    public static readonly TheoryData<int> Seeds = [1, 2, 3];

    private static BottleneckOptions Line(double kbps, int rttMs = 100, double loss = 0) =>
        new()
        {
            RateBps = (long)(kbps * 1000),
            Delay = TimeSpan.FromMilliseconds(rttMs / 2),
            Loss = loss,
        };

    [Theory]
    [MemberData(nameof(Seeds))]
    public void On_a_line_of_1_Mbit_it_finds_four_fifths_of_it_within_8_s_and_keeps_the_queue_short(int seed)
    {
        var path = new PathSimulation(Line(1000), seed: seed);
        path.RunFor(8);
        path.LeastTarget(0.3).ShouldBeGreaterThan(800_000, path.Story());
        path.RunFor(30);
        path.MeanTarget(20).ShouldBeInRange(800_000, 1_050_000, path.Story());
        path.Arrived(20).ShouldBeGreaterThan(750_000, path.Story());
        path.AudioWait95(20).ShouldBeLessThan(100, path.Story());
        path.Keyframes.ShouldBe(1, path.Story());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void With_a_demand_it_is_found_by_probes_before_it_is_sent_and_not_beyond(int seed)
    {
        var path = new PathSimulation(Line(10_000), new SenderOptions { MaxVideoBps = 150_000, DemandBps = 1_500_000 }, seed);
        path.RunFor(3);
        path.LeastTarget(0.5).ShouldBeInRange(1_500_000, 1_900_000, path.Story());
        var padding = path.PaddingBytes;
        padding.ShouldBeLessThan(40_000);
        path.RunFor(60);
        path.PaddingBytes.ShouldBe(padding); // enough is enough
        path.MostTarget(60).ShouldBeLessThan(1_900_000, path.Story());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void When_1_Mbit_drops_to_150_kbit_the_queue_is_gone_within_2_s_and_the_rate_is_back_10_s_after_the_line_is(int seed)
    {
        var path = new PathSimulation(Line(1000), new SenderOptions { DemandBps = 1_200_000 }, seed);
        path.RunFor(20);
        path.LeastTarget(1).ShouldBeGreaterThan(750_000, path.Story());
        path.Line.Change(path.Line.Options with { RateBps = 150_000 }, path.Now);
        path.RunFor(2);
        path.RunFor(18);
        path.AudioWait95(18).ShouldBeLessThan(150, path.Story());
        path.MeanTarget(15).ShouldBeInRange(100_000, 160_000, path.Story());
        path.Line.Change(path.Line.Options with { RateBps = 1_000_000 }, path.Now);
        path.RunFor(10);
        path.LeastTarget(0.2).ShouldBeGreaterThan(700_000, path.Story());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Loss_of_30_percent_both_ways_on_2_Mbit_costs_no_more_than_it_must(int seed)
    {
        var path = new PathSimulation(Line(2000, 50, 0.3), new SenderOptions { DemandBps = 2_000_000 }, seed);
        path.RunFor(60);
        path.MeanTarget(45).ShouldBeGreaterThan(1_200_000, path.Story());
        path.LeastTarget(45).ShouldBeGreaterThan(800_000, path.Story());
        path.Controller.FractionLost.ShouldBeInRange(0.22, 0.38);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_line_of_100_kbit_with_5_percent_loss_is_used_and_its_queue_stays_short(int seed)
    {
        var path = new PathSimulation(
            Line(100, 100, 0.05),
            new SenderOptions
            {
                AudioBytes = 40,
                AudioIntervalMs = 40,
                FramesPerSecond = 10,
                DemandBps = 300_000,
                FeedbackInterval = TimeSpan.FromMilliseconds(250),
            },
            seed
        );
        path.RunFor(70);
        path.MeanTarget(60).ShouldBeInRange(70_000, 105_000, path.Story());
        path.LeastTarget(60).ShouldBeGreaterThan(50_000, path.Story());
        path.AudioWait95(60).ShouldBeLessThan(175, path.Story()); // one packet of the simulation's video takes 96 ms of it
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_line_of_32_kbit_with_300_ms_round_trip_and_10_percent_loss_keeps_its_sound(int seed)
    {
        var path = new PathSimulation(
            Line(32, 300, 0.1),
            new SenderOptions
            {
                AudioBytes = 60,
                AudioIntervalMs = 60,
                MaxVideoBps = 0,
                DemandBps = 64_000,
                FeedbackInterval = TimeSpan.FromMilliseconds(250),
            },
            seed
        );
        path.RunFor(60);
        path.MeanTarget(40).ShouldBeInRange(18_000, 40_000, path.Story());
        path.AudioWait95(40).ShouldBeLessThan(300, path.Story());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_stall_of_300_ms_costs_nothing_that_lasts(int seed)
    {
        var path = new PathSimulation(Line(1000), seed: seed);
        path.RunFor(20);
        var before = path.MeanTarget(5);
        path.Line.StallUntil(path.Now + TimeSpan.FromMilliseconds(300));
        path.Back.StallUntil(path.Now + TimeSpan.FromMilliseconds(300));
        path.RunFor(6);
        path.MeanTarget(2).ShouldBeGreaterThan(before * 0.7, path.Story());
        path.AudioWait95(3).ShouldBeLessThan(100, path.Story());
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Who_sends_little_on_a_jittery_line_neither_loses_the_estimate_nor_sees_it_run_away(int seed)
    {
        var options = Line(5000) with { Jitter = TimeSpan.FromMilliseconds(40) };
        var path = new PathSimulation(options, new SenderOptions { MaxVideoBps = 120_000 }, seed);
        path.RunFor(120);
        path.LeastTarget(110).ShouldBeGreaterThan(200_000, path.Story());
        path.MostTarget(110).ShouldBeLessThan(1_000_000, path.Story());
        path.PaddingBytes.ShouldBe(0); // nobody demands more
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void A_line_that_drops_what_is_too_much_without_a_queue_is_told_from_one_that_loses_anyway(int seed)
    {
        var policed = Line(500) with { QueueLimit = TimeSpan.FromMilliseconds(30) };
        var path = new PathSimulation(policed, seed: seed);
        path.RunFor(60);
        path.Line.Dropped.ShouldBeGreaterThan(0);
        path.MeanTarget(40).ShouldBeInRange(250_000, 650_000, path.Story());
        path.Controller.FractionLost.ShouldBeLessThan(0.25);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Reports_that_are_lost_for_seconds_lower_the_rate_and_their_return_restores_it(int seed)
    {
        var path = new PathSimulation(Line(1000), new SenderOptions { DemandBps = 700_000 }, seed);
        path.RunFor(20);
        var before = path.MeanTarget(3);
        path.Back.Change(path.Back.Options with { Loss = 1 }, path.Now);
        path.RunFor(6);
        path.Controller.State.ShouldBe(CongestionState.Unreported);
        path.Targets[^1].TargetBps.ShouldBeInRange((long)(before * 0.1), (long)(before * 0.6), path.Story());
        path.Back.Change(path.Back.Options with { Loss = 0 }, path.Now);
        path.RunFor(2);
        path.MeanTarget(1).ShouldBeGreaterThan(before * 0.7, path.Story());
    }

    [Fact]
    public void A_third_of_the_reports_may_be_lost()
    {
        var path = new PathSimulation(Line(1000), back: new BottleneckOptions { Delay = TimeSpan.FromMilliseconds(50), Loss = 0.33 });
        path.RunFor(60);
        path.MeanTarget(30).ShouldBeGreaterThan(700_000, path.Story());
        path.Controller.FractionLost.ShouldBeLessThan(0.05);
    }

    [Fact]
    public void A_receiver_that_never_reports_is_not_waited_for()
    {
        var path = new PathSimulation(Line(0), back: new BottleneckOptions { Loss = 1 });
        path.RunFor(4);
        path.Controller.HasEvidence.ShouldBeFalse();
        path.Controller.PacingAt(path.Now).ShouldBe(Pacing.Unlimited);
        path.Pacer.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public void Only_a_burst_leaves_before_the_first_report()
    {
        var path = new PathSimulation(Line(32, 1000), new SenderOptions { AudioBytes = 0 });
        path.RunFor(0.8);
        path.BytesSent.ShouldBeInRange(8_000, 15_000);
    }

    [Fact]
    public void A_clock_that_drifts_is_no_queue()
    {
        var path = new PathSimulation(Line(5000), new SenderOptions { MaxVideoBps = 200_000, ClockDriftPpm = 100 });
        path.RunFor(300);
        path.LeastTarget(290).ShouldBeGreaterThan(250_000, path.Story());
        path.Controller.PathQueue.TotalMilliseconds.ShouldBeLessThan(10);
    }

    [Fact]
    public void An_estimate_of_the_receiver_is_all_there_is_without_feedback_and_a_limit_with_it()
    {
        var controller = new CongestionController(CongestionOptions.Default) { ExpectsFeedback = false };
        var now = MediaTime.FromMilliseconds(1000);
        controller.PacingAt(now).ShouldBe(Pacing.Unlimited);
        controller.HasEvidence.ShouldBeFalse();
        controller.OnBitrateEstimate(900_000, now);
        controller.TargetBps.ShouldBe(900_000);
        controller.PacingAt(now).RateBps.ShouldBeInRange(900_000, 3_000_000);
        controller.OnBitrateEstimate(120_000, now);
        controller.TargetBps.ShouldBe(120_000);
        controller.OnBitrateEstimate(600_000, now);
        controller.TargetBps.ShouldBe(600_000);

        var path = new PathSimulation(Line(1000));
        path.RunFor(10);
        path.Controller.OnBitrateEstimate(200_000, path.Now);
        path.Controller.TargetBps.ShouldBe(200_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_feedback_the_loss_of_receiver_reports_lowers_the_estimate_if_it_depends_on_the_rate(bool depends)
    {
        var controller = new CongestionController(CongestionOptions.Default) { ExpectsFeedback = false };
        var now = MediaTime.FromMilliseconds(1000);
        for (var second = 0; second < 40; second++)
        {
            now += TimeSpan.FromSeconds(1);
            controller.OnBitrateEstimate(1_000_000, now);
            double sent = controller.TargetBps;
            var loss = depends ? Math.Max(0, 1 - (500_000 / sent)) : 0.25;
            controller.OnReceiverReport(loss, (int)(sent / 9600), sent, now);
        }

        if (depends)
        {
            controller.TargetBps.ShouldBeInRange(350_000, 700_000);
        }
        else
        {
            controller.TargetBps.ShouldBe(1_000_000);
        }
    }

    [Fact]
    public void Nonsense_in_feedback_never_throws_and_never_leaves_the_bounds()
    {
        var random = new Random(5);
        var path = new PathSimulation(Line(1000));
        path.OnFeedback = message =>
        {
            for (var i = 0; i < 20; i++)
            {
                var damaged = message.ToArray();
                for (var flips = random.Next(1, 6); flips > 0; flips--)
                {
                    damaged[random.Next(4, damaged.Length)] = (byte)random.Next(256);
                }

                if (new RtcpReader(damaged).TryRead(out var packet) && TransportFeedback.TryParse(packet, out var feedback))
                {
                    path.Controller.OnTransportFeedback(feedback, path.Now);
                }

                path.Controller.TargetBps.ShouldBeInRange(CongestionOptions.Default.MinBps, CongestionOptions.Default.MaxBps);
                path.Controller.FractionLost.ShouldBeInRange(0, 1);
            }
        };
        path.RunFor(30);
    }

    [Fact]
    public void Numbers_wrap_and_the_receivers_clock_wraps_without_a_trace()
    {
        var path = new PathSimulation(Line(1000), firstNumber: 65_500);
        path.RunFor(120);
        path.Line.Sent.ShouldBeGreaterThan(10_000);
        path.LeastTarget(100).ShouldBeGreaterThan(500_000, path.Story());
    }
}
