using Mcu.Media.Codecs;

namespace Mcu.Sdp.Negotiation;

/// <summary>An audio payload type both sides know.</summary>
public sealed record NegotiatedAudioCodec(byte PayloadType, AudioCodec Codec)
{
    /// <summary>RTP clock in Hz; 8000 for G.722 although it samples at 16000 (RFC 3551 section 4.5.2).</summary>
    public int ClockRate => Codec == AudioCodec.Opus ? 48000 : 8000;

    /// <summary>Payload type of packets that carry earlier frames of this codec too (RED, RFC 2198), or null.</summary>
    public byte? RedPayloadType { get; init; }

    /// <summary>What the peer wants to get, where the codec is Opus.</summary>
    public OpusParameters Opus { get; init; } = OpusParameters.Default;
}

/// <summary>What a peer wants its Opus to be like (RFC 7587 section 6.1).</summary>
/// <param name="Stereo">It prefers stereo.</param>
/// <param name="InbandFec">It makes use of in-band FEC.</param>
/// <param name="Dtx">It wants silence left out.</param>
/// <param name="MaxPlaybackRateHz">8000 to 48000: more than this is wasted on it.</param>
/// <param name="MaxAverageBitrateBps">Most bit/s it wants, or null.</param>
public sealed record OpusParameters(bool Stereo, bool InbandFec, bool Dtx, int MaxPlaybackRateHz, int? MaxAverageBitrateBps)
{
    public static readonly OpusParameters Default = new(false, false, false, 48000, null);

    public static OpusParameters From(FormatParameters parameters)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        return new OpusParameters(
            parameters.Flag("stereo"),
            parameters.Flag("useinbandfec"),
            parameters.Flag("usedtx"),
            Math.Clamp(parameters.Number("maxplaybackrate") ?? 48000, 8000, 48000),
            parameters.Number("maxaveragebitrate") is { } bitrate ? Math.Clamp(bitrate, 6000, 510000) : null
        );
    }
}

/// <summary>A video payload type both sides know, 90 kHz.</summary>
public sealed record NegotiatedVideoCodec(byte PayloadType, VideoCodec Codec)
{
    /// <summary>Payload type of its retransmissions (RFC 4588), or null.</summary>
    public byte? RtxPayloadType { get; init; }

    /// <summary>False where the peer can only take what we cannot make (H.264 in single NAL unit mode).</summary>
    public bool Sendable { get; init; } = true;

    /// <summary>
    /// Frames are numbered, so that a lost FEC packet leaves no doubt whether media was lost. H.264 has no numbers: a browser would wait
    /// for the FEC packet as for any other.
    /// </summary>
    public bool CanHaveFec => Codec != VideoCodec.H264;

    /// <summary>Set for H.264 only.</summary>
    public H264ProfileLevel? H264 { get; init; }

    /// <summary>The peer's parameters for what it gets, e.g. <c>max-fs</c> (RFC 7741 section 6.1).</summary>
    public FormatParameters Parameters { get; init; } = FormatParameters.None;
}

/// <summary>Forward error correction of a video section: ULPFEC packets (RFC 5109) in RED (RFC 2198), as are then the media packets they protect.</summary>
/// <param name="RedPayloadType">Of RED, which wraps any of the section's codecs.</param>
/// <param name="UlpfecPayloadType">Inside RED.</param>
/// <param name="RedRtxPayloadType">Of retransmitted RED packets, or null.</param>
public sealed record NegotiatedVideoFec(byte RedPayloadType, byte UlpfecPayloadType, byte? RedRtxPayloadType);
