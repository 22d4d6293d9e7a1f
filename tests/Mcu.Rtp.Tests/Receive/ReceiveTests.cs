using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Receive;

public class ReceiveTests
{
    private static MediaTime Ms(double milliseconds) => MediaTime.FromMilliseconds(milliseconds);

    [Fact]
    public void Fraction_lost_counts_the_interval_and_cumulative_the_whole()
    {
        var statistics = new ReceiveStatistics(90000);
        for (var i = 0; i < 100; i++)
        {
            if (i % 4 != 1)
            {
                statistics.OnPacket((ushort)(65500 + i), (uint)(i * 3000), Ms(i * 33));
            }
        }

        var report = statistics.BuildReport(9, Ms(4000));
        report.FractionLost.ShouldBe((byte)64);
        report.CumulativeLost.ShouldBe(25);
        report.ExtendedHighestSequence.ShouldBe(65500u + 99);
        statistics.BuildReport(9, Ms(4000)).FractionLost.ShouldBe((byte)0);
    }

    [Fact]
    public void Duplicates_make_the_loss_negative_and_never_the_fraction()
    {
        var statistics = new ReceiveStatistics(8000);
        for (var i = 0; i < 10; i++)
        {
            statistics.OnPacket((ushort)i, (uint)(i * 160), Ms(i * 20));
            statistics.OnPacket((ushort)i, (uint)(i * 160), Ms(i * 20));
        }

        var report = statistics.BuildReport(9, Ms(300));
        report.CumulativeLost.ShouldBe(-10);
        report.FractionLost.ShouldBe((byte)0);
    }

    [Fact]
    public void Jitter_follows_appendix_a8()
    {
        var statistics = new ReceiveStatistics(8000);
        for (var i = 0; i < 400; i++)
        {
            statistics.OnPacket((ushort)i, unchecked((uint)(i * 160) - 16000), Ms((i * 20) + (i % 2 * 10)));
        }

        // The spacing is wrong by 10 ms each time: 80 units, across the wrap of the timestamp.
        ((double)statistics.BuildReport(1, Ms(9000)).Jitter).ShouldBe(80, 2);
        statistics.Jitter.TotalMilliseconds.ShouldBe(10, 0.3);
    }

    [Fact]
    public void Lsr_and_dlsr_speak_of_the_last_sender_report()
    {
        var statistics = new ReceiveStatistics(8000);
        statistics.BuildReport(1, Ms(1)).LastSenderReport.ShouldBe(0u);
        statistics.OnSenderReport(new NtpTimestamp(0x0102030405060708), Ms(1000));
        var report = statistics.BuildReport(1, Ms(1500));
        report.LastSenderReport.ShouldBe(0x03040506u);
        report.DelaySinceLastSenderReport.ShouldBe(32768u);
    }

    [Fact]
    public void One_stray_number_changes_nothing_and_two_in_sequence_restart()
    {
        var statistics = new ReceiveStatistics(8000);
        statistics.OnPacket(10, 0, Ms(0));
        statistics.OnPacket(30000, 0, Ms(10));
        statistics.ExtendedHighest.ShouldBe(10u);
        statistics.OnPacket(30001, 160, Ms(30));
        statistics.ExtendedHighest.ShouldBe(30001u);
        statistics.CumulativeLost.ShouldBe(0);
    }

    [Fact]
    public void A_missing_packet_is_asked_for_after_the_grace_and_then_every_round_trip()
    {
        var nack = new NackGenerator();
        Span<ushort> lost = stackalloc ushort[10];
        nack.Received(65534, Ms(0));
        nack.Received(1, Ms(5));
        nack.Poll(Ms(10), TimeSpan.Zero, lost).ShouldBe(0);
        nack.NextDeadline.ShouldBe(Ms(20));
        nack.Poll(Ms(20), TimeSpan.FromMilliseconds(80), lost).ShouldBe(2);
        lost[..2].ToArray().ShouldBe([65535, 0]);
        nack.Poll(Ms(90), TimeSpan.FromMilliseconds(80), lost).ShouldBe(0);
        nack.Received(65535, Ms(95));
        nack.Poll(Ms(100), TimeSpan.FromMilliseconds(80), lost).ShouldBe(1);
        lost[0].ShouldBe((ushort)0);
    }

    [Fact]
    public void Reordering_within_the_grace_is_never_asked_for()
    {
        var nack = new NackGenerator();
        Span<ushort> lost = stackalloc ushort[10];
        nack.Received(1, Ms(0));
        nack.Received(3, Ms(1));
        nack.Received(2, Ms(10));
        nack.Poll(Ms(100), TimeSpan.Zero, lost).ShouldBe(0);
        nack.NextDeadline.ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void Asking_ends_after_the_last_retry_or_the_age_limit()
    {
        var nack = new NackGenerator(new NackOptions { MaxRetries = 3 });
        Span<ushort> lost = stackalloc ushort[10];
        nack.Received(1, Ms(0));
        nack.Received(3, Ms(0));
        var asked = 0;
        for (var now = 0; now < 500; now += 10)
        {
            asked += nack.Poll(Ms(now), TimeSpan.Zero, lost);
        }

        asked.ShouldBe(3);
        nack.MissingCount.ShouldBe(0);

        nack.Received(5, Ms(500));
        nack.Poll(Ms(1600), TimeSpan.Zero, lost).ShouldBe(0);
        nack.MissingCount.ShouldBe(0);
    }

    [Fact]
    public void A_gap_beyond_the_limit_asks_for_a_keyframe_instead()
    {
        var nack = new NackGenerator();
        nack.Received(1, Ms(0));
        nack.Received(600, Ms(0));
        nack.KeyFrameNeeded.ShouldBeTrue();
        nack.MissingCount.ShouldBe(0);
    }

    [Fact]
    public void What_a_keyframe_made_useless_is_forgotten()
    {
        var nack = new NackGenerator();
        nack.Received(1, Ms(0));
        nack.Received(10, Ms(0));
        nack.ForgetBefore(6);
        nack.MissingCount.ShouldBe(4);
    }

    [Fact]
    public void Rtx_that_carries_no_original_is_refused_unchanged()
    {
        byte[] padding = [0xA0, 97, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4];
        var copy = padding.ToArray();
        RtxDecapsulator.TryDecapsulate(padding, 7, 96, out _).ShouldBeFalse();
        padding.ShouldBe(copy);
    }

    [Fact]
    public void Rtx_damage_never_throws()
    {
        byte[] rtx = [0xB0, 97, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0xBE, 0xDE, 0, 1, 0x10, 5, 0, 0, 1, 2, 3, 4, 5, 0, 2];
        Damage.Survives(
            rtx,
            static bytes =>
            {
                var copy = bytes.ToArray();
                if (RtxDecapsulator.TryDecapsulate(copy, 7, 96, out var length))
                {
                    RtpPacket.TryParse(copy.AsSpan(0, length), out var packet).ShouldBeTrue();
                    packet.Ssrc.ShouldBe(7u);
                }
            }
        );
    }

    private static SenderInfo Report(double seconds, uint timestamp) =>
        new(1, NtpTimestamp.FromTicks((long)(seconds * TimeSpan.TicksPerSecond)), timestamp, 0, 0);

    [Fact]
    public void Audio_and_video_of_one_sender_meet_on_our_clock()
    {
        var sender = new SenderClock();
        var audio = new RtpClockMap(48000, sender);
        var video = new RtpClockMap(90000, sender);
        audio.ToLocal(5, Ms(77)).ShouldBe(Ms(77)); // before the first report: its arrival

        audio.OnSenderReport(Report(5000, uint.MaxValue - 47), Ms(100));
        video.OnSenderReport(Report(5000.5, 90_000), Ms(640)); // 40 ms more on its way than the other
        var fromAudio = audio.ToLocal(48000 - 48, Ms(9999));
        var fromVideo = video.ToLocal(90_000 + 45_000, Ms(9999));
        (fromAudio - fromVideo).TotalMilliseconds.ShouldBe(0, 0.1);
        fromAudio.TotalMilliseconds.ShouldBe(1100, 0.1);
    }

    [Fact]
    public void Repeated_and_outdated_sender_reports_change_nothing()
    {
        var map = new RtpClockMap(1000, new SenderClock());
        map.OnSenderReport(Report(100, 5000), Ms(0));
        map.OnSenderReport(Report(100, 9000), Ms(10));
        map.OnSenderReport(Report(99, 9000), Ms(20));
        map.TryToSenderTicks(5500, out var ticks).ShouldBeTrue();
        (ticks / (double)TimeSpan.TicksPerSecond).ShouldBe(100.5, 1e-6);
    }

    [Fact]
    public void A_sender_that_sets_its_clock_is_followed()
    {
        var map = new RtpClockMap(1000, new SenderClock());
        map.OnSenderReport(Report(100, 5000), Ms(1000));
        map.OnSenderReport(Report(5, 6000), Ms(2000));
        map.ToLocal(6000, MediaTime.Zero).TotalMilliseconds.ShouldBe(2000, 0.1);
    }

    [Fact]
    public void A_receive_stream_counts_restored_packets_as_repaired_not_as_received()
    {
        var stream = new ReceiveStream(
            new ReceiveStreamOptions
            {
                Ssrc = 5,
                ClockRateHz = 90000,
                Nack = new NackOptions(),
            },
            new SenderClock()
        );
        stream.OnRtp(Packet(1), Ms(0));
        stream.OnRtp(Packet(3), Ms(1));
        Span<ushort> lost = stackalloc ushort[4];
        stream.PollNacks(Ms(50), TimeSpan.Zero, lost).ShouldBe(1);
        stream.OnRtp(Packet(2), Ms(60), isRestored: true);
        stream.PollNacks(Ms(200), TimeSpan.Zero, lost).ShouldBe(0);
        stream.BuildReport(Ms(200)).CumulativeLost.ShouldBe(1);
        stream.NextDeadline.ShouldBe(MediaTime.Never);
    }

    private static RtpPacket Packet(ushort sequence)
    {
        var bytes = new byte[13];
        bytes[0] = 0x80;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(2), sequence);
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        return packet;
    }
}
