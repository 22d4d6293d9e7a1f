namespace Mcu.Sdp;

/// <summary>
/// One <c>a=extmap</c> line (RFC 8285 section 5). The id is 1 to 4351: over 14 it needs two-byte headers, over 255 it is a placeholder.
/// A null direction means as the section.
/// </summary>
public sealed record HeaderExtension(int Id, string Uri, MediaDirection? Direction = null, string? Attributes = null);

/// <summary>The header extensions this MCU knows.</summary>
public static class HeaderExtensionUri
{
    /// <summary>RFC 9143 section 15.</summary>
    public const string Mid = "urn:ietf:params:rtp-hdrext:sdes:mid";

    /// <summary>RFC 6464.</summary>
    public const string AudioLevel = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

    public const string AbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time";

    /// <summary>draft-holmer-rmcat-transport-wide-cc-extensions-01.</summary>
    public const string TransportCc = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

    /// <summary>3GPP TS 26.114, coordination of video orientation.</summary>
    public const string VideoOrientation = "urn:3gpp:video-orientation";
}
