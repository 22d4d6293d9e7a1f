using System.Numerics;

namespace Mcu.Mixing.Video;

/// <summary>Rows of bytes over rows of bytes; all spans are of one length.</summary>
internal static class Blending
{
    /// <summary>target = colour + target * (255 - alpha) / 255, where colour is premultiplied.</summary>
    public static void Over(Span<byte> target, ReadOnlySpan<byte> alpha, ReadOnlySpan<byte> colour)
    {
        var i = 0;
        for (; i <= target.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var a = new Vector<byte>(alpha[i..]);
            if (Vector.EqualsAll(a, Vector<byte>.Zero))
            {
                continue;
            }

            Vector.Widen(new Vector<byte>(byte.MaxValue) - a, out var keepLow, out var keepHigh);
            Vector.Widen(new Vector<byte>(target[i..]), out var low, out var high);
            var kept = Vector.Narrow(DivideBy255(low * keepLow), DivideBy255(high * keepHigh));
            var sum = kept + new Vector<byte>(colour[i..]);
            // Rounding of both parts may carry one over the top: saturate.
            Vector.ConditionalSelect(Vector.LessThan(sum, kept), new Vector<byte>(byte.MaxValue), sum).CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (byte)Math.Min(colour[i] + DivideBy255(target[i] * (255 - alpha[i])), 255);
        }
    }

    /// <summary>target = (target * (255 - alpha) + other * alpha) / 255.</summary>
    public static void Mix(Span<byte> target, ReadOnlySpan<byte> alpha, ReadOnlySpan<byte> other)
    {
        var i = 0;
        for (; i <= target.Length - Vector<byte>.Count; i += Vector<byte>.Count)
        {
            var a = new Vector<byte>(alpha[i..]);
            if (Vector.EqualsAll(a, Vector<byte>.Zero))
            {
                continue;
            }

            Vector.Widen(a, out var alphaLow, out var alphaHigh);
            Vector.Widen(new Vector<byte>(byte.MaxValue) - a, out var keepLow, out var keepHigh);
            Vector.Widen(new Vector<byte>(target[i..]), out var low, out var high);
            Vector.Widen(new Vector<byte>(other[i..]), out var otherLow, out var otherHigh);
            Vector
                .Narrow(DivideBy255((low * keepLow) + (otherLow * alphaLow)), DivideBy255((high * keepHigh) + (otherHigh * alphaHigh)))
                .CopyTo(target[i..]);
        }

        for (; i < target.Length; i++)
        {
            target[i] = (byte)DivideBy255((target[i] * (255 - alpha[i])) + (other[i] * alpha[i]));
        }
    }

    /// <summary>Rounded division, exact for 0 to 65025.</summary>
    private static int DivideBy255(int value)
    {
        value += 128;
        return (value + (value >> 8)) >> 8;
    }

    private static Vector<ushort> DivideBy255(Vector<ushort> value)
    {
        value += new Vector<ushort>(128);
        return Vector.ShiftRightLogical(value + Vector.ShiftRightLogical(value, 8), 8);
    }
}
