using System.Buffers.Binary;

namespace Mcu.Recording.Containers;

/// <summary>How long a fragmented MP4 of ours lasts, from its header and last fragment. Never throws on damage.</summary>
internal static class Mp4Duration
{
    private const int HeaderBytes = 8;
    private const int RunHeaderBytes = 12; // flags, count, offset of the data
    private const int MaxTracks = 2;
    private const uint MaxSampleUnits = 3600 * 90_000; // an hour

    /// <summary>Until the last frame of any track ends; zero where that cannot be told.</summary>
    /// <param name="moov">The box's body.</param>
    /// <param name="moof">The body of the last one.</param>
    public static TimeSpan Of(ReadOnlySpan<byte> moov, ReadOnlySpan<byte> moof)
    {
        Span<uint> unitsPerSecond = stackalloc uint[MaxTracks];
        var tracks = 0;
        while (tracks < MaxTracks && TryNext(ref moov, "trak"u8, out var track))
        {
            if (TryNext(ref track, "mdia"u8, out var media) && TryNext(ref media, "mdhd"u8, out var header) && header.Length >= 24)
            {
                unitsPerSecond[tracks] = BinaryPrimitives.ReadUInt32BigEndian(header[20..]); // version 1
            }

            tracks++;
        }

        var duration = TimeSpan.Zero;
        while (TryNext(ref moof, "traf"u8, out var fragment))
        {
            if (TryEndOf(fragment, out var id, out var end) && id >= 1 && id <= tracks && unitsPerSecond[(int)id - 1] is > 0 and var units)
            {
                var seconds = end / (double)units;
                duration =
                    seconds < TimeSpan.MaxValue.TotalSeconds / 2
                        ? TimeSpan.FromSeconds(Math.Max(seconds, duration.TotalSeconds))
                        : duration;
            }
        }

        return duration;
    }

    /// <summary>Where a track's fragment ends, in its units: where it begins (tfdt) and how long its frames last (trun).</summary>
    private static bool TryEndOf(ReadOnlySpan<byte> fragment, out uint track, out ulong end)
    {
        (track, end) = (0, 0);
        if (
            !TryNext(ref fragment, "tfhd"u8, out var header)
            || header.Length < 8
            || !TryNext(ref fragment, "tfdt"u8, out var begin)
            || begin.Length < 12
            || !TryNext(ref fragment, "trun"u8, out var run)
            || run.Length < RunHeaderBytes
        )
        {
            return false;
        }

        track = BinaryPrimitives.ReadUInt32BigEndian(header[4..]);
        end = BinaryPrimitives.ReadUInt64BigEndian(begin[4..]);
        var sampleBytes = (run[2] & 0x04) != 0 ? 12 : 8; // with flags of each frame, or without
        var count = BinaryPrimitives.ReadUInt32BigEndian(run[4..]);
        if (end > long.MaxValue / 2 || count > (run.Length - RunHeaderBytes) / sampleBytes)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            end += Math.Min(BinaryPrimitives.ReadUInt32BigEndian(run[(RunHeaderBytes + (i * sampleBytes))..]), MaxSampleUnits);
        }

        return true;
    }

    /// <summary>The next child of a type; those before it are passed over.</summary>
    private static bool TryNext(ref ReadOnlySpan<byte> boxes, ReadOnlySpan<byte> type, out ReadOnlySpan<byte> body)
    {
        while (boxes.Length >= HeaderBytes)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(boxes);
            if (size < HeaderBytes || size > boxes.Length)
            {
                break;
            }

            var isIt = boxes[4..HeaderBytes].SequenceEqual(type);
            body = boxes[HeaderBytes..(int)size];
            boxes = boxes[(int)size..];
            if (isIt)
            {
                return true;
            }
        }

        body = default;
        return false;
    }
}
