namespace Mcu.Sdp;

/// <summary>Who opens the DTLS association (RFC 8842, RFC 4145).</summary>
public enum DtlsSetup
{
    ActPass,
    Active,
    Passive,
    HoldConnection,
}

/// <summary>ICE and DTLS attributes, which may stand at session level (for all sections) or in a media section.</summary>
public sealed class TransportAttributes
{
    /// <summary>4 to 256 ICE characters (RFC 8839 section 5.4), or null.</summary>
    public string? IceUfrag { get; set; }

    /// <summary>22 to 256 ICE characters, or null.</summary>
    public string? IcePwd { get; set; }

    /// <summary>Space-separated tags, e.g. <c>trickle</c>, or null.</summary>
    public string? IceOptions { get; set; }

    public DtlsSetup? Setup { get; set; }

    public IList<DtlsFingerprint> Fingerprints { get; } = [];

    public IList<IceCandidate> Candidates { get; } = [];

    public bool EndOfCandidates { get; set; }
}
