using System.Buffers.Binary;
using Mcu.Mixing.Audio;

namespace Mcu.Load.Clips;

/// <summary>Reads mono 16 bit PCM from a RIFF file.</summary>
internal static class WaveFile
{
    private const int HeaderLength = 12;
    private const int ChunkHeaderLength = 8;

    /// <summary>The samples at another rate.</summary>
    /// <exception cref="InvalidDataException">It is something else.</exception>
    public static float[] Read(string path, int sampleRate)
    {
        if (!TryParse(File.ReadAllBytes(path), out var rate, out var samples))
        {
            throw new InvalidDataException($"{path} is not a WAVE file with 16 bit mono PCM.");
        }

        var resampler = new Resampler(rate, sampleRate);
        var output = new float[resampler.OutputFor(samples.Length)];
        resampler.Process(samples, output);
        return output;
    }

    public static bool TryParse(ReadOnlySpan<byte> file, out int sampleRate, out float[] samples)
    {
        sampleRate = 0;
        samples = [];
        if (file.Length < HeaderLength || !file[..4].SequenceEqual("RIFF"u8) || !file[8..12].SequenceEqual("WAVE"u8))
        {
            return false;
        }

        for (var rest = file[HeaderLength..]; rest.Length >= ChunkHeaderLength; )
        {
            var size = BinaryPrimitives.ReadInt32LittleEndian(rest[4..]);
            if (size < 0 || size > rest.Length - ChunkHeaderLength)
            {
                return false;
            }

            var chunk = rest.Slice(ChunkHeaderLength, size);
            if (rest[..4].SequenceEqual("fmt "u8) && !TryReadFormat(chunk, out sampleRate))
            {
                return false;
            }

            if (rest[..4].SequenceEqual("data"u8) && sampleRate > 0)
            {
                samples = Samples(chunk);
                return true;
            }

            rest = rest[Math.Min(ChunkHeaderLength + size + (size & 1), rest.Length)..];
        }

        return false;
    }

    /// <summary>WAVE_FORMAT_PCM, one channel, 16 bits.</summary>
    private static bool TryReadFormat(ReadOnlySpan<byte> chunk, out int sampleRate)
    {
        sampleRate = chunk.Length >= 16 ? BinaryPrimitives.ReadInt32LittleEndian(chunk[4..]) : 0;
        return chunk.Length >= 16
            && BinaryPrimitives.ReadInt16LittleEndian(chunk) == 1
            && BinaryPrimitives.ReadInt16LittleEndian(chunk[2..]) == 1
            && BinaryPrimitives.ReadInt16LittleEndian(chunk[14..]) == 16
            && sampleRate is >= 8000 and <= 192_000;
    }

    private static float[] Samples(ReadOnlySpan<byte> data)
    {
        var samples = new float[data.Length / 2];
        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(data[(i * 2)..]) / 32768f;
        }

        return samples;
    }
}
