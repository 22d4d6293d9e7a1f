using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using Mcu.Mixing.Audio;

namespace Mcu.Benchmarks.Network;

/// <summary>Debian's pocketsphinx, told which words there are: what a machine understands, a human does.</summary>
internal static class Recogniser
{
    private const string Model = "/usr/share/pocketsphinx/model/en-us";
    private const int SampleRate = 16_000;
    private const int HeaderBytes = 44;

    /// <summary>The words of a recording at 48 kHz, in order.</summary>
    /// <exception cref="InvalidOperationException">It is not installed, or failed.</exception>
    public static IReadOnlyList<string> Recognise(ReadOnlySpan<float> recording, IReadOnlyList<string> vocabulary)
    {
        var folder = Directory.CreateTempSubdirectory("mcu-words-");
        try
        {
            var wave = Path.Combine(folder.FullName, "heard.wav");
            var grammar = Path.Combine(folder.FullName, "words.jsgf");
            File.WriteAllBytes(wave, WaveOf(recording));
            File.WriteAllText(grammar, $"#JSGF V1.0;\ngrammar words;\npublic <said> = ( {string.Join(" | ", vocabulary)} )+;\n");
            return Run(wave, grammar).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The least number of words to insert, leave out or replace that makes one of the other.</summary>
    public static int Errors(IReadOnlyList<string> said, IReadOnlyList<string> understood)
    {
        var distance = Enumerable.Range(0, understood.Count + 1).ToArray();
        for (var i = 1; i <= said.Count; i++)
        {
            var diagonal = distance[0];
            distance[0] = i;
            for (var j = 1; j <= understood.Count; j++)
            {
                var replaced = diagonal + (said[i - 1] == understood[j - 1] ? 0 : 1);
                diagonal = distance[j];
                distance[j] = Math.Min(replaced, Math.Min(distance[j], distance[j - 1]) + 1);
            }
        }

        return distance[^1];
    }

    private static string Run(string wave, string grammar)
    {
        string[] arguments =
        [
            "-infile",
            wave,
            "-hmm",
            $"{Model}/en-us",
            "-dict",
            $"{Model}/cmudict-en-us.dict",
            "-jsgf",
            grammar,
            "-logfn",
            "/dev/null",
        ];
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("pocketsphinx_continuous", arguments) { RedirectStandardOutput = true, UseShellExecute = false }
            )!;
            var words = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? words : throw new InvalidOperationException($"pocketsphinx ended with {process.ExitCode}.");
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("Words are recognised by pocketsphinx: './mcu setup bench' installs it.", missing);
        }
    }

    /// <summary>RIFF, mono, 16 bits, 16 kHz.</summary>
    private static byte[] WaveOf(ReadOnlySpan<float> recording)
    {
        var resampler = new Resampler(48_000, SampleRate);
        var samples = new float[resampler.OutputFor(recording.Length)];
        var count = resampler.Process(recording, samples);
        var file = new byte[HeaderBytes + (2 * count)];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), 1);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), SampleRate);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(28), 2 * SampleRate);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(32), 2);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), 2 * count);
        for (var i = 0; i < count; i++)
        {
            var value = (short)Math.Clamp(samples[i] * 32767, short.MinValue, short.MaxValue);
            BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(HeaderBytes + (2 * i)), value);
        }

        return file;
    }
}
