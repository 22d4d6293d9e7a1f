using Mcu.Media.Video;

namespace Mcu.TestKit.Video;

/// <summary>How much one picture resembles another of its size, in luma.</summary>
public static class PictureQuality
{
    private const int Window = 8;
    private const int Step = 4;

    /// <summary>Structural similarity, 1 for equal pictures: the mean over 8x8 windows every 4 pixels.</summary>
    public static double Ssim(VideoFrame expected, VideoFrame actual) =>
        Ssim(expected, actual, new PixelRect(0, 0, expected.Width, expected.Height));

    /// <summary>Structural similarity of one part of two pictures.</summary>
    public static double Ssim(VideoFrame expected, VideoFrame actual, PixelRect area)
    {
        ThrowIfSizesDiffer(expected, actual);
        double sum = 0;
        var count = 0;
        for (var y = area.Y; y + Window <= area.Bottom; y += Step)
        {
            for (var x = area.X; x + Window <= area.Right; x += Step)
            {
                sum += WindowSsim(expected, actual, x, y);
                count++;
            }
        }

        return count == 0 ? 1 : sum / count;
    }

    /// <summary>Peak signal to noise ratio in dB, at most 100.</summary>
    public static double Psnr(VideoFrame expected, VideoFrame actual)
    {
        ThrowIfSizesDiffer(expected, actual);
        long squares = 0;
        for (var y = 0; y < expected.Height; y++)
        {
            var a = expected.Y.Slice(y * expected.StrideY, expected.Width);
            var b = actual.Y.Slice(y * actual.StrideY, actual.Width);
            for (var x = 0; x < a.Length; x++)
            {
                var difference = a[x] - b[x];
                squares += difference * difference;
            }
        }

        var mean = squares / (double)(expected.Width * expected.Height);
        return mean == 0 ? 100 : Math.Min(10 * Math.Log10(255 * 255 / mean), 100);
    }

    /// <summary>Mean of the luma and chroma planes: the colour that tells one film from another.</summary>
    public static (double Y, double U, double V) MeanColour(VideoFrame frame) =>
        (
            Mean(frame.Y, frame.StrideY, frame.Width, frame.Height),
            Mean(frame.U, frame.StrideUV, frame.ChromaWidth, frame.ChromaHeight),
            Mean(frame.V, frame.StrideUV, frame.ChromaWidth, frame.ChromaHeight)
        );

    private static double Mean(ReadOnlySpan<byte> plane, int stride, int width, int height)
    {
        long sum = 0;
        for (var y = 0; y < height; y++)
        {
            foreach (var value in plane.Slice(y * stride, width))
            {
                sum += value;
            }
        }

        return sum / (double)(width * height);
    }

    private static double WindowSsim(VideoFrame expected, VideoFrame actual, int left, int top)
    {
        long sumA = 0;
        long sumB = 0;
        long squareA = 0;
        long squareB = 0;
        long product = 0;
        for (var y = top; y < top + Window; y++)
        {
            var rowA = expected.Y.Slice((y * expected.StrideY) + left, Window);
            var rowB = actual.Y.Slice((y * actual.StrideY) + left, Window);
            for (var x = 0; x < Window; x++)
            {
                int a = rowA[x];
                int b = rowB[x];
                sumA += a;
                sumB += b;
                squareA += a * a;
                squareB += b * b;
                product += a * b;
            }
        }

        const double n = Window * Window;
        const double c1 = 0.01 * 255 * 0.01 * 255;
        const double c2 = 0.03 * 255 * 0.03 * 255;
        var meanA = sumA / n;
        var meanB = sumB / n;
        var varianceA = (squareA / n) - (meanA * meanA);
        var varianceB = (squareB / n) - (meanB * meanB);
        var covariance = (product / n) - (meanA * meanB);
        return ((2 * meanA * meanB) + c1)
            * ((2 * covariance) + c2)
            / (((meanA * meanA) + (meanB * meanB) + c1) * (varianceA + varianceB + c2));
    }

    private static void ThrowIfSizesDiffer(VideoFrame expected, VideoFrame actual)
    {
        if (expected.Width != actual.Width || expected.Height != actual.Height)
        {
            throw new ArgumentException(
                $"{actual.Width}x{actual.Height} cannot be compared with {expected.Width}x{expected.Height}.",
                nameof(actual)
            );
        }
    }
}
