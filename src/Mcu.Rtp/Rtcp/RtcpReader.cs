using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>RTCP packet types (RFC 3550 section 12.1, RFC 4585 section 6.1).</summary>
public enum RtcpPacketType : byte
{
    SenderReport = 200,
    ReceiverReport = 201,
    SourceDescription = 202,
    Bye = 203,
    Application = 204,

    /// <summary>RTPFB: <see cref="RtcpFormat.Nack"/>, <see cref="RtcpFormat.TransportFeedback"/>.</summary>
    TransportLayerFeedback = 205,

    /// <summary>PSFB: <see cref="RtcpFormat.PictureLossIndication"/>, <see cref="RtcpFormat.FullIntraRequest"/>, <see cref="RtcpFormat.ApplicationLayerFeedback"/>.</summary>
    PayloadSpecificFeedback = 206,
}

/// <summary>FMT values of feedback messages.</summary>
public static class RtcpFormat
{
    public const byte Nack = 1;
    public const byte TransportFeedback = 15;
    public const byte PictureLossIndication = 1;
    public const byte FullIntraRequest = 4;
    public const byte ApplicationLayerFeedback = 15;
}

/// <summary>One packet of a compound: its header and what follows the header, without padding.</summary>
/// <param name="type">Packet type.</param>
/// <param name="count">The five bits after version and padding: report or source count, or FMT.</param>
/// <param name="body">Everything behind the four-byte header.</param>
public readonly ref struct RtcpPacket(RtcpPacketType type, byte count, ReadOnlySpan<byte> body)
{
    public RtcpPacketType Type { get; } = type;

    public byte Count { get; } = count;

    public ReadOnlySpan<byte> Body { get; } = body;

    internal bool Is(RtcpPacketType type, byte format) => Type == type && Count == format;
}

/// <summary>
/// Walks over the packets of a compound or reduced-size RTCP datagram (RFC 3550 section 6.1, RFC 5506).
/// Stops at the first packet whose header does not hold, and says so in <see cref="IsMalformed"/>.
/// </summary>
public ref struct RtcpReader(ReadOnlySpan<byte> datagram)
{
    private const int HeaderLength = 4;

    private ReadOnlySpan<byte> _rest = datagram;

    /// <summary>True once something was found that is not RTCP version 2 or overruns the datagram.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next packet; false at the end or at damage.</summary>
    public bool TryRead(out RtcpPacket packet)
    {
        packet = default;
        if (_rest.IsEmpty || IsMalformed)
        {
            return false;
        }

        IsMalformed = true;
        if (_rest.Length < HeaderLength || _rest[0] >> 6 != 2)
        {
            return false;
        }

        var length = (BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) + 1) * 4;
        if (length > _rest.Length)
        {
            return false;
        }

        var padding = (_rest[0] & 0x20) != 0 ? _rest[length - 1] : 0;
        if (padding > length - HeaderLength || ((_rest[0] & 0x20) != 0 && padding == 0))
        {
            return false;
        }

        IsMalformed = false;
        var body = _rest[HeaderLength..(length - padding)];
        packet = new RtcpPacket((RtcpPacketType)_rest[1], (byte)(_rest[0] & 0x1F), body);
        _rest = _rest[length..];
        return true;
    }
}
