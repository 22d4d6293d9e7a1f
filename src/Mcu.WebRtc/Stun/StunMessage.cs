using System.Buffers.Binary;
using System.Security.Cryptography;
using Mcu.Media.Network;

namespace Mcu.WebRtc.Stun;

/// <summary>
/// A view of one STUN binding message (RFC 8489) in the memory it was received into. Reading it allocates nothing and copies nothing.
/// </summary>
/// <remarks>Of an attribute that comes twice the first counts; what follows MESSAGE-INTEGRITY, except FINGERPRINT, is not seen (RFC 8489 section 14.5).</remarks>
public readonly ref struct StunMessage
{
    /// <summary>Longest message taken, in bytes. Binding messages with all of ICE's attributes stay under 200.</summary>
    public const int MaxLength = 1500;

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly int _integrityOffset;
    private readonly int _fingerprintOffset;

    private StunMessage(ReadOnlySpan<byte> bytes, int integrityOffset, int fingerprintOffset)
    {
        _bytes = bytes;
        _integrityOffset = integrityOffset;
        _fingerprintOffset = fingerprintOffset;
    }

    public StunClass Class => (StunClass)(BinaryPrimitives.ReadUInt16BigEndian(_bytes) & StunWire.ClassMask);

    /// <summary>The 96-bit transaction id.</summary>
    public ReadOnlySpan<byte> TransactionId => _bytes.Slice(8, StunWire.TransactionIdLength);

    public bool HasIntegrity => _integrityOffset != 0;

    public bool HasFingerprint => _fingerprintOffset != 0;

    /// <summary>USE-CANDIDATE: the controlling agent nominates this path (RFC 8445 section 7.1.2).</summary>
    public bool HasUseCandidate => TryGet(StunAttribute.UseCandidate, out _);

    /// <summary>
    /// Parses a binding message whose header, length and attributes are well-formed and whose FINGERPRINT, if any, is right.
    /// Integrity is not checked here: see <see cref="VerifyIntegrity"/>.
    /// </summary>
    public static bool TryParse(ReadOnlySpan<byte> datagram, out StunMessage message)
    {
        message = default;
        // RFC 8489 section 5: two zero bits, a length of whole words that ends with the datagram, the magic cookie.
        if (
            datagram.Length is < StunWire.HeaderLength or > MaxLength
            || (BinaryPrimitives.ReadUInt16BigEndian(datagram) & ~StunWire.ClassMask) != StunWire.BindingMethod
            || BinaryPrimitives.ReadUInt16BigEndian(datagram[2..]) != datagram.Length - StunWire.HeaderLength
            || (datagram.Length & 3) != 0
            || BinaryPrimitives.ReadUInt32BigEndian(datagram[4..]) != StunWire.MagicCookie
        )
        {
            return false;
        }

        if (!TryScan(datagram, out var integrityOffset, out var fingerprintOffset))
        {
            return false;
        }

        message = new StunMessage(datagram, integrityOffset, fingerprintOffset);
        return true;
    }

    /// <summary>
    /// Reads the part of USERNAME before the colon, which names the session a binding request is for (RFC 8445 section 7.2.2),
    /// so that one port can serve many sessions.
    /// </summary>
    public static bool TryReadLocalUfrag(ReadOnlySpan<byte> datagram, out ReadOnlySpan<byte> ufrag)
    {
        ufrag = default;
        return TryParse(datagram, out var message) && message.TryGetLocalUfrag(out ufrag);
    }

    /// <summary>The receiver's ufrag out of USERNAME "receiver:sender" of a request.</summary>
    public bool TryGetLocalUfrag(out ReadOnlySpan<byte> ufrag)
    {
        ufrag = default;
        if (!TryGet(StunAttribute.Username, out var username))
        {
            return false;
        }

        var colon = username.IndexOf((byte)':');
        ufrag = colon > 0 ? username[..colon] : default;
        return colon > 0;
    }

    /// <summary>Finds the first attribute of a type that integrity covers; FINGERPRINT and MESSAGE-INTEGRITY themselves are not found here.</summary>
    public bool TryGet(StunAttribute type, out ReadOnlySpan<byte> value)
    {
        var end = CoveredEnd;
        for (var offset = StunWire.HeaderLength; offset < end; offset = Next(_bytes, offset))
        {
            if (TypeAt(_bytes, offset) == (ushort)type)
            {
                value = _bytes.Slice(offset + 4, ValueLengthAt(_bytes, offset));
                return true;
            }
        }

        value = default;
        return false;
    }

    public bool TryGetUInt32(StunAttribute type, out uint value)
    {
        var found = TryGet(type, out var bytes) && bytes.Length == sizeof(uint);
        value = found ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : 0;
        return found;
    }

    public bool TryGetUInt64(StunAttribute type, out ulong value)
    {
        var found = TryGet(type, out var bytes) && bytes.Length == sizeof(ulong);
        value = found ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : 0;
        return found;
    }

    /// <summary>ERROR-CODE of an error response, 300 to 699 (RFC 8489 section 14.8).</summary>
    public bool TryGetErrorCode(out int code)
    {
        code = 0;
        if (!TryGet(StunAttribute.ErrorCode, out var value) || value.Length < 4)
        {
            return false;
        }

        code = ((value[2] & 7) * 100) + value[3];
        return value[3] < 100 && code is >= 300 and <= 699;
    }

    /// <summary>XOR-MAPPED-ADDRESS (RFC 8489 section 14.2) as a UDP path.</summary>
    public bool TryGetXorMappedAddress(out NetworkPath address)
    {
        address = default;
        if (!TryGet(StunAttribute.XorMappedAddress, out var value) || value.Length < 4)
        {
            return false;
        }

        var port = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(value[2..]) ^ (StunWire.MagicCookie >> 16));
        if (value[1] == StunWire.FamilyIpv4 && value.Length == 8)
        {
            address = NetworkPath.UdpIpv4(BinaryPrimitives.ReadUInt32BigEndian(value[4..]) ^ StunWire.MagicCookie, port);
            return true;
        }

        if (value[1] != StunWire.FamilyIpv6 || value.Length != 20)
        {
            return false;
        }

        var mask = _bytes[4..];
        address = new NetworkPath(
            BinaryPrimitives.ReadUInt64BigEndian(value[4..]) ^ BinaryPrimitives.ReadUInt64BigEndian(mask),
            BinaryPrimitives.ReadUInt64BigEndian(value[12..]) ^ BinaryPrimitives.ReadUInt64BigEndian(mask[8..]),
            port,
            PathTransport.Udp,
            0
        );
        return true;
    }

    /// <summary>Checks MESSAGE-INTEGRITY, HMAC-SHA1 over everything before it (RFC 8489 section 14.5). False where there is none.</summary>
    /// <param name="key">The password's bytes: short-term credentials (RFC 8489 section 9.1).</param>
    public bool VerifyIntegrity(ReadOnlySpan<byte> key)
    {
        if (!HasIntegrity)
        {
            return false;
        }

        Span<byte> covered = stackalloc byte[_integrityOffset];
        Span<byte> expected = stackalloc byte[StunWire.IntegrityLength];
        _bytes[.._integrityOffset].CopyTo(covered);
        StunWriter.WriteLength(covered, _integrityOffset + 4 + StunWire.IntegrityLength);
        HMACSHA1.HashData(key, covered, expected);
        return CryptographicOperations.FixedTimeEquals(expected, _bytes.Slice(_integrityOffset + 4, StunWire.IntegrityLength));
    }

    /// <summary>Collects the types of comprehension-required attributes that we do not know (RFC 8489 section 6.3.1); returns their number, at most the span's length.</summary>
    public int FindUnknownRequired(Span<ushort> types)
    {
        var count = 0;
        var end = CoveredEnd;
        for (var offset = StunWire.HeaderLength; offset < end && count < types.Length; offset = Next(_bytes, offset))
        {
            var type = TypeAt(_bytes, offset);
            if (type < 0x8000 && !IsKnown(type))
            {
                types[count++] = type;
            }
        }

        return count;
    }

    private int CoveredEnd =>
        HasIntegrity ? _integrityOffset
        : HasFingerprint ? _fingerprintOffset
        : _bytes.Length;

    /// <summary>Walks all attributes once: each must end within the message, FINGERPRINT must be the last and right.</summary>
    private static bool TryScan(ReadOnlySpan<byte> bytes, out int integrityOffset, out int fingerprintOffset)
    {
        integrityOffset = 0;
        fingerprintOffset = 0;
        for (var offset = StunWire.HeaderLength; offset < bytes.Length; offset = Next(bytes, offset))
        {
            // The total is a multiple of four, so four bytes are always there.
            var length = ValueLengthAt(bytes, offset);
            if (Next(bytes, offset) > bytes.Length || fingerprintOffset != 0)
            {
                return false;
            }

            switch ((StunAttribute)TypeAt(bytes, offset))
            {
                case StunAttribute.MessageIntegrity when integrityOffset == 0:
                    if (length != StunWire.IntegrityLength)
                    {
                        return false;
                    }

                    integrityOffset = offset;
                    break;
                case StunAttribute.Fingerprint:
                    if (length != sizeof(uint) || !IsFingerprintRight(bytes, offset))
                    {
                        return false;
                    }

                    fingerprintOffset = offset;
                    break;
                default:
                    break;
            }
        }

        return true;
    }

    private static bool IsFingerprintRight(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32BigEndian(bytes[(offset + 4)..]) == (StunWire.Crc32(bytes[..offset]) ^ StunWire.FingerprintXor);

    private static bool IsKnown(ushort type) =>
        (StunAttribute)type
            is StunAttribute.MappedAddress
                or StunAttribute.Username
                or StunAttribute.MessageIntegrity
                or StunAttribute.ErrorCode
                or StunAttribute.UnknownAttributes
                or StunAttribute.XorMappedAddress
                or StunAttribute.Priority
                or StunAttribute.UseCandidate;

    private static ushort TypeAt(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[offset..]);

    private static int ValueLengthAt(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16BigEndian(bytes[(offset + 2)..]);

    private static int Next(ReadOnlySpan<byte> bytes, int offset) => offset + 4 + ((ValueLengthAt(bytes, offset) + 3) & ~3);
}
