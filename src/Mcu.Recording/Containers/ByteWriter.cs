using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>Bytes that grow at their end, numbers in network order. Keeps its memory when it is cleared. One owner.</summary>
public sealed class ByteWriter
{
    private byte[] _bytes = new byte[4096];

    /// <summary>Bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Drops the first bytes; those behind move to the beginning.</summary>
    public void DropFirst(int count)
    {
        _bytes.AsSpan(count, Length - count).CopyTo(_bytes);
        Length -= count;
    }

    /// <summary>So many bytes at the end to be filled in now.</summary>
    public Span<byte> Append(int count)
    {
        var from = Length;
        if (from + count > _bytes.Length)
        {
            Array.Resize(ref _bytes, Math.Max(from + count, _bytes.Length * 2));
        }

        Length += count;
        return _bytes.AsSpan(from, count);
    }

    /// <summary>Gives back the last bytes of what was appended.</summary>
    public void Trim(int count) => Length -= count;

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Append(bytes.Length));

    public void Byte(int value) => Append(1)[0] = (byte)value;

    public void UInt16(int value) => BinaryPrimitives.WriteUInt16BigEndian(Append(2), (ushort)value);

    public void UInt32(long value) => BinaryPrimitives.WriteUInt32BigEndian(Append(4), (uint)value);

    public void UInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Append(8), value);

    public void Double(double value) => BinaryPrimitives.WriteDoubleBigEndian(Append(8), value);

    public void Zeros(int count) => Append(count).Clear();

    /// <summary>Overwrites a number written before.</summary>
    public void PatchUInt32(int offset, long value) => BinaryPrimitives.WriteUInt32BigEndian(_bytes.AsSpan(offset, 4), (uint)value);
}
