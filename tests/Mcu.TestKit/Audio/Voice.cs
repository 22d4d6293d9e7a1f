namespace Mcu.TestKit.Audio;

/// <summary>
/// Something that a speech codec takes for speech: a gliding pitch with the harmonics of a vowel, in syllables with pauses
/// between them. The same seed says the same.
/// </summary>
public sealed class Voice(int seed, int sampleRate)
{
    private const double SyllablesPerSecond = 3.5;
    private readonly Random _random = new(seed);
    private readonly double _pitchHz = 110 + (seed % 7 * 15);
    private double _phase;
    private double _syllable;

    /// <summary>Fills the span with what comes next.</summary>
    public void Next(Span<float> samples)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            _syllable += SyllablesPerSecond / sampleRate;
            var within = _syllable % 1;
            // Each syllable swells and falls in two thirds of its time, then pauses.
            var loudness = within < 0.66 ? Math.Sin(Math.PI * within / 0.66) : 0;
            _phase += _pitchHz * (1 + (0.15 * Math.Sin(_syllable * 2.1))) / sampleRate;
            samples[i] = (float)(0.25 * loudness * (Vowel() + (0.02 * (_random.NextDouble() - 0.5))));
        }
    }

    /// <summary>The next <paramref name="count"/> samples in a new array.</summary>
    public float[] Take(int count)
    {
        var samples = new float[count];
        Next(samples);
        return samples;
    }

    /// <summary>Harmonics that are strongest around two formants, which move from syllable to syllable.</summary>
    private double Vowel()
    {
        var first = 500 + (200 * Math.Sin(_syllable * 1.3));
        var second = 1500 + (500 * Math.Sin(_syllable * 0.7));
        double sum = 0;
        for (var harmonic = 1; harmonic <= 20; harmonic++)
        {
            var frequency = harmonic * _pitchHz;
            var weight = Peak(frequency, first, 150) + (0.5 * Peak(frequency, second, 250)) + 0.03;
            sum += weight * Math.Sin(2 * Math.PI * harmonic * _phase);
        }

        return sum;
    }

    private static double Peak(double frequency, double centre, double width)
    {
        var distance = (frequency - centre) / width;
        return 1 / (1 + (distance * distance));
    }
}
