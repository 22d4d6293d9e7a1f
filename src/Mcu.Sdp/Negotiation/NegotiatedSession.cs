namespace Mcu.Sdp.Negotiation;

/// <summary>Which end of the DTLS handshake this side is.</summary>
public enum DtlsRole
{
    /// <summary>Waits for the ClientHello (<c>setup:passive</c>).</summary>
    Server,

    /// <summary>Sends the ClientHello (<c>setup:active</c>).</summary>
    Client,
}

/// <summary>What both sides agreed on: one bundled transport and its media sections.</summary>
public sealed record NegotiatedSession
{
    public required IceCredentials RemoteIce { get; init; }

    public required bool RemoteIceLite { get; init; }

    /// <summary>At least one; the peer's certificate must match one whose hash we know.</summary>
    public required IReadOnlyList<DtlsFingerprint> RemoteFingerprints { get; init; }

    public required DtlsRole DtlsRole { get; init; }

    public required IReadOnlyList<IceCandidate> RemoteCandidates { get; init; }

    public required bool RemoteEndOfCandidates { get; init; }

    /// <summary>One for each m-line, in order, rejected ones included.</summary>
    public required IReadOnlyList<NegotiatedMedia> Media { get; init; }

    /// <summary>Our own transport as described to the peer.</summary>
    public required LocalTransport Local { get; init; }

    /// <summary>Version of our last description; the next has one more (RFC 3264 section 8).</summary>
    public required ulong LocalVersion { get; init; }

    /// <summary>The remote ICE credentials differ from those of the session before (RFC 8839 section 4.4.1.1.1).</summary>
    public required bool IceRestarted { get; init; }

    /// <summary>The remote certificate changed: a new DTLS association is needed (RFC 8842 section 5.1).</summary>
    public required bool DtlsRestarted { get; init; }

    /// <summary>The accepted section with this purpose, or null.</summary>
    public NegotiatedMedia? Find(MediaPurpose purpose)
    {
        foreach (var media in Media)
        {
            if (media.Purpose == purpose && !media.Rejected)
            {
                return media;
            }
        }

        return null;
    }

    /// <summary>The accepted section with this mid, or null.</summary>
    public NegotiatedMedia? Find(string mid)
    {
        foreach (var media in Media)
        {
            if (!media.Rejected && media.Mid == mid)
            {
                return media;
            }
        }

        return null;
    }
}
