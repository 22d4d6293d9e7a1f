using Mcu.Rtp.Rtcp;

namespace Mcu.Fuzz.Targets;

/// <summary>Every packet of a compound is within it, every typed view is bounded by its packet, and what we also write reads the same.</summary>
internal static class RtcpTarget
{
    public static void Run(ReadOnlySpan<byte> input)
    {
        var reader = new RtcpReader(input);
        var consumed = 0;
        while (reader.TryRead(out var packet))
        {
            Oracle.Within(input, packet.Body, "a packet");
            Oracle.Holds(packet.Count <= 31, "range of the count");
            consumed += 4 + packet.Body.Length;
            Reports(packet);
            Sources(input, packet);
            Nack(packet);
            Requests(packet);
            Bitrate(packet);
            Transport(packet);
        }

        Oracle.Holds(consumed <= input.Length, "the packets are longer than the datagram");
        Oracle.Holds(reader.IsMalformed || consumed > 0 || input.IsEmpty, "a datagram is neither read nor refused");
    }

    private static void Reports(in RtcpPacket packet)
    {
        var writer = new RtcpWriter(new byte[1024]);
        if (SenderReport.TryParse(packet, out var sent))
        {
            Oracle.Holds(writer.TryAddSenderReport(sent.Info, ToArray(sent.Blocks)), "an SR does not fit");
            Oracle.Holds(SenderReport.TryParse(First(writer.Written), out var again), "a written SR is not read");
            Oracle.Equal(again.Info, sent.Info, "sender info");
            Oracle.Holds(ToArray(again.Blocks).SequenceEqual(ToArray(sent.Blocks)), "the blocks of an SR changed");
        }

        if (ReceiverReport.TryParse(packet, out var received))
        {
            Oracle.Holds(writer.TryAddReceiverReport(received.Ssrc, ToArray(received.Blocks)), "an RR does not fit");
            Oracle.Holds(ReceiverReport.TryParse(First(writer.Written), out var again), "a written RR is not read");
            Oracle.Equal(again.Ssrc, received.Ssrc, "reporter");
            Oracle.Holds(ToArray(again.Blocks).SequenceEqual(ToArray(received.Blocks)), "the blocks of an RR changed");
        }
    }

    private static ReportBlock[] ToArray(ReportBlocks blocks)
    {
        var array = new ReportBlock[blocks.Count];
        for (var i = 0; i < array.Length; i++)
        {
            array[i] = blocks[i];
        }

        return array;
    }

    private static void Sources(ReadOnlySpan<byte> input, in RtcpPacket packet)
    {
        if (SourceDescription.TryParse(packet, out var description))
        {
            var chunks = 0;
            for (; description.TryReadCname(out var ssrc, out var cname); chunks++)
            {
                Oracle.Within(input, cname, "a CNAME");
                var writer = new RtcpWriter(new byte[512]);
                Oracle.Holds(writer.TryAddCname(ssrc, cname), "a CNAME does not fit");
                Oracle.Holds(SourceDescription.TryParse(First(writer.Written), out var written), "a written SDES is not read");
                Oracle.Holds(written.TryReadCname(out var ssrcAgain, out var again), "a written CNAME is not read");
                Oracle.Equal(ssrcAgain, ssrc, "source of a CNAME");
                Oracle.SameBytes(again, cname, "CNAME");
            }

            Oracle.Holds(chunks <= packet.Count, "more CNAMEs than chunks");
        }

        if (Bye.TryParse(packet, out var bye))
        {
            Oracle.Equal(bye.Count, packet.Count, "sources of a BYE");
            Oracle.Within(input, bye.Reason, "the reason of a BYE");
            for (var i = 0; i < bye.Count; i++)
            {
                _ = bye[i];
            }
        }
    }

    private static void Nack(in RtcpPacket packet)
    {
        if (!NackFeedback.TryParse(packet, out var nack))
        {
            return;
        }

        var lost = new List<ushort>();
        foreach (var sequence in nack)
        {
            lost.Add(sequence);
        }

        Oracle.Holds(lost.Count <= packet.Body.Length / 4 * 17, "a NACK names more packets than it has bits");
        var writer = new RtcpWriter(new byte[64 + (4 * lost.Count)]);
        Oracle.Holds(writer.TryAddNack(nack.Sources, [.. lost]), "a NACK does not fit");
        Oracle.Holds(NackFeedback.TryParse(First(writer.Written), out var written), "a written NACK is not read");
        Oracle.Equal(written.Sources, nack.Sources, "sources of a NACK");
        var again = new HashSet<ushort>();
        foreach (var sequence in written)
        {
            again.Add(sequence);
        }

        Oracle.Holds(again.SetEquals(lost), "a written NACK names other packets");
    }

    private static void Requests(in RtcpPacket packet)
    {
        var writer = new RtcpWriter(new byte[64]);
        if (PictureLossIndication.TryParse(packet, out var sources))
        {
            writer.TryAddPictureLossIndication(sources);
            Oracle.Holds(PictureLossIndication.TryParse(First(writer.Written), out var again), "a written PLI is not read");
            Oracle.Equal(again, sources, "sources of a PLI");
        }

        if (FullIntraRequest.TryParse(packet, out var request))
        {
            Oracle.Holds(request.Count * 8 <= packet.Body.Length, "a FIR has more entries than bytes");
            for (var i = 0; i < request.Count; i++)
            {
                writer = new RtcpWriter(new byte[64]);
                writer.TryAddFullIntraRequest(request.Sender, request[i]);
                Oracle.Holds(FullIntraRequest.TryParse(First(writer.Written), out var again), "a written FIR is not read");
                Oracle.Equal(again[0], request[i], "entry of a FIR");
            }
        }
    }

    private static void Bitrate(in RtcpPacket packet)
    {
        if (!ReceiverEstimatedBitrate.TryParse(packet, out var remb))
        {
            return;
        }

        Oracle.Holds(remb.BitrateBps >= 0, "a negative bitrate");
        var sources = new uint[remb.Count];
        for (var i = 0; i < sources.Length; i++)
        {
            sources[i] = remb[i];
        }

        var writer = new RtcpWriter(new byte[2048]);
        Oracle.Holds(writer.TryAddBitrateEstimate(remb.Sender, remb.BitrateBps, sources), "a REMB does not fit");
        Oracle.Holds(ReceiverEstimatedBitrate.TryParse(First(writer.Written), out var again), "a written REMB is not read");
        Oracle.Equal(again.Count, remb.Count, "sources of a REMB");
        // Beyond 63 bits the reader saturates to a number of more than the 18 significant bits that are written.
        Oracle.Holds(again.BitrateBps == remb.BitrateBps || remb.BitrateBps == long.MaxValue, "the bitrate of a REMB changed");
    }

    private static void Transport(in RtcpPacket packet)
    {
        if (!TransportFeedback.TryParse(packet, out var feedback))
        {
            return;
        }

        var count = 0;
        foreach (var status in feedback)
        {
            Oracle.Equal(status.Sequence, (ushort)(feedback.BaseSequence + count++), "sequence number of a status");
            Oracle.Holds(status.Received || status.Arrival == TimeSpan.Zero, "a lost packet arrived");
        }

        Oracle.Holds(count <= feedback.StatusCount, "more statuses than announced");
    }

    private static RtcpPacket First(ReadOnlySpan<byte> written)
    {
        var reader = new RtcpReader(written);
        Oracle.Holds(reader.TryRead(out var packet), "a written packet is not read");
        return packet;
    }
}
