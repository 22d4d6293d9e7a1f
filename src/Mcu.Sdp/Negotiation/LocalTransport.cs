namespace Mcu.Sdp.Negotiation;

/// <summary>RFC 8839 section 5.4.</summary>
public sealed record IceCredentials(string Ufrag, string Pwd);

/// <summary>This side's end of the one bundled transport.</summary>
public sealed record LocalTransport
{
    public required IceCredentials Ice { get; init; }

    public required DtlsFingerprint Fingerprint { get; init; }

    public IReadOnlyList<IceCandidate> Candidates { get; init; } = [];

    /// <summary>All candidates are in the description.</summary>
    public bool EndOfCandidates { get; init; } = true;

    /// <summary>RFC 8445 section 2.5.</summary>
    public bool IceLite { get; init; }
}

/// <summary>Names and numbers this side goes by in one session.</summary>
public sealed record LocalIdentity
{
    /// <summary>Numeric id of the o= line; below 2^63 (RFC 8829 section 5.2.1).</summary>
    public required ulong SessionId { get; init; }

    /// <summary>Canonical name of all our RTP streams (RFC 7022).</summary>
    public required string Cname { get; init; }

    /// <summary>Id of the media stream that our tracks belong to.</summary>
    public required string StreamId { get; init; }

    /// <summary>Gives random 32-bit numbers for SSRCs; duplicates are skipped.</summary>
    public required Func<uint> NextSsrc { get; init; }
}

/// <summary>One RTP stream we announce, with its retransmission stream where the kind has one.</summary>
public sealed record LocalSource(uint Ssrc, uint? RtxSsrc, string Cname, string StreamId, string TrackId);
