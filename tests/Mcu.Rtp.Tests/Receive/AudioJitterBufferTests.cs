using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Network;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Receive;

public class AudioJitterBufferTests
{
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(30);

    private static BadNetworkOptions Jitter(int milliseconds) =>
        new() { Delay = s_delay, Jitter = TimeSpan.FromMilliseconds(milliseconds) };

    private static TimeSpan Milliseconds(double value) => TimeSpan.FromMilliseconds(value);

    private static void PlaysInOrder(TalkSimulation talk) => talk.Played.ShouldBe(talk.Played.Order().Distinct());

    [Fact]
    public void A_constant_delay_is_held_until_the_next_pull_and_loses_nothing()
    {
        using var talk = new TalkSimulation(Jitter(2));
        talk.RunFor(60_000);
        talk.Played.Count.ShouldBeGreaterThanOrEqualTo(2995);
        talk.Pulls[JitterPull.Lost].ShouldBe(0);
        talk.Pulls[JitterPull.RecoverFromNext].ShouldBe(0);
        talk.Pulls[JitterPull.Waiting].ShouldBeLessThanOrEqualTo(4);
        talk.Buffer.Statistics.Underruns.ShouldBe(0);
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(27);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBe(5);
        PlaysInOrder(talk);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    public void Any_packet_duration_plays_without_gaps(int frameMs)
    {
        using var talk = new TalkSimulation(Jitter(2), frameMs: frameMs);
        talk.RunFor(1000);
        talk.ClearCounts();
        talk.RunFor(30_000);
        talk.Played.Count.ShouldBeInRange((30_000 / frameMs) - 2, (30_000 / frameMs) + 2);
        talk.Pulls[JitterPull.Waiting].ShouldBe(0);
        talk.Pulls[JitterPull.Lost].ShouldBe(0);
        PlaysInOrder(talk);
    }

    [Theory]
    [InlineData(50, false)]
    [InlineData(100, false)]
    [InlineData(200, false)]
    [InlineData(50, true)]
    [InlineData(100, true)]
    [InlineData(200, true)]
    public void Jitter_is_learnt_and_then_hardly_heard(int jitterMs, bool reorders)
    {
        using var talk = new TalkSimulation(Jitter(jitterMs) with { JitterReorders = reorders });
        talk.RunFor(10_000);
        talk.ClearCounts();
        talk.RunFor(60_000);
        var heard = talk.Pulls[JitterPull.Lost] + talk.Pulls[JitterPull.RecoverFromNext] + talk.Pulls[JitterPull.Waiting];
        heard.ShouldBeLessThan(3000 * 6 / 100);
        talk.Played.Count.ShouldBeGreaterThan(3000 * 94 / 100);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBeInRange(jitterMs * 0.5, jitterMs + 30);
        talk.MaxDelayMs.ShouldBeLessThan((jitterMs * 2) + 60);
        PlaysInOrder(talk);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.05)]
    [InlineData(0.15)]
    [InlineData(0.30)]
    public void Loss_costs_what_was_lost_and_adds_no_delay(double loss)
    {
        using var talk = new TalkSimulation(Jitter(2) with { Loss = loss });
        talk.RunFor(120_000);
        var missed = talk.Pulls[JitterPull.Lost] + talk.Pulls[JitterPull.RecoverFromNext];
        ((double)talk.Network.Lost / talk.Network.Sent).ShouldBe(loss, loss * 0.3);
        talk.Played.Count.ShouldBeGreaterThanOrEqualTo(
            (int)(talk.Network.Sent - talk.Network.Lost) - 10 - (int)(talk.Network.Sent * 0.002)
        );
        talk.Pulls[JitterPull.RecoverFromNext].ShouldBeGreaterThan((int)(missed * (1 - loss) * 0.5));
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(75); // an underrun before a lost packet may shift it by a tick until it is dropped
        talk.Buffer.CurrentDelay.TotalMilliseconds.ShouldBeLessThanOrEqualTo(52);
        PlaysInOrder(talk);
    }

    [Fact]
    public void Bursts_reordering_and_duplicates_are_survived()
    {
        var network = Jitter(30) with
        {
            Loss = 0.1,
            LossBurst = 5,
            Duplication = 0.2,
            Reordering = 0.1,
            ReorderDelay = TimeSpan.FromMilliseconds(45),
        };
        using var talk = new TalkSimulation(network, seed: 7);
        talk.RunFor(120_000);
        PlaysInOrder(talk);
        talk.Buffer.Statistics.Duplicates.ShouldBeGreaterThan(500);
        talk.Played.Count.ShouldBeGreaterThan((int)((talk.Network.Sent - talk.Network.Lost) * 0.95));
        talk.MaxDelayMs.ShouldBeLessThan(250);
    }

    [Theory]
    [InlineData(100e-6)]
    [InlineData(-100e-6)]
    public void Clock_drift_over_an_hour_keeps_the_delay_bounded(double error)
    {
        using var talk = new TalkSimulation(Jitter(5), clockError: error);
        talk.RunFor(3_600_000);
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(60);
        talk.Played.Count.ShouldBeGreaterThan(179_900);
        talk.Pulls[JitterPull.Lost].ShouldBe(0);
        talk.Pulls[JitterPull.Waiting].ShouldBeLessThan(30);
    }

    [Fact]
    public void After_a_stall_the_delay_returns_to_the_minimum()
    {
        using var talk = new TalkSimulation(Jitter(2));
        talk.RunFor(10_000);
        talk.Network.StallUntil(talk.Now + TimeSpan.FromMilliseconds(300));
        talk.RunFor(1000);
        talk.MaxDelayMs.ShouldBeGreaterThan(250);
        talk.RunFor(20_000);
        talk.ClearCounts();
        talk.RunFor(5_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBe(5);
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(37);
        talk.Pulls[JitterPull.Waiting].ShouldBe(0);
        PlaysInOrder(talk);
    }

    [Fact]
    public void A_pause_of_the_talker_is_no_loss_and_what_follows_is_not_delayed_more()
    {
        using var talk = new TalkSimulation(Jitter(2));
        for (var i = 0; i < 20; i++)
        {
            talk.IsTalking = true;
            talk.RunFor(1500);
            talk.IsTalking = false;
            talk.RunFor(700);
        }

        talk.Pulls[JitterPull.Lost].ShouldBe(0);
        talk.Pulls[JitterPull.RecoverFromNext].ShouldBe(0);
        talk.Played.Count.ShouldBe((int)talk.Network.Sent);
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(32);
    }

    [Fact]
    public void A_sender_that_starts_anew_is_followed_at_once()
    {
        using var talk = new TalkSimulation(Jitter(2));
        talk.RunFor(5000);
        talk.RestartSender();
        talk.ClearCounts();
        talk.RunFor(5000);
        talk.Played.Count.ShouldBeGreaterThan(240);
        talk.MaxDelayMs.ShouldBeLessThanOrEqualTo(32);
    }

    [Fact]
    public void A_puller_that_was_away_gets_what_is_current()
    {
        var pool = new BufferPool();
        using var buffer = new AudioJitterBuffer(8000, pool);
        for (var i = 0; i < 500; i++)
        {
            buffer.Insert((ushort)i, (uint)(i * 160), [1], 160, MediaTime.FromMilliseconds(i * 20));
        }

        buffer.Buffered.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1));
        buffer.Pull(MediaTime.FromMilliseconds(10_000), out var frame).ShouldBe(JitterPull.Frame);
        frame.Timestamp.ShouldBeGreaterThan(496u * 160);
    }

    [Fact]
    public void The_next_payload_is_offered_for_recovery_and_played_after()
    {
        using var buffer = new AudioJitterBuffer(48000, new BufferPool());
        buffer.Insert(1, 960, [1], 960, MediaTime.FromMilliseconds(20));
        buffer.Insert(3, 2880, [3], 960, MediaTime.FromMilliseconds(60));
        buffer.Pull(MediaTime.FromMilliseconds(60), out var frame).ShouldBe(JitterPull.Frame);
        buffer.Pull(MediaTime.FromMilliseconds(80), out frame).ShouldBe(JitterPull.RecoverFromNext);
        frame.Payload.ToArray().ShouldBe([3]);
        frame.Timestamp.ShouldBe(1920u);
        frame.DurationUnits.ShouldBe(960);
        buffer.Pull(MediaTime.FromMilliseconds(100), out frame).ShouldBe(JitterPull.Frame);
        frame.Payload.ToArray().ShouldBe([3]);
        buffer.Insert(2, 1920, [2], 960, MediaTime.FromMilliseconds(101)).ShouldBeFalse();
        buffer.Insert(3, 2880, [3], 960, MediaTime.FromMilliseconds(101)).ShouldBeFalse();
        buffer.Statistics.Late.ShouldBe(1);
        buffer.Statistics.Duplicates.ShouldBe(1);
        buffer.Statistics.Lost.ShouldBe(1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_later_packet_repeats_fills_the_gap_before_or_after_that_packet(bool isFirst)
    {
        using var buffer = new AudioJitterBuffer(48000, new BufferPool());
        buffer.InsertRedundant(0, 0, [9], 960, MediaTime.FromMilliseconds(20)).ShouldBeFalse("nothing has begun");
        buffer.Insert(1, 960, [1], 960, MediaTime.FromMilliseconds(20));
        var target = buffer.TargetDelay;
        buffer.InsertRedundant(0, 0, [9], 960, MediaTime.FromMilliseconds(20)).ShouldBeFalse("before our time");
        buffer.Pull(MediaTime.FromMilliseconds(20), out _);
        buffer.TargetDelay.ShouldBe(target);
        if (!isFirst)
        {
            buffer.Insert(3, 2880, [3], 960, MediaTime.FromMilliseconds(60));
        }

        buffer.InsertRedundant(2, 1920, [2], 960, MediaTime.FromMilliseconds(60)).ShouldBeTrue();
        buffer.InsertRedundant(1, 960, [8], 960, MediaTime.FromMilliseconds(60)).ShouldBeFalse("it is here");
        if (isFirst)
        {
            buffer.Insert(3, 2880, [3], 960, MediaTime.FromMilliseconds(60));
        }

        for (byte i = 1; i <= 3; i++)
        {
            buffer.Pull(MediaTime.FromMilliseconds(40 + (i * 20)), out var frame).ShouldBe(JitterPull.Frame);
            frame.Payload.ToArray().ShouldBe([i]);
        }

        buffer.InsertRedundant(2, 1920, [8], 960, MediaTime.FromMilliseconds(110)).ShouldBeFalse("it was played");
        buffer.InsertRedundant(20_000, 1_000_000_000, [8], 960, MediaTime.FromMilliseconds(110)).ShouldBeFalse("it makes no sense");
        var statistics = buffer.Statistics;
        (statistics.Received, statistics.Redundant, statistics.Lost, statistics.Late, statistics.Duplicates).ShouldBe((2, 1, 0, 0, 0));
        (buffer.TargetDelay - target).TotalMilliseconds.ShouldBe(20, "the next one that is lost comes as late");
    }

    [Fact]
    public void A_dropped_frame_is_skipped()
    {
        using var buffer = new AudioJitterBuffer(8000, new BufferPool());
        buffer.DropOne().ShouldBeFalse();
        for (var i = 0; i < 5; i++)
        {
            buffer.Insert((ushort)i, (uint)(i * 160), [(byte)i], 160, MediaTime.FromMilliseconds(i * 20));
        }

        buffer.Pull(MediaTime.FromMilliseconds(100), out _).ShouldBe(JitterPull.Frame);
        buffer.DropOne().ShouldBeTrue();
        buffer.Pull(MediaTime.FromMilliseconds(120), out var frame).ShouldBe(JitterPull.Frame);
        frame.Payload[0].ShouldBe((byte)2);
    }

    [Fact]
    public void Delay_that_is_asked_for_is_missing_until_audio_was_lengthened_and_then_in_excess_until_it_was_shortened()
    {
        using var buffer = new AudioJitterBuffer(48000, new BufferPool());
        for (var i = 0; i < 5; i++)
        {
            buffer.Insert((ushort)i, (uint)(i * 960), [(byte)i], 960, MediaTime.FromMilliseconds(i * 20));
        }

        // The first frame is played 20 ms after the fastest way, where 5 are wanted.
        var tick = MediaTime.FromMilliseconds(20);
        buffer.Pull(tick, out _).ShouldBe(JitterPull.Frame);
        buffer.MissingDelay(tick, Milliseconds(20)).ShouldBe(TimeSpan.Zero);
        buffer.ExtraDelay = Milliseconds(60);
        buffer.MissingDelay(tick, Milliseconds(20)).ShouldBe(Milliseconds(45));
        buffer.MissingDelay(tick, Milliseconds(32)).ShouldBe(Milliseconds(45), "what does not fill a tick does not let packets come later");
        buffer.MissingDelay(tick, Milliseconds(40)).ShouldBe(Milliseconds(25));
        buffer.MissingDelay(tick, Milliseconds(60)).ShouldBe(TimeSpan.Zero, "that little less does no harm");
        buffer.ExcessDelay(tick, Milliseconds(73)).ShouldBe(Milliseconds(13), "what does not fill a tick is of no use");

        buffer.ExtraDelay = TimeSpan.Zero;
        buffer.ExcessDelay(tick, Milliseconds(60)).ShouldBe(Milliseconds(40));
        buffer.ExcessDelay(tick, Milliseconds(52)).ShouldBe(Milliseconds(32));
        buffer.ExcessDelay(tick, Milliseconds(20)).ShouldBe(TimeSpan.Zero);
    }

    [Theory]
    [InlineData(0.01, 0, 8)]
    [InlineData(0.10, 40, 60)]
    public void Packets_that_are_overtaken_are_waited_for_where_that_is_worth_it(double share, double leastMs, double mostMs)
    {
        using var talk = new TalkSimulation(Jitter(2) with { Reordering = share, ReorderDelay = TimeSpan.FromMilliseconds(45) });
        talk.RunFor(60_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBeInRange(leastMs, mostMs + 20, "and a frame more where one was missed");
        talk.ClearCounts();
        talk.RunFor(60_000);
        (talk.Pulls[JitterPull.Lost] + talk.Pulls[JitterPull.RecoverFromNext] + talk.Pulls[JitterPull.Waiting]).ShouldBeLessThan(
            3000 * 2 / 100
        );
    }

    [Fact]
    public void Stalls_that_recur_are_borne_and_forgotten_when_they_do_not()
    {
        using var talk = new TalkSimulation(Jitter(2));
        for (var i = 0; i < 10; i++)
        {
            talk.RunFor(1900);
            talk.Network.StallUntil(talk.Now + TimeSpan.FromMilliseconds(100));
            talk.RunFor(100);
            if (i == 4)
            {
                talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBeInRange(60, 105);
                talk.ClearCounts();
            }
        }

        talk.Pulls[JitterPull.Waiting].ShouldBe(0);
        talk.Pulls[JitterPull.Lost].ShouldBe(0);
        talk.RunFor(14_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBe(5);
        talk.Buffer.CurrentDelay.TotalMilliseconds.ShouldBeLessThan(27);
    }

    [Fact]
    public void A_jitter_that_begins_is_followed_at_once_and_one_that_ends_within_seconds()
    {
        using var talk = new TalkSimulation(Jitter(0));
        talk.RunFor(10_000);
        talk.Network.Options = Jitter(80);
        talk.RunFor(3000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBeInRange(60, 100);
        talk.RunFor(10_000);
        talk.Network.Options = Jitter(0);
        talk.RunFor(15_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBe(5);
        talk.Buffer.CurrentDelay.TotalMilliseconds.ShouldBeLessThan(27);
    }

    [Fact]
    public void A_longer_way_is_no_jitter_once_it_is_known()
    {
        using var talk = new TalkSimulation(Jitter(2));
        talk.RunFor(10_000);
        talk.Network.Options = Jitter(2) with { Delay = s_delay + TimeSpan.FromMilliseconds(100) };
        talk.RunFor(12_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBeLessThanOrEqualTo(10);
        talk.LengthenedMs.ShouldBe(0);
        talk.Buffer.CurrentDelay.TotalMilliseconds.ShouldBeLessThan(32);
    }

    [Fact]
    public void Without_means_of_repair_a_lost_packet_is_not_waited_for()
    {
        using var talk = new TalkSimulation(Jitter(2) with { Loss = 0.05 }, options: new AudioJitterOptions { NextRepairs = false });
        talk.RunFor(60_000);
        talk.Buffer.TargetDelay.TotalMilliseconds.ShouldBe(5);
        var heard = talk.Pulls[JitterPull.Lost] + talk.Pulls[JitterPull.RecoverFromNext] + talk.Pulls[JitterPull.Waiting];
        heard.ShouldBeInRange((int)talk.Network.Lost * 9 / 10, (int)talk.Network.Lost * 11 / 10);
    }

    [Fact]
    public void Random_input_never_throws_and_leaks_nothing()
    {
        var pool = new BufferPool();
        var random = new Random(11);
        var buffer = new AudioJitterBuffer(48000, pool);
        var now = 0.0;
        for (var i = 0; i < 50_000; i++)
        {
            now += random.Next(10);
            var wild = random.Next(50) == 0;
            var sequence = (ushort)(wild ? random.Next(65536) : i + random.Next(-20, 20));
            var timestamp = (uint)(wild ? random.NextInt64(uint.MaxValue) : (i * 960) + (random.Next(-20, 20) * 960));
            buffer.Insert(sequence, timestamp, new byte[random.Next(100)], random.Next(-10, 6000), MediaTime.FromMilliseconds(now));
            if (random.Next(2) == 0)
            {
                buffer.InsertRedundant(
                    (ushort)(sequence - 1),
                    timestamp - 960,
                    new byte[random.Next(100)],
                    960,
                    MediaTime.FromMilliseconds(now)
                );
            }

            if (random.Next(3) == 0)
            {
                buffer.Pull(MediaTime.FromMilliseconds(now), out _);
            }

            buffer.Buffered.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(1.2));
        }

        buffer.Dispose();
        pool.Outstanding.ShouldBe(0);
    }
}
