namespace Mcu.Sdp;

/// <summary>One <c>a=ssrc</c> line (RFC 5576 section 4.1), e.g. <c>a=ssrc:1234 cname:abc</c>.</summary>
public sealed record SsrcAttribute(uint Ssrc, string Name, string? Value);

/// <summary>One <c>a=ssrc-group</c> line (RFC 5576 section 4.2), e.g. <c>FID 1234 5678</c>.</summary>
public sealed record SsrcGroup(string Semantics, IReadOnlyList<uint> Ssrcs)
{
    /// <summary>A media stream and its retransmission stream (RFC 4588 section 8.1 uses it so).</summary>
    public const string FlowIdentification = "FID";
}

/// <summary>The stream and track a section's media belongs to (RFC 8830).</summary>
/// <param name="StreamId">1 to 64 token characters, or <c>-</c> for none.</param>
/// <param name="TrackId">Null where it is not written.</param>
public sealed record MediaStreamId(string StreamId, string? TrackId);

/// <summary>An attribute this model has no place for, kept as it was; without value for a property attribute without colon.</summary>
public sealed record SdpAttribute(string Name, string? Value);

/// <summary>A line other than attributes that is kept as it was, e.g. <c>b=AS:500</c>.</summary>
public sealed record SdpLine(char Type, string Value);
