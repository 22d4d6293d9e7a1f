using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>An opaque colour, 8 bits per channel, sRGB.</summary>
public readonly record struct RgbColor(byte R, byte G, byte B)
{
    /// <summary>The same colour in BT.601 limited range.</summary>
    public (byte Y, byte U, byte V) ToYuv() =>
        (
            (byte)((((66 * R) + (129 * G) + (25 * B) + 128) >> 8) + 16),
            (byte)((((-38 * R) - (74 * G) + (112 * B) + 128) >> 8) + 128),
            (byte)((((112 * R) - (94 * G) - (18 * B) + 128) >> 8) + 128)
        );

    /// <summary>A mixture with <paramref name="share"/> (0 to 1) of another colour.</summary>
    public RgbColor Mix(RgbColor other, double share) => new(Blend(R, other.R, share), Blend(G, other.G, share), Blend(B, other.B, share));

    internal SKColor ToSkia() => new(R, G, B);

    private static byte Blend(byte a, byte b, double share) => (byte)Math.Round(a + ((b - a) * share));
}
