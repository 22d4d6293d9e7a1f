using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>Finds out how much of our WebM that was cut off anywhere is whole. Never throws on damage.</summary>
public static class WebMClusters
{
    private const int HeaderBytes = 12;
    private const uint Ebml = 0x1A45_DFA3;
    private const uint Segment = 0x1853_8067;

    /// <summary>Bytes from the beginning that are header and whole clusters; 0 where not even the header is whole. Reads element headers alone.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static long WholeLength(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        var position = 0L;
        var whole = 0L;
        while (position + 8 <= file.Length)
        {
            file.Position = position;
            header.Clear();
            if (file.ReadAtLeast(header, 8, throwOnEndOfStream: false) < 8)
            {
                break;
            }

            var id = BinaryPrimitives.ReadUInt32BigEndian(header);
            if ((position == 0) != (id == Ebml))
            {
                break;
            }

            if (id == Segment)
            {
                position += HeaderBytes;
                continue;
            }

            // Beside the Void that is reserved for the way to the cues, and what it becomes, our elements have ids and sizes of four bytes.
            var isVoid = header[0] == 0xEC;
            var isSeekHead = id == 0x114D_9B74;
            var size = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
            var length =
                isVoid ? 2L + (header[1] & 0x7F)
                : isSeekHead ? 5L + (header[4] & 0x7F)
                : 8L + (size & 0x0FFF_FFFF);
            var isKnown =
                isVoid || isSeekHead || (size >> 28 == 1 && id is Ebml or 0x1549_A966 or 0x1654_AE6B or 0x1F43_B675 or 0x1C53_BB6B);
            if (!isKnown || position + length > file.Length)
            {
                break;
            }

            position += length;
            whole = id is 0x1654_AE6B or 0x1F43_B675 or 0x1C53_BB6B ? position : whole;
        }

        return whole;
    }
}
