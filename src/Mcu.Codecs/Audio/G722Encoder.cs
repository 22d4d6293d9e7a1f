using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>G.722 at 64 kbit/s: frames of 20 ms at 16 kHz to 160 bytes.</summary>
internal sealed unsafe class G722Encoder : IAudioEncoder
{
    private const int FrameSamples = 320;
    private const int FrameBytes = 160;

    private readonly G722Handle _handle = G722Handle.OpenEncoder();

    public AudioCodec Codec => AudioCodec.G722;

    public int SampleRate => 16000;

    public int Encode(ReadOnlySpan<float> samples, Span<byte> payload)
    {
        if (samples.Length != FrameSamples)
        {
            throw new ArgumentException($"G.722 takes {FrameSamples} samples (20 ms) at a time, not {samples.Length}.", nameof(samples));
        }

        if (payload.Length < FrameBytes)
        {
            throw new ArgumentException($"A G.722 frame needs {FrameBytes} bytes; there are {payload.Length}.", nameof(payload));
        }

        using var time = CodecTime.Count(CodecWork.AudioEncode);
        int written;
        fixed (float* input = samples)
        fixed (byte* output = payload)
        {
            written = G722Native.Encode(_handle, input, output, payload.Length);
        }

        return written > 0 ? written : throw new InvalidOperationException("libavcodec refused to encode G.722.");
    }

    /// <summary>G.722 is used at its one rate of 64 kbit/s.</summary>
    public void SetRate(int bitrateBps, double expectedLoss) { }

    /// <summary>Nothing to do: the decoder's predictor follows any encoder's within a few milliseconds (G.722 section 3.6 leaks its state away).</summary>
    public void ContinueFrom(IAudioEncoder other) { }

    /// <summary>Nothing to do, for the same reason.</summary>
    public void Restart(ReadOnlySpan<float> past) { }

    public void Dispose() => _handle.Dispose();
}
