using System.Buffers.Binary;

namespace Mcu.Rtp.Fec;

/// <summary>The FEC header and the header of protection level 0 (RFC 5109 sections 7.3 and 7.4): XOR of fields, and which packets went into it.</summary>
/// <param name="Flags">P, X and CC of the packets' first bytes, XORed; the two bits above are not part of it.</param>
/// <param name="MarkerAndType">M and PT, XORed.</param>
/// <param name="BaseSequence">SN base: what bit 0 of the mask stands for.</param>
/// <param name="Timestamp">XORed.</param>
/// <param name="Length">Bytes behind the fixed RTP header, XORed.</param>
/// <param name="ProtectionLength">Bytes behind the fixed RTP header that are protected: the longest packet's.</param>
/// <param name="Mask">48 bits, the highest for the base; a 16-bit mask on the wire is its upper third.</param>
public readonly record struct UlpfecHeader(
    byte Flags,
    byte MarkerAndType,
    ushort BaseSequence,
    uint Timestamp,
    ushort Length,
    ushort ProtectionLength,
    ulong Mask
)
{
    /// <summary>Most packets behind the base that a mask reaches, the base included.</summary>
    public const int MaskBits = 48;

    /// <summary>Bytes with the long mask.</summary>
    public const int MaxLength = 18;

    private const int ShortLength = 14;
    private const byte ExtensionFlag = 0x80; // E, reserved: such a packet cannot be understood
    private const byte LongMaskFlag = 0x40; // L

    /// <summary>Bytes on the wire, the mask as short as it can be.</summary>
    public int WireLength => (uint)Mask == 0 ? ShortLength : MaxLength;

    /// <summary>The mask's bit for a packet so many numbers behind the base, 0 to 47.</summary>
    public static ulong BitOf(int distance) => 1UL << (MaskBits - 1 - distance);

    /// <summary>Reads the header of a FEC payload; false if it is cut off, protects nothing or more than follows it.</summary>
    /// <param name="payload">What is inside RED.</param>
    /// <param name="header">As read.</param>
    /// <param name="parity">What follows the header: the XOR of what stood behind the fixed RTP headers.</param>
    public static bool TryParse(ReadOnlySpan<byte> payload, out UlpfecHeader header, out ReadOnlySpan<byte> parity)
    {
        header = default;
        parity = default;
        if (payload.Length < ShortLength || (payload[0] & ExtensionFlag) != 0)
        {
            return false;
        }

        var length = (payload[0] & LongMaskFlag) != 0 ? MaxLength : ShortLength;
        var protectionLength = BinaryPrimitives.ReadUInt16BigEndian(payload[10..]);
        if (payload.Length < length + protectionLength)
        {
            return false;
        }

        var mask = (ulong)BinaryPrimitives.ReadUInt16BigEndian(payload[12..]) << 32;
        mask |= length == MaxLength ? BinaryPrimitives.ReadUInt32BigEndian(payload[14..]) : 0;
        header = new UlpfecHeader(
            (byte)(payload[0] & 0x3F),
            payload[1],
            BinaryPrimitives.ReadUInt16BigEndian(payload[2..]),
            BinaryPrimitives.ReadUInt32BigEndian(payload[4..]),
            BinaryPrimitives.ReadUInt16BigEndian(payload[8..]),
            protectionLength,
            mask
        );
        parity = payload.Slice(length, protectionLength);
        return mask != 0;
    }

    /// <summary>Writes the header; returns its length.</summary>
    public int Write(Span<byte> destination)
    {
        var length = WireLength;
        destination[0] = (byte)(Flags | (length == MaxLength ? LongMaskFlag : 0));
        destination[1] = MarkerAndType;
        BinaryPrimitives.WriteUInt16BigEndian(destination[2..], BaseSequence);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], Timestamp);
        BinaryPrimitives.WriteUInt16BigEndian(destination[8..], Length);
        BinaryPrimitives.WriteUInt16BigEndian(destination[10..], ProtectionLength);
        BinaryPrimitives.WriteUInt16BigEndian(destination[12..], (ushort)(Mask >> 32));
        if (length == MaxLength)
        {
            BinaryPrimitives.WriteUInt32BigEndian(destination[14..], (uint)Mask);
        }

        return length;
    }
}
