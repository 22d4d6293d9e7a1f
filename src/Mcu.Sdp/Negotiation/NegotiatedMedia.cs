using Mcu.Media.Codecs;

namespace Mcu.Sdp.Negotiation;

/// <summary>What a media section is for.</summary>
public enum MediaPurpose
{
    /// <summary>Nothing: the section is rejected.</summary>
    None,

    /// <summary>The microphone one way, the mix the other.</summary>
    Audio,

    /// <summary>The camera one way, the composite the other.</summary>
    Video,

    /// <summary>A screen share, one way only.</summary>
    Screen,
}

/// <summary>RTCP feedback both sides know in a section.</summary>
[Flags]
public enum FeedbackKinds
{
    None = 0,

    /// <summary>RFC 4585 section 6.2.1.</summary>
    Nack = 1,

    /// <summary>Picture loss indication, RFC 4585 section 6.3.1.</summary>
    Pli = 2,

    /// <summary>Full intra request, RFC 5104 section 4.3.1.</summary>
    Fir = 4,

    /// <summary>Receiver estimated maximum bitrate (draft-alvestrand-rmcat-remb).</summary>
    Remb = 8,

    TransportCc = 16,
}

/// <summary>Ids of the header extensions both sides know; 0 where one is not used. All are 1 to 14 (one-byte headers, RFC 8285 section 4.2).</summary>
public readonly record struct ExtensionIds(byte Mid, byte AudioLevel, byte AbsSendTime, byte TransportCc, byte VideoOrientation);

/// <summary>A stream that the peer announced with <c>a=ssrc</c>, and its retransmission stream.</summary>
public sealed record RemoteSource(uint Ssrc, uint? RtxSsrc, string? Cname);

/// <summary>One media section as agreed.</summary>
public sealed record NegotiatedMedia
{
    /// <summary>Position of the m-line, from 0.</summary>
    public required int Index { get; init; }

    public required MediaKind Kind { get; init; }

    public required string? Mid { get; init; }

    /// <summary>None where the section is rejected; nothing but the position then matters.</summary>
    public required MediaPurpose Purpose { get; init; }

    public bool Rejected => Purpose == MediaPurpose.None;

    /// <summary>The peer sends and we take it.</summary>
    public bool Receives { get; init; }

    /// <summary>We send and the peer takes it.</summary>
    public bool Sends { get; init; }

    /// <summary>Audio codecs we may get, best for the peer first; any of them may also be sent.</summary>
    public IReadOnlyList<NegotiatedAudioCodec> AudioCodecs { get; init; } = [];

    /// <summary>Video codecs we may get, best for the peer first; those with <see cref="NegotiatedVideoCodec.Sendable"/> may also be sent.</summary>
    public IReadOnlyList<NegotiatedVideoCodec> VideoCodecs { get; init; } = [];

    /// <summary>Forward error correction of the video, or null.</summary>
    public NegotiatedVideoFec? VideoFec { get; init; }

    public ExtensionIds Extensions { get; init; }

    public FeedbackKinds Feedback { get; init; }

    /// <summary>RFC 5506.</summary>
    public bool ReducedSizeRtcp { get; init; }

    /// <summary>Packet duration the peer prefers to get, in ms, or null.</summary>
    public int? PacketTimeMs { get; init; }

    /// <summary>Most bit/s that the peer wants to get in this section (b=TIAS or b=AS), or null.</summary>
    public int? MaxSendBitrateBps { get; init; }

    public IReadOnlyList<RemoteSource> RemoteSources { get; init; } = [];

    /// <summary>Stream and track that the peer's media belongs to, or null.</summary>
    public MediaStreamId? RemoteStreamId { get; init; }

    /// <summary>The stream we send or may later send here; null where the section never carries any of ours.</summary>
    public LocalSource? Local { get; init; }

    /// <summary>The audio codec to send, or null.</summary>
    public NegotiatedAudioCodec? SendAudioCodec => Sends && AudioCodecs.Count > 0 ? AudioCodecs[0] : null;

    /// <summary>The video codec to send that the peer likes best, or null.</summary>
    public NegotiatedVideoCodec? SendVideoCodec
    {
        get
        {
            foreach (var codec in VideoCodecs)
            {
                if (Sends && codec.Sendable)
                {
                    return codec;
                }
            }

            return null;
        }
    }

    /// <summary>What to send pictures of a codec as, beside those of <see cref="SendVideoCodec"/>: retransmitted the same way, or null.</summary>
    public NegotiatedVideoCodec? SendVideoCodecOf(VideoCodec kind)
    {
        var preferred = SendVideoCodec;
        foreach (var codec in VideoCodecs)
        {
            if (Sends && codec.Sendable && codec.Codec == kind && codec.RtxPayloadType is null == preferred!.RtxPayloadType is null)
            {
                return codec;
            }
        }

        return null;
    }
}
