using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>Opus through libopus: any packet to mono at 48 kHz; conceals and reads FEC (RFC 6716).</summary>
internal sealed unsafe class OpusDecoder : IAudioDecoder
{
    /// <summary>libopus conceals in steps of 2.5 ms.</summary>
    private const int ConcealStep = 120;

    private readonly OpusDecoderHandle _handle = OpusDecoderHandle.Open();

    public AudioCodec Codec => AudioCodec.Opus;

    public int SampleRate => 48000;

    public int SamplesIn(ReadOnlySpan<byte> payload) => OpusPacket.TryParse(payload, out var packet) ? packet.Samples : 0;

    public int Decode(ReadOnlySpan<byte> payload, Span<float> samples)
    {
        if (!OpusPacket.TryParse(payload, out var packet) || packet.Samples > samples.Length)
        {
            return 0;
        }

        using var time = CodecTime.Count(CodecWork.AudioDecode);
        fixed (byte* data = payload)
        fixed (float* output = samples)
        {
            return Math.Max(OpusNative.Decode(_handle, data, payload.Length, output, samples.Length), 0);
        }
    }

    public bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples)
    {
        if (samples.IsEmpty || samples.Length % ConcealStep != 0)
        {
            return false;
        }

        // Without FEC in the packet libopus would conceal and call it success.
        if (!OpusPacket.TryParse(nextPayload, out var packet) || !packet.HasFec || samples.Length < packet.FrameSamples)
        {
            return false;
        }

        using var time = CodecTime.Count(CodecWork.AudioDecode);
        fixed (byte* data = nextPayload)
        fixed (float* output = samples)
        {
            return OpusNative.Recover(_handle, data, nextPayload.Length, output, samples.Length) == samples.Length;
        }
    }

    public void Conceal(Span<float> samples)
    {
        var whole = samples.Length - (samples.Length % ConcealStep);
        if (whole > 0)
        {
            ConcealWhole(samples[..whole]);
        }

        if (whole < samples.Length)
        {
            Span<float> step = stackalloc float[ConcealStep];
            ConcealWhole(step);
            step[..(samples.Length - whole)].CopyTo(samples[whole..]);
        }
    }

    public void Dispose() => _handle.Dispose();

    private void ConcealWhole(Span<float> samples)
    {
        using var time = CodecTime.Count(CodecWork.AudioDecode);
        int written;
        fixed (float* output = samples)
        {
            written = OpusNative.Conceal(_handle, output, samples.Length);
        }

        samples[Math.Max(written, 0)..].Clear();
    }
}
