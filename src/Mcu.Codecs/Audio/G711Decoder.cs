using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>G.711, one byte a sample at 8 kHz; lost frames are concealed by repeating the pitch.</summary>
internal sealed class G711Decoder(G711Law law) : IAudioDecoder
{
    /// <summary>The longest payload taken: 120 ms.</summary>
    private const int MaxBytes = 960;

    private readonly PitchConcealer _concealer = new(8000);

    public AudioCodec Codec => law == G711Law.Mu ? AudioCodec.Pcmu : AudioCodec.Pcma;

    public int SampleRate => 8000;

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length <= MaxBytes ? payload.Length : 0;

    public int Decode(ReadOnlySpan<byte> payload, Span<float> samples)
    {
        var count = SamplesIn(payload);
        if (count == 0 || count > samples.Length)
        {
            return 0;
        }

        law.Decode(payload, samples);
        _concealer.Received(samples[..count]);
        return count;
    }

    /// <summary>G.711 has no FEC.</summary>
    public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples) => false;

    public void Conceal(Span<float> samples) => _concealer.Conceal(samples);

    public void Dispose() { }
}
