using CsCheck;
using Mcu.Media;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Rtcp;

public class TransportFeedbackTests
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    private static List<PacketStatus> Report(TransportFeedbackBuilder builder, MediaTime now, List<byte[]>? messages = null)
    {
        var statuses = new List<PacketStatus>();
        while (true)
        {
            var writer = new RtcpWriter(new byte[1200]);
            if (!builder.TryWrite(now, new FeedbackSources(1, 2), ref writer))
            {
                return statuses;
            }

            messages?.Add(writer.Written.ToArray());
            new RtcpReader(writer.Written).TryRead(out var packet).ShouldBeTrue();
            TransportFeedback.TryParse(packet, out var feedback).ShouldBeTrue();
            feedback.Sources.ShouldBe(new FeedbackSources(1, 2));
            var count = 0;
            foreach (var status in feedback)
            {
                statuses.Add(status);
                count++;
            }

            count.ShouldBe(feedback.StatusCount);
        }
    }

    [Fact]
    public void The_example_layout_of_the_draft_is_read()
    {
        // Base 5, 7 packets: run of 2 small deltas, then a two-bit vector (0, 2, 0, 1, 1).
        byte[] bytes =
        [
            0x8F,
            205,
            0,
            7,
            0,
            0,
            0,
            1,
            0,
            0,
            0,
            2,
            0,
            5,
            0,
            7,
            0,
            0,
            2,
            9,
            0x20,
            0x02,
            0xC8,
            0x50,
            4,
            8,
            0xFF,
            0xFC,
            1,
            2,
            0,
            0,
        ];
        new RtcpReader(bytes).TryRead(out var packet).ShouldBeTrue();
        TransportFeedback.TryParse(packet, out var feedback).ShouldBeTrue();
        feedback.BaseSequence.ShouldBe((ushort)5);
        feedback.FeedbackCount.ShouldBe((byte)9);
        var statuses = new List<PacketStatus>();
        foreach (var status in feedback)
        {
            statuses.Add(status);
        }

        statuses.Select(s => s.Received).ShouldBe([true, true, false, true, false, true, true]);
        statuses[0].Arrival.TotalMilliseconds.ShouldBe(129);
        statuses[1].Arrival.TotalMilliseconds.ShouldBe(131);
        statuses[3].Arrival.TotalMilliseconds.ShouldBe(130); // a negative delta: it overtook
        statuses[6].Sequence.ShouldBe((ushort)11);
    }

    [Fact]
    public void However_many_wait_for_a_report_all_are_told_of_and_late_ones_again()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        var now = MediaTime.FromMilliseconds(1000);
        for (ushort i = 0; i < 3000; i++)
        {
            now += TimeSpan.FromMilliseconds(1);
            if (i % 7 != 3)
            {
                builder.OnPacket(i, now);
                builder.OnPacket(i, now); // a duplicate changes nothing
            }
        }

        var all = Report(builder, now + s_interval);
        all.Select(status => (int)status.Sequence).ShouldBe(Enumerable.Range(0, 2999), "up to the last that came");
        all.ShouldAllBe(status => status.Received == (status.Sequence % 7 != 3));

        builder.OnPacket(10, now + s_interval); // 10 is late by 2988 numbers
        var again = Report(builder, now + (3 * s_interval));
        again[0].ShouldSatisfyAllConditions(status => status.Sequence.ShouldBe((ushort)10), status => status.Received.ShouldBeTrue());
        again.Count.ShouldBe(2989);
        again.ShouldAllBe(status => status.Received == (status.Sequence % 7 != 3 || status.Sequence == 10));
    }

    [Fact]
    public void Nothing_is_reported_before_it_is_due_or_twice()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        builder.NextDeadline.ShouldBe(MediaTime.Never);
        builder.OnPacket(7, MediaTime.FromMilliseconds(1000));
        Report(builder, MediaTime.FromMilliseconds(1050)).ShouldBeEmpty();
        builder.NextDeadline.ShouldBe(MediaTime.FromMilliseconds(1100));
        Report(builder, MediaTime.FromMilliseconds(1100)).Count.ShouldBe(1);
        Report(builder, MediaTime.FromMilliseconds(1200)).ShouldBeEmpty();
        builder.NextDeadline.ShouldBe(MediaTime.Never);
    }

    [Theory]
    [InlineData(60, 20, 250)] // sound at 24 kbit/s
    [InlineData(1200, 80, 91)] // 120 kbit/s: 68 bytes in a twentieth of it
    [InlineData(1200, 5, 50)]
    public void Reports_take_a_twentieth_of_what_is_received_within_bounds(int bytes, int everyMs, int expectedMs)
    {
        var builder = new TransportFeedbackBuilder(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(250));
        var now = MediaTime.FromMilliseconds(1000);
        for (ushort i = 0; i < 400; i++)
        {
            now += TimeSpan.FromMilliseconds(everyMs);
            builder.OnPacket(i, now, bytes);
            Report(builder, now);
        }

        Report(builder, now + TimeSpan.FromSeconds(1));
        builder.OnPacket(400, now + TimeSpan.FromMilliseconds(1), bytes);
        (builder.NextDeadline - (now + TimeSpan.FromMilliseconds(1))).TotalMilliseconds.ShouldBe(expectedMs, 3);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, 50)]
    [InlineData(2_500, 217.6)] // 68 bytes each
    [InlineData(800, 500)] // no rarer than that
    public void Where_the_way_back_is_narrow_reports_are_rarer(double mostBps, double expectedMs)
    {
        var builder = new TransportFeedbackBuilder(TimeSpan.FromMilliseconds(50)) { MostBps = mostBps };
        var now = MediaTime.FromMilliseconds(1000);
        builder.OnPacket(1, now, 1200);
        (builder.NextDeadline - now).TotalMilliseconds.ShouldBe(expectedMs, 0.1);
    }

    [Fact]
    public void A_packet_reported_missing_is_reported_again_when_it_comes()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        builder.OnPacket(1, MediaTime.FromMilliseconds(1000));
        builder.OnPacket(3, MediaTime.FromMilliseconds(1010));
        Report(builder, MediaTime.FromMilliseconds(1100)).Select(s => s.Received).ShouldBe([true, false, true]);
        builder.OnPacket(2, MediaTime.FromMilliseconds(1120));
        var again = Report(builder, MediaTime.FromMilliseconds(1300));
        again[0].Sequence.ShouldBe((ushort)2);
        again[0].Received.ShouldBeTrue();
    }

    [Fact]
    public void Arrivals_further_apart_than_16_bits_go_into_separate_messages()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        builder.OnPacket(1, MediaTime.FromMilliseconds(1000));
        builder.OnPacket(2, MediaTime.FromMilliseconds(20_000));
        var messages = new List<byte[]>();
        Report(builder, MediaTime.FromMilliseconds(20_100), messages).Count.ShouldBe(2);
        messages.Count.ShouldBe(2);
    }

    [Fact]
    public void Any_arrivals_survive_encoding_in_order_or_not_across_the_wrap() =>
        Gen.Select(Gen.UShort, Gen.Select(Gen.Int[0, 99], Gen.Int[-40, 2500], Gen.Int[0, 5]).Array[1, 700])
            .Sample(
                (first, steps) =>
                {
                    var builder = new TransportFeedbackBuilder(s_interval);
                    var arrivals = new Dictionary<ushort, long>();
                    var sequence = first;
                    var now = 100_000L; // in units of 250 µs
                    foreach (var (loss, gap, step) in steps)
                    {
                        now += gap / (gap > 100 ? 100 : 10);
                        if (loss >= 20)
                        {
                            builder.OnPacket(sequence, new MediaTime(now * TransportFeedback.DeltaTicks));
                            arrivals.TryAdd(sequence, now);
                        }

                        sequence += (ushort)(step > 3 ? 2 : 1);
                    }

                    var statuses = Report(builder, new MediaTime(now * TransportFeedback.DeltaTicks) + TimeSpan.FromSeconds(1));
                    statuses.Count(s => s.Received).ShouldBe(arrivals.Count);
                    foreach (var status in statuses.Where(s => s.Received))
                    {
                        (status.Arrival.Ticks / TransportFeedback.DeltaTicks).ShouldBe(arrivals[status.Sequence]);
                    }
                },
                iter: 200
            );

    [Fact]
    public void A_thousand_packets_of_jitter_fit_into_few_messages()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        var random = new Random(3);
        for (var i = 0; i < 1000; i++)
        {
            builder.OnPacket((ushort)(65000 + i), MediaTime.FromMilliseconds(1000 + (i * 0.5) + random.Next(3)));
        }

        var messages = new List<byte[]>();
        Report(builder, MediaTime.FromMilliseconds(3000), messages).Count.ShouldBe(1000);
        messages.Count.ShouldBeLessThanOrEqualTo(3);
        messages.ShouldAllBe(m => m.Length <= 1200 && m.Length % 4 == 0);
    }

    [Fact]
    public void Damage_never_throws()
    {
        var builder = new TransportFeedbackBuilder(s_interval);
        for (var i = 0; i < 60; i += 1 + (i % 3))
        {
            builder.OnPacket((ushort)i, MediaTime.FromMilliseconds(1000 + (i * 90)));
        }

        var messages = new List<byte[]>();
        Report(builder, MediaTime.FromMilliseconds(10_000), messages);
        Damage.Survives(messages[0], RtcpTests.ReadEverything, mutations: 5000);
    }
}
