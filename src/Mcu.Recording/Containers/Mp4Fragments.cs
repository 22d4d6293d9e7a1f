using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>Finds out how much of a fragmented MP4 that was cut off anywhere is whole: <c>ftyp moov (moof mdat)*</c>. Never throws on damage.</summary>
public static class Mp4Fragments
{
    private const int HeaderBytes = 8;

    /// <summary>Bytes from the beginning that are header and whole fragments; 0 where not even the header is whole. Reads box headers alone.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static long WholeLength(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        var position = 0L;
        var whole = 0L;
        var expected = "ftyp"u8;
        while (position + HeaderBytes <= file.Length)
        {
            file.Position = position;
            file.ReadExactly(header);
            var size = BinaryPrimitives.ReadUInt32BigEndian(header);
            var type = header[4..];
            var isEnd = expected.SequenceEqual("moof"u8) && type.SequenceEqual("mfra"u8);
            if (size < HeaderBytes || position + size > file.Length || !(isEnd || type.SequenceEqual(expected)))
            {
                break;
            }

            position += size;
            whole = expected.SequenceEqual("moov"u8) || expected.SequenceEqual("mdat"u8) || isEnd ? position : whole;
            if (isEnd)
            {
                break;
            }

            expected = Next(expected);
        }

        return whole;
    }

    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> box) =>
        box.SequenceEqual("ftyp"u8) ? "moov"u8
        : box.SequenceEqual("moof"u8) ? "mdat"u8
        : "moof"u8;
}
