using System.Buffers.Binary;

namespace Mcu.Rtp;

/// <summary>A view of one RTP packet (RFC 3550 section 5.1) over the bytes it was parsed from. Holds nothing, copies nothing.</summary>
public readonly ref struct RtpPacket
{
    /// <summary>Bytes of the header without CSRCs and extensions.</summary>
    public const int FixedHeaderLength = 12;

    private readonly ReadOnlySpan<byte> _packet;
    private readonly HeaderExtensionBlock _extensions;

    private RtpPacket(ReadOnlySpan<byte> packet, HeaderExtensionBlock extensions, int headerLength, int paddingLength)
    {
        _packet = packet;
        _extensions = extensions;
        HeaderLength = headerLength;
        PaddingLength = paddingLength;
    }

    public bool Marker => (_packet[1] & 0x80) != 0;

    /// <summary>0 to 127.</summary>
    public byte PayloadType => (byte)(_packet[1] & 0x7F);

    public ushort SequenceNumber => BinaryPrimitives.ReadUInt16BigEndian(_packet[2..]);

    public uint Timestamp => BinaryPrimitives.ReadUInt32BigEndian(_packet[4..]);

    public uint Ssrc => BinaryPrimitives.ReadUInt32BigEndian(_packet[8..]);

    /// <summary>Bytes before the payload: fixed header, CSRCs and extensions.</summary>
    public int HeaderLength { get; }

    /// <summary>Bytes of padding behind the payload, its count byte included; 0 where there is none.</summary>
    public int PaddingLength { get; }

    /// <summary>The payload without padding. Empty in packets sent only to probe bandwidth.</summary>
    public ReadOnlySpan<byte> Payload => _packet[HeaderLength..^PaddingLength];

    /// <summary>All bytes, header and padding included.</summary>
    public ReadOnlySpan<byte> Bytes => _packet;

    /// <summary>Reads a packet; false if it is not RTP version 2 or a length in it points outside of it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out RtpPacket packet)
    {
        packet = default;
        if (bytes.Length < FixedHeaderLength || bytes[0] >> 6 != 2)
        {
            return false;
        }

        var headerLength = FixedHeaderLength + ((bytes[0] & 0x0F) * 4);
        var extensions = default(HeaderExtensionBlock);
        if ((bytes[0] & 0x10) != 0)
        {
            if (bytes.Length < headerLength + 4)
            {
                return false;
            }

            var profile = BinaryPrimitives.ReadUInt16BigEndian(bytes[headerLength..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(headerLength + 2)..]) * 4;
            headerLength += 4;
            if (bytes.Length < headerLength + length)
            {
                return false;
            }

            extensions = new HeaderExtensionBlock(profile, bytes.Slice(headerLength, length));
            headerLength += length;
        }

        if (bytes.Length < headerLength)
        {
            return false;
        }

        var paddingLength = 0;
        if ((bytes[0] & 0x20) != 0)
        {
            paddingLength = bytes[^1];
            if (paddingLength == 0 || paddingLength > bytes.Length - headerLength)
            {
                return false;
            }
        }

        packet = new RtpPacket(bytes, extensions, headerLength, paddingLength);
        return true;
    }

    /// <summary>Finds a header extension by its negotiated id, in the one-byte (ids 1 to 14) or the two-byte form (RFC 8285 section 4).</summary>
    public bool TryGetExtension(byte id, out ReadOnlySpan<byte> value) => _extensions.TryGet(id, out value);
}
