using Mcu.Media.Video;

namespace Mcu.Server.Demo;

/// <summary>RGBA pixels to I420 (BT.601 limited range), in 16-bit fixed point.</summary>
internal static class Rgb
{
    /// <param name="rgba">Rows of four bytes a pixel.</param>
    /// <param name="stride">Bytes from row to row.</param>
    /// <param name="target">A frame with even sides of the same size.</param>
    public static void ToI420(ReadOnlySpan<byte> rgba, int stride, VideoFrame target)
    {
        for (var row = 0; row < target.Height; row++)
        {
            var pixels = rgba.Slice(row * stride, target.Width * 4);
            var luma = target.Y.Slice(row * target.StrideY, target.Width);
            for (var x = 0; x < luma.Length; x++)
            {
                luma[x] = (byte)(((66 * pixels[4 * x]) + (129 * pixels[(4 * x) + 1]) + (25 * pixels[(4 * x) + 2]) + 4224) >> 8);
            }

            if (row % 2 == 0)
            {
                Chroma(
                    pixels,
                    target.U.Slice(row / 2 * target.StrideUV, target.ChromaWidth),
                    target.V.Slice(row / 2 * target.StrideUV, target.ChromaWidth)
                );
            }
        }
    }

    private static void Chroma(ReadOnlySpan<byte> pixels, Span<byte> u, Span<byte> v)
    {
        for (var x = 0; x < u.Length; x++)
        {
            int r = pixels[8 * x];
            int g = pixels[(8 * x) + 1];
            int b = pixels[(8 * x) + 2];
            u[x] = (byte)(((-38 * r) - (74 * g) + (112 * b) + 32896) >> 8);
            v[x] = (byte)(((112 * r) - (94 * g) - (18 * b) + 32896) >> 8);
        }
    }
}
