using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>Finds out how much of a fragmented MP4 that was cut off anywhere is whole: <c>ftyp moov (moof mdat)*</c>. Never throws on damage.</summary>
public static class Mp4Fragments
{
    private const int HeaderBytes = 8;
    private const int MaxDescription = 16 * 1024 * 1024; // of a fragment: hours of a stalled disk

    /// <summary>Header and whole fragments, and how long they last. Reads no pictures and no sound.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WholePart Whole(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        var position = 0L;
        var whole = 0L;
        var (moov, moof, fragment) = (default(Box), default(Box), default(Box)); // moof: of the last whole fragment
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

            moov = type.SequenceEqual("moov"u8) ? new Box(position, size) : moov;
            fragment = type.SequenceEqual("moof"u8) ? new Box(position, size) : fragment;
            moof = type.SequenceEqual("mdat"u8) ? fragment : moof;
            position += size;
            whole = expected.SequenceEqual("moov"u8) || expected.SequenceEqual("mdat"u8) || isEnd ? position : whole;
            if (isEnd)
            {
                break;
            }

            expected = Next(expected);
        }

        return new WholePart(whole, Mp4Duration.Of(BodyOf(file, moov), BodyOf(file, moof)));
    }

    private static byte[] BodyOf(Stream file, Box box)
    {
        if (box.Bytes is < HeaderBytes or > MaxDescription)
        {
            return [];
        }

        var body = new byte[box.Bytes - HeaderBytes];
        file.Position = box.Offset + HeaderBytes;
        file.ReadExactly(body);
        return body;
    }

    private static ReadOnlySpan<byte> Next(ReadOnlySpan<byte> box) =>
        box.SequenceEqual("ftyp"u8) ? "moov"u8
        : box.SequenceEqual("moof"u8) ? "mdat"u8
        : "moof"u8;

    private readonly record struct Box(long Offset, long Bytes);
}
