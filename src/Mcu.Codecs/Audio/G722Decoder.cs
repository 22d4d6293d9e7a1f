using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>G.722 at 64 kbit/s, two samples a byte at 16 kHz (its RTP clock counts 8 kHz, RFC 3551 section 4.5.2).</summary>
internal sealed unsafe class G722Decoder : IAudioDecoder
{
    /// <summary>The longest payload taken: 120 ms.</summary>
    private const int MaxBytes = 960;

    private readonly G722Handle _handle = G722Handle.OpenDecoder();
    private readonly PitchConcealer _concealer = new(16000);

    public AudioCodec Codec => AudioCodec.G722;

    public int SampleRate => 16000;

    public int SamplesIn(ReadOnlySpan<byte> payload) => payload.Length <= MaxBytes ? payload.Length * 2 : 0;

    public int Decode(ReadOnlySpan<byte> payload, Span<float> samples)
    {
        var count = SamplesIn(payload);
        if (count == 0 || count > samples.Length)
        {
            return 0;
        }

        using var time = CodecTime.Count(CodecWork.AudioDecode);
        int written;
        fixed (byte* data = payload)
        fixed (float* output = samples)
        {
            written = G722Native.Decode(_handle, data, payload.Length, output, samples.Length);
        }

        if (written <= 0)
        {
            return 0;
        }

        _concealer.Received(samples[..written]);
        return written;
    }

    /// <summary>G.722 has no FEC.</summary>
    public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples) => false;

    public void Conceal(Span<float> samples) => _concealer.Conceal(samples);

    public void Dispose() => _handle.Dispose();
}
