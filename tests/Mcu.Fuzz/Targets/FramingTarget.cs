using System.Buffers.Binary;
using Mcu.Transport;

namespace Mcu.Fuzz.Targets;

/// <summary>RFC 4571 in its plainest form, for files that hold many packets and to compare the reader of streams with.</summary>
internal static class Framing
{
    public static bool TryCut(ref ReadOnlySpan<byte> stream, out ReadOnlySpan<byte> frame)
    {
        frame = default;
        var length = stream.Length >= 2 ? BinaryPrimitives.ReadUInt16BigEndian(stream) : int.MaxValue;
        if (length > stream.Length - 2)
        {
            return false;
        }

        frame = stream.Slice(2, length);
        stream = stream[(2 + length)..];
        return true;
    }
}

/// <summary>However a TCP stream arrives in pieces, the same frames come out of it. The first byte is the size of the pieces.</summary>
internal static class FramingTarget
{
    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty)
        {
            return;
        }

        var reader = new FrameReader();
        var piece = input[0] + 1;
        var arriving = input[1..];
        var expected = arriving;
        while (!arriving.IsEmpty && !reader.IsBroken)
        {
            var free = reader.Free.Span;
            Oracle.Holds(!free.IsEmpty, "no room though all frames were read");
            var count = Math.Min(Math.Min(piece, free.Length), arriving.Length);
            arriving[..count].CopyTo(free);
            reader.Advance(count);
            arriving = arriving[count..];
            while (reader.TryRead(out var frame))
            {
                Oracle.Holds(TryCutNonEmpty(ref expected, out var right), "a frame that is not in the stream");
                Oracle.SameBytes(frame, right, "frame");
            }
        }

        var isTooLong = !TryCutNonEmpty(ref expected, out _) && expected.Length >= 2 && Length(expected) > FrameReader.MaxFrame;
        Oracle.Equal(reader.IsBroken, isTooLong, "end by a frame that is too long");
    }

    private static bool TryCutNonEmpty(ref ReadOnlySpan<byte> stream, out ReadOnlySpan<byte> frame)
    {
        do
        {
            if (stream.Length >= 2 && Length(stream) > FrameReader.MaxFrame)
            {
                frame = default;
                return false;
            }
        } while (Framing.TryCut(ref stream, out frame) && frame.IsEmpty);

        return !frame.IsEmpty;
    }

    private static int Length(ReadOnlySpan<byte> stream) => BinaryPrimitives.ReadUInt16BigEndian(stream);
}
