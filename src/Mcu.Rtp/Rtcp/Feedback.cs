using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>The two SSRCs that start every feedback message (RFC 4585 section 6.1).</summary>
/// <param name="Sender">Who sends the feedback.</param>
/// <param name="Media">Whose media it is about; 0 where the message names its targets itself.</param>
public readonly record struct FeedbackSources(uint Sender, uint Media)
{
    internal const int Length = 8;

    internal static bool TryRead(ReadOnlySpan<byte> body, out FeedbackSources sources)
    {
        var fits = body.Length >= Length;
        sources = fits
            ? new FeedbackSources(BinaryPrimitives.ReadUInt32BigEndian(body), BinaryPrimitives.ReadUInt32BigEndian(body[4..]))
            : default;
        return fits;
    }
}

/// <summary>View of a generic NACK (RFC 4585 section 6.2.1): <c>foreach</c> gives each missing sequence number.</summary>
public readonly ref struct NackFeedback
{
    private readonly ReadOnlySpan<byte> _entries;

    private NackFeedback(FeedbackSources sources, ReadOnlySpan<byte> entries)
    {
        Sources = sources;
        _entries = entries;
    }

    public FeedbackSources Sources { get; }

    public static bool TryParse(in RtcpPacket packet, out NackFeedback nack)
    {
        nack = default;
        if (!packet.Is(RtcpPacketType.TransportLayerFeedback, RtcpFormat.Nack) || !FeedbackSources.TryRead(packet.Body, out var sources))
        {
            return false;
        }

        var entries = packet.Body[FeedbackSources.Length..];
        nack = new NackFeedback(sources, entries[..(entries.Length & ~3)]);
        return true;
    }

    public Enumerator GetEnumerator() => new(_entries);

    /// <summary>Walks over PID and the bits of BLP of each entry.</summary>
    public ref struct Enumerator
    {
        private ReadOnlySpan<byte> _rest;
        private ushort _packetId;
        private uint _bits; // bit 0 is the PID itself, bit n is PID + n

        internal Enumerator(ReadOnlySpan<byte> entries) => _rest = entries;

        public ushort Current { get; private set; }

        public bool MoveNext()
        {
            if (_bits == 0)
            {
                if (_rest.Length < 4)
                {
                    return false;
                }

                _packetId = BinaryPrimitives.ReadUInt16BigEndian(_rest);
                _bits = ((uint)BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) << 1) | 1;
                _rest = _rest[4..];
            }

            var bit = System.Numerics.BitOperations.TrailingZeroCount(_bits);
            _bits &= _bits - 1;
            Current = (ushort)(_packetId + bit);
            return true;
        }
    }
}

/// <summary>A request for a keyframe because pictures were lost (RFC 4585 section 6.3.1).</summary>
public static class PictureLossIndication
{
    public static bool TryParse(in RtcpPacket packet, out FeedbackSources sources)
    {
        sources = default;
        return packet.Is(RtcpPacketType.PayloadSpecificFeedback, RtcpFormat.PictureLossIndication)
            && FeedbackSources.TryRead(packet.Body, out sources);
    }
}

/// <summary>One entry of a FIR: who shall send a keyframe, and the number that makes repetitions recognisable.</summary>
public readonly record struct FullIntraRequestEntry(uint Ssrc, byte Sequence);

/// <summary>View of a full intra request (RFC 5104 section 4.3.1).</summary>
public readonly ref struct FullIntraRequest
{
    private const int EntryLength = 8;

    private readonly ReadOnlySpan<byte> _entries;

    private FullIntraRequest(uint sender, ReadOnlySpan<byte> entries)
    {
        Sender = sender;
        _entries = entries;
    }

    public uint Sender { get; }

    public int Count => _entries.Length / EntryLength;

    public FullIntraRequestEntry this[int index]
    {
        get
        {
            var entry = _entries.Slice(index * EntryLength, EntryLength);
            return new FullIntraRequestEntry(BinaryPrimitives.ReadUInt32BigEndian(entry), entry[4]);
        }
    }

    public static bool TryParse(in RtcpPacket packet, out FullIntraRequest request)
    {
        request = default;
        if (
            !packet.Is(RtcpPacketType.PayloadSpecificFeedback, RtcpFormat.FullIntraRequest)
            || !FeedbackSources.TryRead(packet.Body, out var sources)
        )
        {
            return false;
        }

        request = new FullIntraRequest(sources.Sender, packet.Body[FeedbackSources.Length..]);
        return true;
    }
}

/// <summary>View of a receiver-estimated maximum bitrate (draft-alvestrand-rmcat-remb-03).</summary>
public readonly ref struct ReceiverEstimatedBitrate
{
    internal const uint Name = 0x52454D42; // "REMB"

    private readonly ReadOnlySpan<byte> _sources;

    private ReceiverEstimatedBitrate(uint sender, long bitrateBps, ReadOnlySpan<byte> sources)
    {
        Sender = sender;
        BitrateBps = bitrateBps;
        _sources = sources;
    }

    public uint Sender { get; }

    public long BitrateBps { get; }

    public int Count => _sources.Length / 4;

    /// <summary>An SSRC the estimate covers.</summary>
    public uint this[int index] => BinaryPrimitives.ReadUInt32BigEndian(_sources[(index * 4)..]);

    public static bool TryParse(in RtcpPacket packet, out ReceiverEstimatedBitrate remb)
    {
        remb = default;
        var body = packet.Body;
        if (
            !packet.Is(RtcpPacketType.PayloadSpecificFeedback, RtcpFormat.ApplicationLayerFeedback)
            || body.Length < 16
            || BinaryPrimitives.ReadUInt32BigEndian(body[8..]) != Name
            || body.Length < 16 + (body[12] * 4)
        )
        {
            return false;
        }

        var exponent = body[13] >> 2;
        long mantissa = ((body[13] & 0x03) << 16) | (body[14] << 8) | body[15];
        var bitrate = exponent > 45 ? long.MaxValue : mantissa << exponent; // 18 bits of mantissa: 45 is the last shift without overflow
        remb = new ReceiverEstimatedBitrate(BinaryPrimitives.ReadUInt32BigEndian(body), bitrate, body.Slice(16, body[12] * 4));
        return true;
    }
}
