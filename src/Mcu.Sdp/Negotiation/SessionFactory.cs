namespace Mcu.Sdp.Negotiation;

/// <summary>Puts what was read and decided into a <see cref="NegotiatedSession"/>.</summary>
internal static class SessionFactory
{
    public static NegotiatedSession Create(
        SessionDescription remote,
        BundleTransport transport,
        DtlsRole role,
        IReadOnlyList<NegotiatedMedia> media,
        LocalTransport local,
        ulong localVersion,
        NegotiatedSession? previous
    ) =>
        new()
        {
            RemoteIce = transport.Ice,
            RemoteIceLite = remote.IceLite,
            RemoteFingerprints = transport.Fingerprints,
            DtlsRole = role,
            RemoteCandidates = transport.Candidates,
            RemoteEndOfCandidates = transport.EndOfCandidates,
            Media = media,
            Local = local,
            LocalVersion = localVersion,
            IceRestarted = previous is not null && previous.RemoteIce != transport.Ice,
            DtlsRestarted = previous is not null && !SameCertificate(transport, previous),
        };

    public static bool SameCertificate(BundleTransport transport, NegotiatedSession previous) =>
        transport.Fingerprints.Any(previous.RemoteFingerprints.Contains);
}
