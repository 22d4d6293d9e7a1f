namespace Mcu.TestKit.Audio;

/// <summary>A sine that goes on without a seam from frame to frame, and the measurements that find it again.</summary>
public sealed class Tone(double frequencyHz, int sampleRate, double amplitude = 0.5)
{
    private long _position;

    /// <summary>Fills the span with what comes next.</summary>
    public void Next(Span<float> samples)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = (float)(amplitude * Math.Sin(2 * Math.PI * frequencyHz * _position++ / sampleRate));
        }
    }

    /// <summary>The next <paramref name="count"/> samples in a new array.</summary>
    public float[] Take(int count)
    {
        var samples = new float[count];
        Next(samples);
        return samples;
    }

    /// <summary>Root mean square, 0 to 1; a full-scale sine has 0.707.</summary>
    public static double Rms(ReadOnlySpan<float> samples)
    {
        double energy = 0;
        foreach (var sample in samples)
        {
            energy += sample * sample;
        }

        return samples.IsEmpty ? 0 : Math.Sqrt(energy / samples.Length);
    }

    /// <summary>Amplitude of one frequency in the samples (Goertzel with a Hann window, so that other tones leak little).</summary>
    public static double Amplitude(ReadOnlySpan<float> samples, double frequencyHz, int sampleRate)
    {
        var coefficient = 2 * Math.Cos(2 * Math.PI * frequencyHz / sampleRate);
        double previous = 0;
        double beforePrevious = 0;
        for (var i = 0; i < samples.Length; i++)
        {
            var window = 0.5 - (0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / samples.Length));
            var current = (samples[i] * window) + (coefficient * previous) - beforePrevious;
            (beforePrevious, previous) = (previous, current);
        }

        var power = (previous * previous) + (beforePrevious * beforePrevious) - (coefficient * previous * beforePrevious);
        // A Hann window passes half of the amplitude.
        return samples.IsEmpty ? 0 : 4 * Math.Sqrt(Math.Max(power, 0)) / samples.Length;
    }

    /// <summary>Level of one frequency in dB below full scale; -200 where there is nothing.</summary>
    public static double LevelDb(ReadOnlySpan<float> samples, double frequencyHz, int sampleRate) =>
        Decibels(Amplitude(samples, frequencyHz, sampleRate));

    /// <summary>An amplitude ratio in dB, not under -200.</summary>
    public static double Decibels(double ratio) => Math.Max(20 * Math.Log10(Math.Max(ratio, 1e-10)), -200);

    /// <summary>Signal to noise in dB of <paramref name="actual"/> against <paramref name="expected"/>, at the best delay of 0 to <paramref name="maxDelay"/> samples.</summary>
    public static double SignalToNoiseDb(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, int maxDelay)
    {
        var best = double.MinValue;
        for (var delay = 0; delay <= maxDelay; delay++)
        {
            double signal = 0;
            double noise = 1e-12;
            for (var i = 0; i + maxDelay < Math.Min(expected.Length, actual.Length); i++)
            {
                var difference = actual[i + delay] - expected[i];
                signal += expected[i] * expected[i];
                noise += difference * difference;
            }

            best = Math.Max(best, 10 * Math.Log10(Math.Max(signal, 1e-12) / noise));
        }

        return best;
    }

    /// <summary>The largest step from one sample to the next: what a click is made of.</summary>
    public static double LargestStep(ReadOnlySpan<float> samples)
    {
        double largest = 0;
        for (var i = 1; i < samples.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(samples[i] - samples[i - 1]));
        }

        return largest;
    }
}
