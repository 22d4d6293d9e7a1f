using System.Buffers.Binary;

namespace Mcu.Recording.Tests;

/// <summary>Reads the decode times out of the fragments of an MP4 of one track of sound.</summary>
internal static class Mp4Times
{
    public static List<long> Of(ReadOnlySpan<byte> file)
    {
        List<long> times = [];
        while (!file.IsEmpty)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(file);
            if (file[4..8].SequenceEqual("moof"u8))
            {
                ReadFragment(file[8..size], times);
            }

            file = file[size..];
        }

        return times;
    }

    private static void ReadFragment(ReadOnlySpan<byte> boxes, List<long> times)
    {
        var time = 0L;
        while (!boxes.IsEmpty)
        {
            var size = BinaryPrimitives.ReadInt32BigEndian(boxes);
            var type = boxes[4..8];
            var body = boxes[8..size];
            if (type.SequenceEqual("traf"u8))
            {
                ReadFragment(body, times);
            }
            else if (type.SequenceEqual("tfdt"u8))
            {
                time = BinaryPrimitives.ReadInt64BigEndian(body[4..]);
            }
            else if (type.SequenceEqual("trun"u8))
            {
                var count = BinaryPrimitives.ReadInt32BigEndian(body[4..]);
                for (var i = 0; i < count; i++)
                {
                    times.Add(time);
                    time += BinaryPrimitives.ReadInt32BigEndian(body[(12 + (8 * i))..]);
                }
            }

            boxes = boxes[size..];
        }
    }
}
