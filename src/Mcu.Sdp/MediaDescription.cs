namespace Mcu.Sdp;

public enum MediaKind
{
    Audio,
    Video,

    /// <summary>Data channels and everything else this MCU does not handle.</summary>
    Other,
}

/// <summary>One media section: an m-line and what follows it (RFC 8866 section 5.14).</summary>
public sealed class MediaDescription
{
    /// <summary>The protocol of WebRTC media (RFC 5764, RFC 8829 section 5.1.2).</summary>
    public const string WebRtcProtocol = "UDP/TLS/RTP/SAVPF";

    /// <summary>The media field as written: <c>audio</c>, <c>video</c>, <c>application</c>…</summary>
    public required string Media { get; init; }

    /// <summary>0 rejects the section, unless it is <see cref="BundleOnly"/>.</summary>
    public int Port { get; set; } = 9;

    public string Protocol { get; init; } = WebRtcProtocol;

    /// <summary>The formats of the m-line, in order of preference; for RTP protocols these are payload types.</summary>
    public IList<PayloadFormat> Formats { get; } = [];

    /// <summary>The format field of a section that is not RTP, e.g. <c>webrtc-datachannel</c>; else null.</summary>
    public string? NonRtpFormats { get; init; }

    /// <summary>Value of <c>c=</c>, or null.</summary>
    public string? Connection { get; set; }

    /// <summary>i=, b= and k= lines.</summary>
    public IList<SdpLine> OtherLines { get; } = [];

    public MediaDirection Direction { get; set; } = MediaDirection.SendRecv;

    /// <summary>RFC 5888 identification tag, or null.</summary>
    public string? Mid { get; set; }

    public bool BundleOnly { get; set; }

    public bool RtcpMux { get; set; }

    public bool RtcpReducedSize { get; set; }

    public bool ExtmapAllowMixed { get; set; }

    /// <summary>Preferred packet duration in ms (<c>a=ptime</c>), or null.</summary>
    public int? PacketTimeMs { get; set; }

    /// <summary>Longest packet duration in ms (<c>a=maxptime</c>), or null.</summary>
    public int? MaxPacketTimeMs { get; set; }

    public TransportAttributes Transport { get; } = new();

    public IList<HeaderExtension> Extensions { get; } = [];

    /// <summary>Values of <c>a=rtcp-fb:*</c>, which hold for all payload types.</summary>
    public IList<string> WildcardFeedback { get; } = [];

    public IList<MediaStreamId> StreamIds { get; } = [];

    public IList<SsrcAttribute> SsrcAttributes { get; } = [];

    public IList<SsrcGroup> SsrcGroups { get; } = [];

    public IList<SdpAttribute> OtherAttributes { get; } = [];

    public MediaKind Kind =>
        Media switch
        {
            "audio" => MediaKind.Audio,
            "video" => MediaKind.Video,
            _ => MediaKind.Other,
        };

    /// <summary>RFC 3264 section 5.1 and, for bundle-only sections, RFC 9143 section 6.</summary>
    public bool IsRejected => Port == 0 && !BundleOnly;

    /// <summary>The format with this payload type, or null.</summary>
    public PayloadFormat? Format(int payloadType)
    {
        foreach (var format in Formats)
        {
            if (format.PayloadType == payloadType)
            {
                return format;
            }
        }

        return null;
    }

    /// <summary>Whether a payload type carries this feedback, named for it or for all.</summary>
    public bool HasFeedback(PayloadFormat format, string feedback)
    {
        ArgumentNullException.ThrowIfNull(format);
        return format.Feedback.Contains(feedback) || WildcardFeedback.Contains(feedback);
    }
}
