using System.Numerics;

namespace Mcu.Recording.Containers;

/// <summary>An open EBML element with children (RFC 8794); its size, in four bytes, is filled in when it is disposed.</summary>
internal readonly ref struct EbmlElement
{
    private const uint FourByteSize = 0x1000_0000;

    private readonly ByteWriter _output;
    private readonly int _size;

    public EbmlElement(ByteWriter output, uint id)
    {
        WriteId(output, id);
        _output = output;
        _size = output.Length;
        output.UInt32(0);
    }

    public void Dispose() => _output.PatchUInt32(_size, FourByteSize | (uint)(_output.Length - _size - 4));

    public static void WriteId(ByteWriter output, uint id)
    {
        for (var bytes = 4 - (BitOperations.LeadingZeroCount(id) / 8); bytes > 0; bytes--)
        {
            output.Byte((byte)(id >> ((bytes - 1) * 8)));
        }
    }

    /// <summary>An unsigned number in eight bytes.</summary>
    public static void Number(ByteWriter output, uint id, long value)
    {
        WriteId(output, id);
        output.Byte(0x88);
        output.UInt64(value);
    }

    public static void Float(ByteWriter output, uint id, double value)
    {
        WriteId(output, id);
        output.Byte(0x88);
        output.Double(value);
    }

    /// <summary>Bytes, at most 126 of them.</summary>
    public static void Bytes(ByteWriter output, uint id, ReadOnlySpan<byte> value)
    {
        WriteId(output, id);
        output.Byte(0x80 | value.Length);
        output.Write(value);
    }
}
