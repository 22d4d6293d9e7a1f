using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>
/// Builds a compound or reduced-size RTCP datagram in a span (RFC 3550 section 6, RFC 4585, RFC 5506). Each method adds one packet
/// and returns true, or returns false and leaves everything as it was where the packet does not fit.
/// </summary>
public ref struct RtcpWriter(Span<byte> destination)
{
    private const int HeaderLength = 4;
    private const int MaxReports = 31;

    private readonly Span<byte> _datagram = destination;

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>What was written so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _datagram[..Length];

    /// <summary>Adds an SR. At most 31 blocks.</summary>
    public bool TryAddSenderReport(in SenderInfo info, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        if (
            !TryBegin(
                RtcpPacketType.SenderReport,
                blocks.Length,
                SenderReport.InfoLength + (blocks.Length * ReportBlock.Length),
                out var body
            )
        )
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(body, info.Ssrc);
        BinaryPrimitives.WriteUInt64BigEndian(body[4..], info.Ntp.Value);
        BinaryPrimitives.WriteUInt32BigEndian(body[12..], info.RtpTimestamp);
        BinaryPrimitives.WriteUInt32BigEndian(body[16..], info.PacketCount);
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], info.OctetCount);
        WriteBlocks(body[SenderReport.InfoLength..], blocks);
        return true;
    }

    /// <summary>Adds an RR. At most 31 blocks; none is a valid, empty report.</summary>
    public bool TryAddReceiverReport(uint ssrc, scoped ReadOnlySpan<ReportBlock> blocks)
    {
        if (!TryBegin(RtcpPacketType.ReceiverReport, blocks.Length, 4 + (blocks.Length * ReportBlock.Length), out var body))
        {
            return false;
        }

        BinaryPrimitives.WriteUInt32BigEndian(body, ssrc);
        WriteBlocks(body[4..], blocks);
        return true;
    }

    /// <summary>Adds an SDES with one CNAME of at most 255 UTF-8 bytes.</summary>
    public bool TryAddCname(uint ssrc, scoped ReadOnlySpan<byte> cname)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(cname.Length, 255, nameof(cname));
        var padded = (4 + 2 + cname.Length + 4) & ~3; // at least one zero ends the items
        if (!TryBegin(RtcpPacketType.SourceDescription, 1, padded, out var body))
        {
            return false;
        }

        body.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(body, ssrc);
        body[4] = 1;
        body[5] = (byte)cname.Length;
        cname.CopyTo(body[6..]);
        return true;
    }

    /// <summary>Adds a BYE for up to 31 sources, without a reason.</summary>
    public bool TryAddBye(scoped ReadOnlySpan<uint> sources)
    {
        if (!TryBegin(RtcpPacketType.Bye, sources.Length, sources.Length * 4, out var body))
        {
            return false;
        }

        WriteSources(body, sources);
        return true;
    }

    /// <summary>Adds a generic NACK for sequence numbers that grow (modulo 2^16), packing neighbours into one entry.</summary>
    public bool TryAddNack(FeedbackSources sources, scoped ReadOnlySpan<ushort> lost)
    {
        var entries = CountNackEntries(lost);
        if (!TryBegin(RtcpPacketType.TransportLayerFeedback, RtcpFormat.Nack, FeedbackSources.Length + (entries * 4), out var body))
        {
            return false;
        }

        WriteSources(body, [sources.Sender, sources.Media]);
        var rest = body[FeedbackSources.Length..];
        for (var i = 0; i < lost.Length; rest = rest[4..])
        {
            var packetId = lost[i++];
            var bits = 0;
            for (; i < lost.Length && (ushort)(lost[i] - packetId) is >= 1 and <= 16; i++)
            {
                bits |= 1 << ((ushort)(lost[i] - packetId) - 1);
            }

            BinaryPrimitives.WriteUInt16BigEndian(rest, packetId);
            BinaryPrimitives.WriteUInt16BigEndian(rest[2..], (ushort)bits);
        }

        return true;
    }

    public bool TryAddPictureLossIndication(FeedbackSources sources)
    {
        if (!TryBegin(RtcpPacketType.PayloadSpecificFeedback, RtcpFormat.PictureLossIndication, FeedbackSources.Length, out var body))
        {
            return false;
        }

        WriteSources(body, [sources.Sender, sources.Media]);
        return true;
    }

    public bool TryAddFullIntraRequest(uint sender, FullIntraRequestEntry entry)
    {
        if (!TryBegin(RtcpPacketType.PayloadSpecificFeedback, RtcpFormat.FullIntraRequest, FeedbackSources.Length + 8, out var body))
        {
            return false;
        }

        WriteSources(body, [sender, 0, entry.Ssrc, (uint)entry.Sequence << 24]);
        return true;
    }

    /// <summary>Adds a REMB for up to 255 sources. The bitrate is rounded down to 18 significant bits.</summary>
    public bool TryAddBitrateEstimate(uint sender, long bitrateBps, scoped ReadOnlySpan<uint> sources)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bitrateBps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(sources.Length, 255, nameof(sources));
        if (
            !TryBegin(
                RtcpPacketType.PayloadSpecificFeedback,
                RtcpFormat.ApplicationLayerFeedback,
                FeedbackSources.Length + 8 + (sources.Length * 4),
                out var body
            )
        )
        {
            return false;
        }

        var exponent = Math.Max(0, 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)bitrateBps) - 18);
        var mantissa = (uint)(bitrateBps >> exponent);
        WriteSources(body, [sender, 0, ReceiverEstimatedBitrate.Name, ((uint)sources.Length << 24) | ((uint)exponent << 18) | mantissa]);
        WriteSources(body[16..], sources);
        return true;
    }

    /// <summary>Adds a transport-wide feedback, already encoded, whose length is a multiple of 4.</summary>
    internal bool TryAddTransportFeedback(scoped ReadOnlySpan<byte> encoded)
    {
        if (!TryBegin(RtcpPacketType.TransportLayerFeedback, RtcpFormat.TransportFeedback, encoded.Length, out var body))
        {
            return false;
        }

        encoded.CopyTo(body);
        return true;
    }

    private static int CountNackEntries(scoped ReadOnlySpan<ushort> lost)
    {
        var entries = 0;
        for (var i = 0; i < lost.Length; entries++)
        {
            var packetId = lost[i++];
            while (i < lost.Length && (ushort)(lost[i] - packetId) is >= 1 and <= 16)
            {
                i++;
            }
        }

        return entries;
    }

    private static void WriteSources(Span<byte> target, scoped ReadOnlySpan<uint> sources)
    {
        for (var i = 0; i < sources.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(target[(i * 4)..], sources[i]);
        }
    }

    private static void WriteBlocks(Span<byte> target, ReadOnlySpan<ReportBlock> blocks)
    {
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i].Write(target[(i * ReportBlock.Length)..]);
        }
    }

    private bool TryBegin(RtcpPacketType type, int count, int bodyLength, out Span<byte> body)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, MaxReports);
        body = default;
        if (Length + HeaderLength + bodyLength > _datagram.Length)
        {
            return false;
        }

        var packet = _datagram.Slice(Length, HeaderLength + bodyLength);
        packet[0] = (byte)(0x80 | count);
        packet[1] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)(bodyLength / 4));
        body = packet[HeaderLength..];
        Length += packet.Length;
        return true;
    }
}
