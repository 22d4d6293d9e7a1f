using Mcu.TestKit.Audio;

namespace Mcu.Load.Clips;

/// <summary>Somebody who talks: real recordings where Debian's asterisk-core-sounds-en-wav is installed, else synthetic voices.</summary>
internal static class Speech
{
    private const string Folder = "/usr/share/asterisk/sounds";

    /// <summary>-30 dB: a little less than is usual, so that a sum of a hundred voices does not overflow in a mixer that has no limiter.</summary>
    private static readonly double s_level = Math.Pow(10, -30 / 20.0);

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_spurt = TimeSpan.FromSeconds(4);
    private static readonly Lazy<List<string>> s_recordings = new(Find);

    public static string Source =>
        s_recordings.Value.Count > 0
            ? "recorded speech of asterisk-core-sounds-en-wav"
            : "synthetic speech (asterisk-core-sounds-en-wav is not installed)";

    /// <summary>So much of one voice at 48 kHz without pauses but those between words.</summary>
    public static float[] Take(int voice, TimeSpan length)
    {
        var samples = Record(voice, (int)(length.TotalSeconds * SoundClip.SampleRate));
        var gain = (float)(s_level / Tone.Rms(samples));
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] *= gain;
        }

        return samples;
    }

    /// <summary>The same, with a pause of silence after each spurt.</summary>
    public static float[] TakeSpurts(int voice, TimeSpan length)
    {
        var samples = Take(voice, length);
        var period = (int)((s_spurt + s_pause).TotalSeconds * SoundClip.SampleRate);
        var talking = (int)(s_spurt.TotalSeconds * SoundClip.SampleRate);
        for (var start = talking; start < samples.Length; start += period)
        {
            samples.AsSpan(start, Math.Min(period - talking, samples.Length - start)).Clear();
        }

        return samples;
    }

    private static float[] Record(int voice, int length)
    {
        var samples = new float[length];
        if (s_recordings.Value.Count == 0)
        {
            new Voice(voice + 1, SoundClip.SampleRate).Next(samples);
            return samples;
        }

        var filled = 0;
        for (var file = voice; filled < samples.Length; file += 7)
        {
            var recording = WaveFile.Read(s_recordings.Value[file % s_recordings.Value.Count], SoundClip.SampleRate);
            var part = recording.AsSpan(0, Math.Min(recording.Length, samples.Length - filled));
            part.CopyTo(samples.AsSpan(filled));
            filled += part.Length;
        }

        return samples;
    }

    /// <summary>The longer ones, in an order that is always the same.</summary>
    private static List<string> Find() =>
        Directory.Exists(Folder)
            ?
            [
                .. Directory
                    .EnumerateFiles(Folder, "*.wav", SearchOption.AllDirectories)
                    .Where(path => new FileInfo(path).Length is > 40_000 and < 400_000)
                    .Order(StringComparer.Ordinal),
            ]
            : [];
}
