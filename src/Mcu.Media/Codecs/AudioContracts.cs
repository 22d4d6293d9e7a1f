namespace Mcu.Media.Codecs;

/// <summary>
/// Decodes one incoming audio stream. Samples are 32-bit float, mono, -1 to 1. Not thread-safe: one owner.
/// Damaged payloads never throw; they conceal.
/// </summary>
public interface IAudioDecoder : IDisposable
{
    AudioCodec Codec { get; }

    /// <summary>Hz of the samples given: 48000 for Opus, 16000 for G.722, 8000 for G.711.</summary>
    int SampleRate { get; }

    /// <summary>Samples that <paramref name="payload"/> stands for, without decoding it; 0 if it cannot be parsed.</summary>
    int SamplesIn(ReadOnlySpan<byte> payload);

    /// <summary>Decodes a payload; returns the samples written, 0 if it was damaged beyond use (the caller then conceals).</summary>
    int Decode(ReadOnlySpan<byte> payload, Span<float> samples);

    /// <summary>Recovers the frame before <paramref name="nextPayload"/> from in-band FEC (RFC 6716 section 2.1.7) into exactly <paramref name="samples"/>; false if there is none.</summary>
    bool TryRecoverPrevious(ReadOnlySpan<byte> nextPayload, Span<float> samples);

    /// <summary>Fills <paramref name="samples"/> (at most 20 ms) with concealment of a lost frame.</summary>
    void Conceal(Span<float> samples);
}

/// <summary>Encodes one outgoing audio stream from 20 ms (or 10, 40, 60 ms for Opus) of mono float samples. Not thread-safe: one owner.</summary>
public interface IAudioEncoder : IDisposable
{
    AudioCodec Codec { get; }

    /// <summary>Hz of the samples taken.</summary>
    int SampleRate { get; }

    /// <summary>Encodes one frame; returns payload bytes written, 0 where DTX says that nothing need be sent (RFC 7587 section 3.1.3).</summary>
    /// <exception cref="ArgumentException">The frame length is not one the codec knows, or the payload span is under 1276 bytes.</exception>
    int Encode(ReadOnlySpan<float> samples, Span<byte> payload);

    /// <summary>Changes the bitrate (6000 to 510000 bit/s for Opus; no effect for the others) and the loss the encoder's FEC should prepare for (0 to 1).</summary>
    void SetRate(int bitrateBps, double expectedLoss);

    /// <summary>
    /// Goes on where another encoder of the same codec is, settings included: its listeners can be given this one's payloads next and do
    /// not hear the change.
    /// </summary>
    /// <exception cref="ArgumentException">The other is of another codec or make.</exception>
    void ContinueFrom(IAudioEncoder other);

    /// <summary>
    /// Forgets what was encoded: its listeners have since been given payloads of somebody else's encoder. The next payload can be decoded
    /// without those before it.
    /// </summary>
    /// <param name="past">The last frame that listeners heard, from which the sound goes on; empty where it does not.</param>
    void Restart(ReadOnlySpan<float> past);
}

/// <summary>What an audio encoder is opened with.</summary>
/// <param name="BitrateBps">Opus 6000 to 510000.</param>
/// <param name="Complexity">Opus 0 to 10.</param>
/// <param name="InbandFec">Opus in-band FEC.</param>
/// <param name="Dtx">Opus discontinuous transmission.</param>
/// <param name="LowDelay">Opus in its CELT mode alone: 4 ms less delay and a third of the work, but no FEC, and poor below 24,000 bit/s.</param>
public readonly record struct AudioEncoderSettings(
    int BitrateBps = 32000,
    int Complexity = 5,
    bool InbandFec = true,
    bool Dtx = false,
    bool LowDelay = false
)
{
    /// <summary>The defaults above; without this, <c>new()</c> would be all zeros.</summary>
    public AudioEncoderSettings()
        : this(32000) { }
}
