using CsCheck;
using Mcu.Rtp.Rtcp;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Rtcp;

public class RtcpTests
{
    private static readonly ReportBlock s_block = new(0x1111, 25, -3, 0x0001_0002, 77, 0xAAAA_BBBB, 0x1_0000);
    private static readonly SenderInfo s_info = new(0xCAFE, new NtpTimestamp(0x0102030405060708), 90000, 10, 1000);

    private static byte[] Compound()
    {
        var bytes = new byte[600];
        var writer = new RtcpWriter(bytes);
        writer.TryAddSenderReport(s_info, [s_block, s_block with { Ssrc = 2 }]).ShouldBeTrue();
        writer.TryAddReceiverReport(7, [s_block]).ShouldBeTrue();
        writer.TryAddCname(0xCAFE, "mcu@example"u8).ShouldBeTrue();
        writer.TryAddNack(new(1, 2), [65535, 0, 15, 16, 100]).ShouldBeTrue();
        writer.TryAddPictureLossIndication(new(3, 4)).ShouldBeTrue();
        writer.TryAddFullIntraRequest(5, new(6, 9)).ShouldBeTrue();
        writer.TryAddBitrateEstimate(8, 1_234_567, [10, 11]).ShouldBeTrue();
        writer.TryAddBye([12, 13]).ShouldBeTrue();
        return bytes[..writer.Length];
    }

    [Fact]
    public void A_compound_is_read_as_it_was_written()
    {
        var reader = new RtcpReader(Compound());

        reader.TryRead(out var packet).ShouldBeTrue();
        SenderReport.TryParse(packet, out var sr).ShouldBeTrue();
        sr.Info.ShouldBe(s_info);
        sr.Blocks.Count.ShouldBe(2);
        sr.Blocks[0].ShouldBe(s_block);

        reader.TryRead(out packet).ShouldBeTrue();
        ReceiverReport.TryParse(packet, out var rr).ShouldBeTrue();
        rr.Ssrc.ShouldBe(7u);
        rr.Blocks[0].ShouldBe(s_block);

        reader.TryRead(out packet).ShouldBeTrue();
        SourceDescription.TryParse(packet, out var sdes).ShouldBeTrue();
        sdes.TryReadCname(out var ssrc, out var cname).ShouldBeTrue();
        ssrc.ShouldBe(0xCAFEu);
        cname.SequenceEqual("mcu@example"u8).ShouldBeTrue();
        sdes.TryReadCname(out _, out _).ShouldBeFalse();

        reader.TryRead(out packet).ShouldBeTrue();
        NackFeedback.TryParse(packet, out var nack).ShouldBeTrue();
        nack.Sources.ShouldBe(new FeedbackSources(1, 2));
        Sequences(nack).ShouldBe([65535, 0, 15, 16, 100]);

        reader.TryRead(out packet).ShouldBeTrue();
        PictureLossIndication.TryParse(packet, out var pli).ShouldBeTrue();
        pli.ShouldBe(new FeedbackSources(3, 4));

        reader.TryRead(out packet).ShouldBeTrue();
        FullIntraRequest.TryParse(packet, out var fir).ShouldBeTrue();
        fir.Count.ShouldBe(1);
        fir[0].ShouldBe(new FullIntraRequestEntry(6, 9));

        reader.TryRead(out packet).ShouldBeTrue();
        ReceiverEstimatedBitrate.TryParse(packet, out var remb).ShouldBeTrue();
        remb.BitrateBps.ShouldBeInRange(1_234_500, 1_234_567);
        remb.Count.ShouldBe(2);
        remb[1].ShouldBe(11u);

        reader.TryRead(out packet).ShouldBeTrue();
        Bye.TryParse(packet, out var bye).ShouldBeTrue();
        bye.Count.ShouldBe(2);
        bye[1].ShouldBe(13u);

        reader.TryRead(out _).ShouldBeFalse();
        reader.IsMalformed.ShouldBeFalse();
    }

    [Fact]
    public void Bye_gives_its_reason()
    {
        byte[] bytes = [0x81, 203, 0, 3, 0, 0, 0, 9, 3, (byte)'b', (byte)'y', (byte)'e', 0, 0, 0, 0];
        var reader = new RtcpReader(bytes);
        reader.TryRead(out var packet).ShouldBeTrue();
        Bye.TryParse(packet, out var bye).ShouldBeTrue();
        bye.Reason.SequenceEqual("bye"u8).ShouldBeTrue();
    }

    [Fact]
    public void Padding_of_the_last_packet_is_taken_off()
    {
        byte[] bytes = [0xA0, 201, 0, 2, 0, 0, 0, 9, 0, 0, 0, 4];
        var reader = new RtcpReader(bytes);
        reader.TryRead(out var packet).ShouldBeTrue();
        packet.Body.Length.ShouldBe(4);
    }

    [Fact]
    public void A_length_beyond_the_datagram_is_malformed()
    {
        var reader = new RtcpReader([0x80, 201, 0, 9, 0, 0, 0, 1]);
        reader.TryRead(out _).ShouldBeFalse();
        reader.IsMalformed.ShouldBeTrue();
    }

    [Fact]
    public void A_report_that_does_not_hold_its_blocks_is_refused()
    {
        var reader = new RtcpReader([0x81, 201, 0, 1, 0, 0, 0, 1]);
        reader.TryRead(out var packet).ShouldBeTrue();
        ReceiverReport.TryParse(packet, out _).ShouldBeFalse();
    }

    [Fact]
    public void What_does_not_fit_leaves_the_datagram_as_it_was()
    {
        var writer = new RtcpWriter(new byte[20]);
        writer.TryAddPictureLossIndication(new(1, 2)).ShouldBeTrue();
        writer.TryAddPictureLossIndication(new(1, 2)).ShouldBeFalse();
        writer.Length.ShouldBe(12);
    }

    [Fact]
    public void Any_growing_set_of_losses_survives_a_nack() =>
        Gen.Int[0, 300]
            .HashSet[1, 60]
            .Select(Gen.UShort)
            .Sample(
                (offsets, start) =>
                {
                    var lost = offsets.Order().Select(o => (ushort)(start + o)).ToArray();
                    var bytes = new byte[400];
                    var writer = new RtcpWriter(bytes);
                    writer.TryAddNack(new(1, 2), lost).ShouldBeTrue();
                    new RtcpReader(writer.Written).TryRead(out var packet).ShouldBeTrue();
                    NackFeedback.TryParse(packet, out var nack).ShouldBeTrue();
                    Sequences(nack).ShouldBe(lost);
                },
                iter: 300
            );

    [Fact]
    public void Any_bitrate_survives_remb_to_18_bits() =>
        Gen.Long[0, long.MaxValue]
            .Sample(
                bitrate =>
                {
                    var bytes = new byte[40];
                    var writer = new RtcpWriter(bytes);
                    writer.TryAddBitrateEstimate(1, bitrate, [2]).ShouldBeTrue();
                    new RtcpReader(writer.Written).TryRead(out var packet).ShouldBeTrue();
                    ReceiverEstimatedBitrate.TryParse(packet, out var remb).ShouldBeTrue();
                    remb.BitrateBps.ShouldBeLessThanOrEqualTo(bitrate);
                    remb.BitrateBps.ShouldBeGreaterThanOrEqualTo(bitrate - (bitrate >> 17));
                },
                iter: 500
            );

    [Fact]
    public void Damage_never_throws() => Damage.Survives(Compound(), ReadEverything, mutations: 5000);

    internal static void ReadEverything(ReadOnlySpan<byte> bytes)
    {
        var reader = new RtcpReader(bytes);
        while (reader.TryRead(out var packet))
        {
            if (SenderReport.TryParse(packet, out var sr))
            {
                Read(sr.Blocks);
            }

            if (ReceiverReport.TryParse(packet, out var rr))
            {
                Read(rr.Blocks);
            }

            if (SourceDescription.TryParse(packet, out var sdes))
            {
                while (sdes.TryReadCname(out _, out _)) { }
            }

            ReadFeedback(packet);
        }
    }

    private static void ReadFeedback(RtcpPacket packet)
    {
        if (NackFeedback.TryParse(packet, out var nack))
        {
            Sequences(nack);
        }

        if (TransportFeedback.TryParse(packet, out var transport))
        {
            var count = 0;
            foreach (var _ in transport)
            {
                count++;
            }

            count.ShouldBeLessThanOrEqualTo(transport.StatusCount);
        }

        _ = PictureLossIndication.TryParse(packet, out _);
        for (var i = FullIntraRequest.TryParse(packet, out var fir) ? fir.Count - 1 : -1; i >= 0; i--)
        {
            _ = fir[i];
        }

        for (var i = ReceiverEstimatedBitrate.TryParse(packet, out var remb) ? remb.Count - 1 : -1; i >= 0; i--)
        {
            _ = remb[i];
        }

        for (var i = Bye.TryParse(packet, out var bye) ? bye.Count - 1 : -1; i >= 0; i--)
        {
            _ = bye[i];
        }
    }

    private static void Read(ReportBlocks blocks)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            _ = blocks[i];
        }
    }

    private static List<ushort> Sequences(NackFeedback nack)
    {
        var sequences = new List<ushort>();
        foreach (var sequence in nack)
        {
            sequences.Add(sequence);
        }

        return sequences;
    }
}
