using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Media;
using Mcu.Rtp;
using Shouldly;
using Xunit;

namespace Mcu.Load.Tests;

/// <summary>The arithmetic behind the figures.</summary>
public sealed class MeasuringTests
{
    private const string Page = """
        # TYPE mcu_audio_ticks_total counter
        mcu_audio_ticks_total{otel_scope_name="Mcu.Conference"} 250 1764109000000
        mcu_audio_ticks_missed_total 3
        mcu_codec_cpu_seconds_total{otel_scope_name="Mcu.Codecs",kind="scale"} 0.25
        mcu_codec_cpu_seconds_total{otel_scope_name="Mcu.Codecs",kind="video_encode"} 1.5e0 1764109000000
        mcu_video_jobs_wait_seconds_bucket{otel_scope_name="Mcu.Transport",le="0.01"} 90
        mcu_video_jobs_wait_seconds_bucket{otel_scope_name="Mcu.Transport",le="0.02"} 100
        mcu_video_jobs_wait_seconds_bucket{otel_scope_name="Mcu.Transport",le="+Inf"} 100
        """;

    [Fact]
    public void Counters_are_read_with_and_without_labels_and_times()
    {
        var counters = ServerCounters.From(new MetricsPage(Page));
        counters.AudioTicks.ShouldBe(250);
        counters.MissedAudioTicks.ShouldBe(3);
        counters.GcPauseSeconds.ShouldBe(0);
        counters.CodecSeconds.ShouldBe(new Dictionary<string, double> { ["scale"] = 0.25, ["video_encode"] = 1.5 }, ignoreOrder: true);
        counters.JobWait.ShouldBe([new Bucket(0.01, 90), new Bucket(0.02, 100), new Bucket(double.PositiveInfinity, 100)]);
    }

    [Fact]
    public void A_window_counts_what_came_since_its_beginning()
    {
        var before = ServerCounters.From(new MetricsPage("mcu_codec_cpu_seconds_total{kind=\"scale\"} 0.05\nmcu_audio_ticks_total 200"));
        var counted = ServerCounters.From(new MetricsPage(Page)).Since(before);
        counted.AudioTicks.ShouldBe(50);
        counted.CodecSeconds["scale"].ShouldBe(0.2, 1e-9);
        counted.CodecSeconds["video_encode"].ShouldBe(1.5);
    }

    [Theory]
    [InlineData(0.45, 0.005)]
    [InlineData(0.95, 0.015)]
    [InlineData(0.9, 0.01)]
    public void A_quantile_of_a_histogram_lies_within_its_bucket(double part, double expected) =>
        Spread.Quantile(new MetricsPage(Page).Buckets("mcu_video_jobs_wait_seconds"), part).ShouldNotBeNull().ShouldBe(expected, 1e-9);

    [Fact]
    public void What_lies_beyond_the_last_bound_is_told_as_that_bound()
    {
        Bucket[] buckets = [new(1, 1), new(double.PositiveInfinity, 100)];
        Spread.Quantile(buckets, 0.99).ShouldBe(1);
        Spread.Quantile([], 0.99).ShouldBeNull();
        Spread.Quantile([new(1, 0)], 0.99).ShouldBeNull();
    }

    [Fact]
    public void A_spread_has_median_and_tail()
    {
        var spread = Spread.Of(Enumerable.Range(1, 100).Select(i => (double)i)).ShouldNotBeNull();
        (spread.Count, spread.Median, spread.P95, spread.Highest).ShouldBe((100, 51, 96, 100));
        Spread.Of([]).ShouldBeNull();
    }

    [Fact]
    public void The_server_is_held_against_its_codecs()
    {
        var seconds = new Dictionary<string, double> { ["scale"] = 2, ["video_encode"] = 6 };
        var cost = CodecCost.Of(seconds, TimeSpan.FromSeconds(10), serverCores: 1).ShouldNotBeNull();
        (cost.Cores, cost.ServerToCodecs, cost.CoresByKind["scale"]).ShouldBe((0.8, 1.25, 0.2));
        CodecCost.Of(new Dictionary<string, double>(), TimeSpan.FromSeconds(10), 1).ShouldBeNull();
    }

    [Fact]
    public void A_stream_tells_its_gaps_freezes_and_frames()
    {
        var check = new StreamCheck();
        check.OnPacket(Packet(1, 0), Ms(0));
        check.Reset(Ms(0));
        check.OnPacket(Packet(2, 3000), Ms(33));
        check.OnPacket(Packet(3, 3000), Ms(35));
        check.OnPacket(Packet(5, 6000), Ms(200));
        check.Close(Ms(260));
        (check.Packets, check.Frames, check.Gaps).ShouldBe((3, 2, 1));
        check.LongestFreeze.TotalMilliseconds.ShouldBe(167);
        check.LongestSilence.TotalMilliseconds.ShouldBe(165);
    }

    [Fact]
    public void A_stream_that_stops_is_told_when_the_window_ends()
    {
        var check = new StreamCheck { TimestampStep = 960 };
        check.OnPacket(Packet(65535, 0), Ms(0));
        check.Reset(Ms(10));
        check.OnPacket(Packet(0, 960), Ms(20));
        check.OnPacket(Packet(1, 1000), Ms(40));
        check.Close(Ms(1040));
        (check.Gaps, check.Jumps, check.First).ShouldBe((0, 1, Ms(0)));
        check.LongestSilence.TotalMilliseconds.ShouldBe(1000);
    }

    private static MediaTime Ms(double milliseconds) => MediaTime.FromMilliseconds(milliseconds);

    private static byte[] Packet(ushort sequence, uint timestamp)
    {
        var packet = new byte[RtpPacket.FixedHeaderLength];
        _ = new RtpWriter(packet, new RtpHeader(96, false, sequence, timestamp, 1)).AddPayload([]);
        return packet;
    }
}
