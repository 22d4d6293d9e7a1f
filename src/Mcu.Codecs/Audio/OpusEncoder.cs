using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;

namespace Mcu.Codecs.Audio;

/// <summary>Opus through libopus: mono at 48 kHz, variable bitrate, FEC and DTX as opened (RFC 6716, RFC 7587).</summary>
internal sealed unsafe class OpusEncoder : IAudioEncoder
{
    public const int MinBitrateBps = 6000;
    public const int MaxBitrateBps = 510000;

    /// <summary>TOC byte and the longest frame: what one encode can need.</summary>
    private const int MaxPayloadBytes = 1276;

    private readonly OpusEncoderHandle _handle;
    private readonly bool _dtx;
    private bool _isAlone; // the next payload does not build on those before it

    /// <exception cref="ArgumentOutOfRangeException">Bitrate or complexity out of range.</exception>
    public OpusEncoder(in AudioEncoderSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.BitrateBps, MinBitrateBps, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.BitrateBps, MaxBitrateBps, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Complexity, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(settings.Complexity, 10, nameof(settings));
        _dtx = settings.Dtx;
        _handle = OpusEncoderHandle.Open(settings.BitrateBps, settings.Complexity, settings.InbandFec, settings.Dtx, settings.LowDelay);
    }

    public AudioCodec Codec => AudioCodec.Opus;

    public int SampleRate => 48000;

    public int Encode(ReadOnlySpan<float> samples, Span<byte> payload)
    {
        if (samples.Length is not (480 or 960 or 1920 or 2880))
        {
            throw new ArgumentException($"Opus takes 480, 960, 1920 or 2880 samples at a time, not {samples.Length}.", nameof(samples));
        }

        if (payload.Length < MaxPayloadBytes)
        {
            throw new ArgumentException($"An Opus payload can need {MaxPayloadBytes} bytes; there are {payload.Length}.", nameof(payload));
        }

        using var time = CodecTime.Count(CodecWork.AudioEncode);
        int written;
        fixed (float* input = samples)
        fixed (byte* output = payload)
        {
            written = OpusNative.Encode(_handle, input, samples.Length, output, MaxPayloadBytes);
        }

        if (written < 0)
        {
            throw new InvalidOperationException($"libopus refused to encode (error {written}).");
        }

        if (_isAlone)
        {
            SetAlone(false);
        }

        // A packet of nothing but its TOC byte is libopus's way to say that this frame need not be sent.
        return _dtx && written <= 2 ? 0 : written;
    }

    /// <summary>Values outside their ranges are taken to the nearest limit.</summary>
    public void SetRate(int bitrateBps, double expectedLoss)
    {
        var percent = (int)Math.Round(Math.Clamp(expectedLoss, 0, 1) * 100);
        var error = OpusNative.SetRate(_handle, Math.Clamp(bitrateBps, MinBitrateBps, MaxBitrateBps), percent);
        if (error < 0)
        {
            throw new InvalidOperationException($"libopus refused the rate (error {error}).");
        }
    }

    public void ContinueFrom(IAudioEncoder other)
    {
        if (other is not OpusEncoder { _dtx: var dtx } opus || dtx != _dtx)
        {
            throw new ArgumentException("Only an Opus encoder with the same DTX can be gone on from.", nameof(other));
        }

        OpusNative.Copy(_handle, opus._handle);
        _isAlone = opus._isAlone;
    }

    public void Restart(ReadOnlySpan<float> past)
    {
        var error = OpusNative.Reset(_handle);
        if (error < 0)
        {
            throw new InvalidOperationException($"libopus refused to begin anew (error {error}).");
        }

        if (!past.IsEmpty)
        {
            Span<byte> unheard = stackalloc byte[MaxPayloadBytes];
            _ = Encode(past, unheard);
        }

        SetAlone(true);
    }

    public void Dispose() => _handle.Dispose();

    private void SetAlone(bool alone)
    {
        _isAlone = alone;
        var error = OpusNative.SetAlone(_handle, alone ? 1 : 0);
        if (error < 0)
        {
            throw new InvalidOperationException($"libopus refused to change its prediction (error {error}).");
        }
    }
}
