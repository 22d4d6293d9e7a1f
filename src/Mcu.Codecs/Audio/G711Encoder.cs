using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>G.711, one byte a sample at 8 kHz: frames of 10 to 60 ms.</summary>
internal sealed class G711Encoder(G711Law law) : IAudioEncoder
{
    public AudioCodec Codec => law == G711Law.Mu ? AudioCodec.Pcmu : AudioCodec.Pcma;

    public int SampleRate => 8000;

    public int Encode(ReadOnlySpan<float> samples, Span<byte> payload)
    {
        if (samples.Length is < 80 or > 480 || samples.Length % 80 != 0)
        {
            throw new ArgumentException($"G.711 takes 80 to 480 samples in steps of 80 (10 ms), not {samples.Length}.", nameof(samples));
        }

        if (payload.Length < samples.Length)
        {
            throw new ArgumentException($"{samples.Length} samples need as many bytes; there are {payload.Length}.", nameof(payload));
        }

        law.Encode(samples, payload);
        return samples.Length;
    }

    /// <summary>G.711 has one rate.</summary>
    public void SetRate(int bitrateBps, double expectedLoss) { }

    /// <summary>Nothing to do: each sample stands alone.</summary>
    public void ContinueFrom(IAudioEncoder other) { }

    /// <summary>Nothing to do: samples are encoded one by one.</summary>
    public void Restart(ReadOnlySpan<float> past) { }

    public void Dispose() { }
}
