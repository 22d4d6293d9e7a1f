using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>Finds out how much of our WebM that was cut off anywhere is whole. Never throws on damage.</summary>
public static class WebMClusters
{
    private const int HeaderBytes = 12;
    private const uint Ebml = 0x1A45_DFA3;
    private const uint Segment = 0x1853_8067;
    private const uint Cluster = 0x1F43_B675;
    private const int ClusterHeaderBytes = 18; // with its time
    private const int BlockHeaderBytes = 9;
    private const long MaxMilliseconds = long.MaxValue / TimeSpan.TicksPerMillisecond / 2;

    /// <summary>Header and whole clusters, and how long they last. Reads element headers alone.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static WholePart Whole(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        Span<byte> header = stackalloc byte[HeaderBytes];
        var position = 0L;
        var whole = 0L;
        var (cluster, clusterEnd) = (0L, 0L);
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
            var isKnown = isVoid || isSeekHead || (size >> 28 == 1 && id is Ebml or 0x1549_A966 or 0x1654_AE6B or Cluster or 0x1C53_BB6B);
            if (!isKnown || position + length > file.Length)
            {
                break;
            }

            (cluster, clusterEnd) = id == Cluster ? (position, position + length) : (cluster, clusterEnd);
            position += length;
            whole = id is 0x1654_AE6B or Cluster or 0x1C53_BB6B ? position : whole;
        }

        return new WholePart(whole, EndOf(file, cluster, clusterEnd));
    }

    /// <summary>Until when the frames of a cluster last: a packet of sound for 20 ms, a picture at least until it is shown.</summary>
    private static TimeSpan EndOf(Stream file, long position, long end)
    {
        Span<byte> header = stackalloc byte[ClusterHeaderBytes];
        if (end - position < ClusterHeaderBytes)
        {
            return TimeSpan.Zero;
        }

        file.Position = position;
        file.ReadExactly(header);
        var time = BinaryPrimitives.ReadUInt64BigEndian(header[10..]);
        if (header[8] != 0xE7 || header[9] != 0x88 || time > MaxMilliseconds)
        {
            return TimeSpan.Zero;
        }

        var last = 0;
        for (position += ClusterHeaderBytes; position + BlockHeaderBytes <= end; )
        {
            file.Position = position;
            file.ReadExactly(header[..BlockHeaderBytes]);
            var size = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
            if (header[0] != 0xA3 || size >> 28 != 1)
            {
                break;
            }

            var isSound = (header[5] & 0x7F) == WebM.AudioTrack;
            last = Math.Max(last, BinaryPrimitives.ReadInt16BigEndian(header[6..]) + (isSound ? WebM.AudioPacketMs : 0));
            position += 5 + (size & 0x0FFF_FFFF);
        }

        return TimeSpan.FromMilliseconds((long)time + last);
    }
}
