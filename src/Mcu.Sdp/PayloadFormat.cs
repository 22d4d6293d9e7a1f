namespace Mcu.Sdp;

/// <summary>One payload type of a media section with its rtpmap, fmtp and rtcp-fb lines.</summary>
public sealed class PayloadFormat
{
    /// <summary>0 to 127.</summary>
    public required byte PayloadType { get; init; }

    /// <summary>Encoding name as written, e.g. <c>opus</c> or <c>VP8</c>; empty for a dynamic payload type without rtpmap.</summary>
    public string Encoding { get; set; } = "";

    /// <summary>RTP clock in Hz; 0 without rtpmap.</summary>
    public int ClockRate { get; set; }

    /// <summary>Audio channels; 1 where none are written.</summary>
    public int Channels { get; set; } = 1;

    public FormatParameters Parameters { get; set; } = FormatParameters.None;

    /// <summary>Values of this payload type's <c>a=rtcp-fb</c> lines, e.g. <c>nack pli</c> (RFC 4585 section 4.2).</summary>
    public IList<string> Feedback { get; } = [];

    public bool Is(string encoding) => Encoding.Equals(encoding, StringComparison.OrdinalIgnoreCase);
}
