using System.Buffers.Binary;
using System.Text;

namespace Mcu.Transport;

/// <summary>A local ufrag of up to 32 bytes as a value, so that looking one up out of a datagram costs no string.</summary>
internal readonly record struct UfragKey(ulong A, ulong B, ulong C, ulong D)
{
    public const int MaxLength = 32;

    public static bool TryCreate(ReadOnlySpan<byte> ufrag, out UfragKey key)
    {
        key = default;
        if (ufrag.IsEmpty || ufrag.Length > MaxLength || ufrag.Contains((byte)0))
        {
            return false;
        }

        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        ufrag.CopyTo(padded);
        key = new UfragKey(
            BinaryPrimitives.ReadUInt64LittleEndian(padded),
            BinaryPrimitives.ReadUInt64LittleEndian(padded[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(padded[16..]),
            BinaryPrimitives.ReadUInt64LittleEndian(padded[24..])
        );
        return true;
    }

    /// <exception cref="ArgumentException">Not 1 to 32 ASCII characters.</exception>
    public static UfragKey Of(string ufrag)
    {
        ArgumentNullException.ThrowIfNull(ufrag);
        if (!Ascii.IsValid(ufrag) || !TryCreate(Encoding.ASCII.GetBytes(ufrag), out var key))
        {
            throw new ArgumentException($"A local ufrag here has 1 to {MaxLength} ASCII characters.", nameof(ufrag));
        }

        return key;
    }
}
