namespace Mcu.Rtp;

/// <summary>The header extension elements of one packet (RFC 8285 section 4). A damaged block ends at the damage.</summary>
internal readonly ref struct HeaderExtensionBlock(ushort profile, ReadOnlySpan<byte> elements)
{
    public const ushort OneByteProfile = 0xBEDE;
    public const ushort TwoByteProfile = 0x1000;

    private readonly ReadOnlySpan<byte> _elements = elements;

    public bool TryGet(byte id, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (id == 0)
        {
            return false;
        }

        return profile switch
        {
            OneByteProfile => TryGetOneByte(id, ref value),
            _ when (profile & 0xFFF0) == TwoByteProfile => TryGetTwoByte(id, ref value),
            _ => false,
        };
    }

    private bool TryGetOneByte(byte id, ref ReadOnlySpan<byte> value)
    {
        var rest = _elements;
        while (rest.Length > 0)
        {
            var elementId = rest[0] >> 4;
            if (elementId == 0)
            {
                rest = rest[1..]; // padding
                continue;
            }

            var length = (rest[0] & 0x0F) + 1;
            if (elementId == 15 || rest.Length < 1 + length)
            {
                return false; // id 15 is reserved: processing stops there (RFC 8285 section 4.2)
            }

            if (elementId == id)
            {
                value = rest.Slice(1, length);
                return true;
            }

            rest = rest[(1 + length)..];
        }

        return false;
    }

    private bool TryGetTwoByte(byte id, ref ReadOnlySpan<byte> value)
    {
        var rest = _elements;
        while (rest.Length > 0)
        {
            if (rest[0] == 0)
            {
                rest = rest[1..]; // padding
                continue;
            }

            if (rest.Length < 2 || rest.Length < 2 + rest[1])
            {
                return false;
            }

            if (rest[0] == id)
            {
                value = rest.Slice(2, rest[1]);
                return true;
            }

            rest = rest[(2 + rest[1])..];
        }

        return false;
    }
}
