namespace Mcu.Mixing.Tests.Audio;

/// <summary>Test signals and how to measure them.</summary>
internal static class Tones
{
    public static float[] Sine(double frequencyHz, double amplitude, int samples, int rateHz = 48000, int start = 0)
    {
        var pcm = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            pcm[i] = (float)(amplitude * Math.Sin(2 * Math.PI * frequencyHz * (start + i) / rateHz));
        }

        return pcm;
    }

    public static float[] Noise(int seed, double amplitude, int samples)
    {
        var random = new Random(seed);
        var pcm = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            pcm[i] = (float)(amplitude * ((2 * random.NextDouble()) - 1));
        }

        return pcm;
    }

    /// <summary>Amplitude of one frequency, by projection; exact over whole periods.</summary>
    public static double AmplitudeAt(ReadOnlySpan<float> pcm, double frequencyHz, int rateHz = 48000)
    {
        double re = 0;
        double im = 0;
        for (var i = 0; i < pcm.Length; i++)
        {
            var angle = 2 * Math.PI * frequencyHz * i / rateHz;
            re += pcm[i] * Math.Cos(angle);
            im += pcm[i] * Math.Sin(angle);
        }

        return 2 * Math.Sqrt((re * re) + (im * im)) / pcm.Length;
    }

    public static double Rms(ReadOnlySpan<float> pcm)
    {
        double sum = 0;
        foreach (var x in pcm)
        {
            sum += (double)x * x;
        }

        return Math.Sqrt(sum / pcm.Length);
    }

    public static double Db(double ratio) => 20 * Math.Log10(Math.Max(ratio, 1e-30));

    /// <summary>Everything but the fundamental, relative to it, in dB. The signal spans whole periods.</summary>
    public static double DistortionDb(ReadOnlySpan<float> pcm, double frequencyHz, int rateHz = 48000)
    {
        var fundamental = AmplitudeAt(pcm, frequencyHz, rateHz) / Math.Sqrt(2);
        var total = Rms(pcm);
        return Db(Math.Sqrt(Math.Max((total * total) - (fundamental * fundamental), 0)) / fundamental);
    }
}
