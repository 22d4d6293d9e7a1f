using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// Sound level as carried in RTP (RFC 6464 section 3, RFC 6465 section 3): 0 to 127, the negated level in dBov.
/// 0 is the loudest (a full-scale square wave), 127 is silence; a full-scale sine is 3.
/// </summary>
public static class AudioLevel
{
    public const int Silence = 127;

    /// <summary>RMS level of samples in -1 to 1, rounded to whole dB; <see cref="Silence"/> for none.</summary>
    public static int Measure(ReadOnlySpan<float> samples)
    {
        if (samples.IsEmpty)
        {
            return Silence;
        }

        var meanSquare = SumOfSquares(samples) / samples.Length;
        // The negated form also catches NaN.
        if (!(meanSquare > 1e-13))
        {
            return Silence;
        }

        return (int)Math.Clamp(Math.Round(-10 * Math.Log10(meanSquare)), 0, Silence);
    }

    private static double SumOfSquares(ReadOnlySpan<float> samples)
    {
        var lanes = Vector<float>.Zero;
        var i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(samples[i..]);
            lanes += x * x;
        }

        double sum = Vector.Sum(lanes);
        for (; i < samples.Length; i++)
        {
            sum += samples[i] * samples[i];
        }

        return sum;
    }
}
