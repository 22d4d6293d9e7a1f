using System.Numerics;

namespace Mcu.Mixing.Tests.Audio;

/// <summary>Power by frequency.</summary>
internal static class Spectrum
{
    /// <summary>Power of each bin up to half of the sample rate, of samples under a Blackman-Harris window (leaks less than -92 dB).</summary>
    /// <param name="samples">A power of two of them.</param>
    public static double[] Of(ReadOnlySpan<float> samples)
    {
        var bins = new Complex[samples.Length];
        var bits = BitOperations.Log2((uint)samples.Length);
        for (var i = 0; i < samples.Length; i++)
        {
            var angle = 2 * Math.PI * i / samples.Length;
            var window = 0.35875 - (0.48829 * Math.Cos(angle)) + (0.14128 * Math.Cos(2 * angle)) - (0.01168 * Math.Cos(3 * angle));
            bins[Reversed(i, bits)] = samples[i] * window;
        }

        for (var size = 2; size <= bins.Length; size *= 2)
        {
            for (var k = 0; k < size / 2; k++)
            {
                var turn = Complex.FromPolarCoordinates(1, -2 * Math.PI * k / size);
                for (var at = k; at < bins.Length; at += size)
                {
                    var (even, odd) = (bins[at], bins[at + (size / 2)] * turn);
                    (bins[at], bins[at + (size / 2)]) = (even + odd, even - odd);
                }
            }
        }

        return [.. bins.Take(bins.Length / 2).Select(bin => (bin.Real * bin.Real) + (bin.Imaginary * bin.Imaginary))];
    }

    private static int Reversed(int value, int bits)
    {
        var reversed = 0;
        for (var i = 0; i < bits; i++)
        {
            reversed = (reversed << 1) | ((value >> i) & 1);
        }

        return reversed;
    }
}
