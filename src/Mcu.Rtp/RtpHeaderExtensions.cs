namespace Mcu.Rtp;

/// <summary>The header extensions this implementation reads and writes.</summary>
public enum RtpHeaderExtensionKind
{
    /// <summary>Media identification of BUNDLE (RFC 9143 section 15).</summary>
    Mid,

    /// <summary>Client-to-mixer audio level (RFC 6464).</summary>
    AudioLevel,

    /// <summary>Absolute send time, 24 bits of 6.18 fixed-point seconds.</summary>
    AbsoluteSendTime,

    /// <summary>Transport-wide sequence number (draft-holmer-rmcat-transport-wide-cc-extensions-01).</summary>
    TransportSequence,

    /// <summary>Coordination of video orientation (3GPP TS 26.114 section 7.4.5).</summary>
    VideoOrientation,
}

/// <summary>The URIs under which header extensions are negotiated in SDP (RFC 8285 section 5).</summary>
public static class RtpHeaderExtensions
{
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";
    public const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
    public const string AbsoluteSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";
    public const string TransportSequence = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
    public const string VideoOrientation = "urn:3gpp:video-orientation";

    public static string UriOf(RtpHeaderExtensionKind kind) =>
        kind switch
        {
            RtpHeaderExtensionKind.Mid => Mid,
            RtpHeaderExtensionKind.AudioLevel => AudioLevel,
            RtpHeaderExtensionKind.AbsoluteSendTime => AbsoluteSendTime,
            RtpHeaderExtensionKind.TransportSequence => TransportSequence,
            RtpHeaderExtensionKind.VideoOrientation => VideoOrientation,
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a known header extension."),
        };

    public static bool TryKindOf(ReadOnlySpan<char> uri, out RtpHeaderExtensionKind kind)
    {
        RtpHeaderExtensionKind? found = uri switch
        {
            Mid => RtpHeaderExtensionKind.Mid,
            AudioLevel => RtpHeaderExtensionKind.AudioLevel,
            AbsoluteSendTime => RtpHeaderExtensionKind.AbsoluteSendTime,
            TransportSequence => RtpHeaderExtensionKind.TransportSequence,
            VideoOrientation => RtpHeaderExtensionKind.VideoOrientation,
            _ => null,
        };
        kind = found.GetValueOrDefault();
        return found.HasValue;
    }
}
