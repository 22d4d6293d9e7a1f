using System.Buffers.Binary;

namespace Mcu.TestKit.Audio;

/// <summary>
/// People who talk: the prompts of Debian's <c>asterisk-core-sounds-en-wav</c> where it is installed, synthetic voices where it is not.
/// </summary>
public static class Recordings
{
    private const string Folder = "/usr/share/asterisk/sounds";
    private const int FileRate = 8000;
    private const int Rate = 48_000;
    private const int HeaderLength = 44; // of a RIFF file with PCM and nothing else

    /// <summary>Several voices, or one that says several things; -26 dB, 48 kHz.</summary>
    /// <param name="count">How many.</param>
    /// <param name="length">Of each.</param>
    public static IEnumerable<float[]> Take(int count, TimeSpan length)
    {
        var samples = (int)(length.TotalSeconds * Rate);
        var files = Find();
        for (var i = 0; i < count; i++)
        {
            var voice = files.Count > 0 ? Read(files, first: i * files.Count / count, samples) : new Voice(i + 1, Rate).Take(samples);
            var gain = 0.05 / Tone.Rms(voice);
            yield return [.. voice.Select(sample => (float)(sample * gain))];
        }
    }

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

    /// <summary>As many files, one after the other, as are needed.</summary>
    private static float[] Read(List<string> files, int first, int samples)
    {
        var narrow = new List<float>();
        for (var file = first; narrow.Count < samples / (Rate / FileRate); file++)
        {
            var bytes = File.ReadAllBytes(files[file % files.Count]).AsSpan(HeaderLength);
            for (; bytes.Length >= 2; bytes = bytes[2..])
            {
                narrow.Add(BinaryPrimitives.ReadInt16LittleEndian(bytes) / 32768f);
            }
        }

        return [.. Enumerable.Range(0, samples).Select(i => Interpolate(narrow, (double)i * FileRate / Rate))];
    }

    /// <summary>Windowed sinc over 32 samples.</summary>
    private static float Interpolate(List<float> samples, double position)
    {
        const int half = 16;
        var sum = 0.0;
        for (var i = Math.Max((int)position - half + 1, 0); i <= Math.Min((int)position + half, samples.Count - 1); i++)
        {
            var x = position - i;
            var window = 0.5 + (0.5 * Math.Cos(Math.PI * x / half));
            sum += samples[i] * window * (x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x));
        }

        return (float)sum;
    }
}
