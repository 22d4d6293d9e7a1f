namespace Mcu.Recording.Containers;

/// <summary>An open box; its length is filled in when it is disposed (ISO/IEC 14496-12 section 4.2).</summary>
internal readonly ref struct Mp4Box
{
    private readonly ByteWriter _output;
    private readonly int _start;

    public Mp4Box(ByteWriter output, ReadOnlySpan<byte> type)
    {
        _output = output;
        _start = output.Length;
        output.UInt32(0);
        output.Write(type);
    }

    /// <summary>A full box.</summary>
    public Mp4Box(ByteWriter output, ReadOnlySpan<byte> type, int version, int flags = 0)
        : this(output, type) => output.UInt32(((long)version << 24) | (uint)flags);

    public void Dispose() => _output.PatchUInt32(_start, _output.Length - _start);
}
