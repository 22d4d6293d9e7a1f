namespace Mcu.Mixing.Audio;

/// <summary>
/// The phases of a Kaiser-windowed sinc low-pass for a change of rate by up/down: immutable, may be shared by many <see cref="Resampler"/>s.
/// The stopband (80 dB) begins at the Nyquist frequency of the lower rate, the passband ends at 85 % of it.
/// </summary>
public sealed class ResamplerFilter
{
    // 68 samples of the lower rate give a transition of 15 % of its Nyquist frequency at 80 dB (Kaiser's formula).
    private const int SpanAtLowerRate = 68;
    private const double KaiserBeta = 7.857;
    private const double CutoffOfNyquist = 0.925;

    private readonly float[] _coefficients;

    /// <param name="inputRate">Hz, 1000 to 384000.</param>
    /// <param name="outputRate">Hz, 1000 to 384000.</param>
    /// <exception cref="ArgumentException">The ratio needs more than 1000 phases.</exception>
    public ResamplerFilter(int inputRate, int outputRate)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputRate, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputRate, 1000);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(inputRate, 384000);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(outputRate, 384000);
        var divisor = (int)System.Numerics.BigInteger.GreatestCommonDivisor(inputRate, outputRate);
        Up = outputRate / divisor;
        Down = inputRate / divisor;
        if (Up > 1000)
        {
            throw new ArgumentException(
                $"{inputRate} Hz to {outputRate} Hz needs {Up} filter phases; at most 1000 are sensible.",
                nameof(outputRate)
            );
        }

        var span = SpanAtLowerRate * Math.Max(1.0, (double)Down / Up);
        Taps = ((int)Math.Ceiling(span) + 7) & ~7;
        _coefficients = new float[Up * Taps];
        for (var phase = 0; phase < Up; phase++)
        {
            Design(phase, span);
        }
    }

    /// <summary>Output samples per <see cref="Down"/> input samples, in lowest terms.</summary>
    public int Up { get; }

    public int Down { get; }

    /// <summary>Input samples under the filter; a multiple of 8.</summary>
    public int Taps { get; }

    /// <summary>Delay in input samples.</summary>
    public int Delay => Taps / 2;

    internal ReadOnlySpan<float> Phase(int phase) => _coefficients.AsSpan(phase * Taps, Taps);

    /// <summary>Output at phase p lies p/Up input samples after the window's centre; each phase is scaled to unity gain at 0 Hz.</summary>
    private void Design(int phase, double span)
    {
        var taps = new double[Taps];
        var cutoff = CutoffOfNyquist * Math.Min(1.0, (double)Up / Down);
        double sum = 0;
        for (var i = 0; i < Taps; i++)
        {
            var distance = i - (Delay - 1) - ((double)phase / Up);
            var position = 2 * distance / span;
            var window = Math.Abs(position) >= 1 ? 0 : BesselI0(KaiserBeta * Math.Sqrt(1 - (position * position)));
            taps[i] = window * Sinc(cutoff * distance);
            sum += taps[i];
        }

        for (var i = 0; i < Taps; i++)
        {
            _coefficients[(phase * Taps) + i] = (float)(taps[i] / sum);
        }
    }

    private static double Sinc(double x) => Math.Abs(x) < 1e-12 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    private static double BesselI0(double x)
    {
        double sum = 1;
        double term = 1;
        for (var k = 1; term > sum * 1e-16; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
