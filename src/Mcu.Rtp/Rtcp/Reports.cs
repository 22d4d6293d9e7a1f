using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>One report block of an SR or RR (RFC 3550 section 6.4.1).</summary>
/// <param name="Ssrc">The source reported on.</param>
/// <param name="FractionLost">Of 256, since the last report.</param>
/// <param name="CumulativeLost">Packets; 24 bits signed, negative where duplicates outnumber losses.</param>
/// <param name="ExtendedHighestSequence">Highest sequence number, its cycles in the upper 16 bits.</param>
/// <param name="Jitter">RTP timestamp units.</param>
/// <param name="LastSenderReport">Middle 32 bits of the last SR's NTP time; 0 if there was none.</param>
/// <param name="DelaySinceLastSenderReport">Units of 2^-16 s.</param>
public readonly record struct ReportBlock(
    uint Ssrc,
    byte FractionLost,
    int CumulativeLost,
    uint ExtendedHighestSequence,
    uint Jitter,
    uint LastSenderReport,
    uint DelaySinceLastSenderReport
)
{
    public const int Length = 24;

    internal static ReportBlock Read(ReadOnlySpan<byte> b) =>
        new(
            BinaryPrimitives.ReadUInt32BigEndian(b),
            b[4],
            BinaryPrimitives.ReadInt32BigEndian(b[4..]) << 8 >> 8,
            BinaryPrimitives.ReadUInt32BigEndian(b[8..]),
            BinaryPrimitives.ReadUInt32BigEndian(b[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(b[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(b[20..])
        );

    internal void Write(Span<byte> b)
    {
        BinaryPrimitives.WriteUInt32BigEndian(b, Ssrc);
        var lost = Math.Clamp(CumulativeLost, -0x80_0000, 0x7F_FFFF);
        BinaryPrimitives.WriteUInt32BigEndian(b[4..], ((uint)FractionLost << 24) | ((uint)lost & 0xFF_FFFF));
        BinaryPrimitives.WriteUInt32BigEndian(b[8..], ExtendedHighestSequence);
        BinaryPrimitives.WriteUInt32BigEndian(b[12..], Jitter);
        BinaryPrimitives.WriteUInt32BigEndian(b[16..], LastSenderReport);
        BinaryPrimitives.WriteUInt32BigEndian(b[20..], DelaySinceLastSenderReport);
    }
}

/// <summary>The report blocks of one SR or RR.</summary>
public readonly ref struct ReportBlocks
{
    private readonly ReadOnlySpan<byte> _bytes;

    internal ReportBlocks(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    public int Count => _bytes.Length / ReportBlock.Length;

    public ReportBlock this[int index] => ReportBlock.Read(_bytes[(index * ReportBlock.Length)..]);

    internal static bool TrySlice(ReadOnlySpan<byte> bytes, int count, out ReportBlocks blocks)
    {
        var fits = bytes.Length >= count * ReportBlock.Length;
        blocks = fits ? new ReportBlocks(bytes[..(count * ReportBlock.Length)]) : default;
        return fits;
    }
}

/// <summary>What a sender says about itself in an SR (RFC 3550 section 6.4.1).</summary>
/// <param name="Ssrc">The sender.</param>
/// <param name="Ntp">Wall clock at the moment of the report.</param>
/// <param name="RtpTimestamp">The same moment on the stream's RTP clock.</param>
/// <param name="PacketCount">Packets sent, modulo 2^32.</param>
/// <param name="OctetCount">Payload octets sent, modulo 2^32.</param>
public readonly record struct SenderInfo(uint Ssrc, NtpTimestamp Ntp, uint RtpTimestamp, uint PacketCount, uint OctetCount);

/// <summary>View of a sender report.</summary>
public readonly ref struct SenderReport
{
    internal const int InfoLength = 24;

    private SenderReport(SenderInfo info, ReportBlocks blocks)
    {
        Info = info;
        Blocks = blocks;
    }

    public SenderInfo Info { get; }

    public ReportBlocks Blocks { get; }

    public static bool TryParse(in RtcpPacket packet, out SenderReport report)
    {
        report = default;
        var body = packet.Body;
        if (
            packet.Type != RtcpPacketType.SenderReport
            || body.Length < InfoLength
            || !ReportBlocks.TrySlice(body[InfoLength..], packet.Count, out var blocks)
        )
        {
            return false;
        }

        var info = new SenderInfo(
            BinaryPrimitives.ReadUInt32BigEndian(body),
            new NtpTimestamp(BinaryPrimitives.ReadUInt64BigEndian(body[4..])),
            BinaryPrimitives.ReadUInt32BigEndian(body[12..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[16..]),
            BinaryPrimitives.ReadUInt32BigEndian(body[20..])
        );
        report = new SenderReport(info, blocks);
        return true;
    }
}

/// <summary>View of a receiver report (RFC 3550 section 6.4.2).</summary>
public readonly ref struct ReceiverReport
{
    private ReceiverReport(uint ssrc, ReportBlocks blocks)
    {
        Ssrc = ssrc;
        Blocks = blocks;
    }

    /// <summary>Who reports.</summary>
    public uint Ssrc { get; }

    public ReportBlocks Blocks { get; }

    public static bool TryParse(in RtcpPacket packet, out ReceiverReport report)
    {
        report = default;
        var body = packet.Body;
        if (
            packet.Type != RtcpPacketType.ReceiverReport
            || body.Length < 4
            || !ReportBlocks.TrySlice(body[4..], packet.Count, out var blocks)
        )
        {
            return false;
        }

        report = new ReceiverReport(BinaryPrimitives.ReadUInt32BigEndian(body), blocks);
        return true;
    }
}
