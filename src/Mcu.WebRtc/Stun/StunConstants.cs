namespace Mcu.WebRtc.Stun;

/// <summary>The class bits of a STUN message type (RFC 8489 section 5).</summary>
public enum StunClass : ushort
{
    Request = 0x000,
    Indication = 0x010,
    SuccessResponse = 0x100,
    ErrorResponse = 0x110,
}

/// <summary>STUN attribute types (RFC 8489 section 18.3, RFC 8445 section 16.1).</summary>
public enum StunAttribute : ushort
{
    MappedAddress = 0x0001,
    Username = 0x0006,
    MessageIntegrity = 0x0008,
    ErrorCode = 0x0009,
    UnknownAttributes = 0x000A,
    XorMappedAddress = 0x0020,
    Priority = 0x0024,
    UseCandidate = 0x0025,
    Software = 0x8022,
    Fingerprint = 0x8028,
    IceControlled = 0x8029,
    IceControlling = 0x802A,
}

/// <summary>Error codes that ICE answers with (RFC 8489 section 14.8, RFC 8445 section 7.3.1.1).</summary>
public enum StunErrorCode
{
    BadRequest = 400,
    Unauthenticated = 401,
    UnknownAttribute = 420,
    RoleConflict = 487,
}

internal static class StunWire
{
    public const int HeaderLength = 20;
    public const int TransactionIdLength = 12;
    public const int IntegrityLength = 20;
    public const uint MagicCookie = 0x2112A442;
    public const uint FingerprintXor = 0x5354554E;
    public const ushort BindingMethod = 0x001;
    public const ushort ClassMask = 0x110;

    public const byte FamilyIpv4 = 1;
    public const byte FamilyIpv6 = 2;

    private static readonly uint[] Crc32Table = BuildCrc32Table();

    /// <summary>The CRC-32 of ISO 3309 that FINGERPRINT is made of (RFC 8489 section 14.7), before its XOR.</summary>
    public static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = Crc32Table[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] BuildCrc32Table()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            var value = i;
            for (var bit = 0; bit < 8; bit++)
            {
                value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
            }

            table[i] = value;
        }

        return table;
    }
}
