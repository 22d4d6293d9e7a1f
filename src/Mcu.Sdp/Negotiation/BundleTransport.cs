namespace Mcu.Sdp.Negotiation;

/// <summary>The ICE and DTLS attributes of a peer's bundled transport: those of the tagged section, else of the session (RFC 9143 section 7.1.3).</summary>
internal sealed record BundleTransport(
    IceCredentials Ice,
    IReadOnlyList<DtlsFingerprint> Fingerprints,
    DtlsSetup Setup,
    IReadOnlyList<IceCandidate> Candidates,
    bool EndOfCandidates
)
{
    /// <summary>Media sections in the order in which their transport attributes count: the BUNDLE-tagged one first.</summary>
    public static IEnumerable<MediaDescription> TaggedFirst(SessionDescription remote)
    {
        var tag = remote.BundledMids.Count > 0 ? remote.BundledMids[0] : null;
        return remote.Media.OrderBy(media => tag is not null && media.Mid == tag ? 0 : 1);
    }

    /// <summary>Reads the transport; <paramref name="sections"/> are the accepted ones, the tagged one first.</summary>
    public static BundleTransport? Read(SessionDescription remote, IEnumerable<MediaDescription> sections, out SdpError? error)
    {
        var levels = sections.Select(section => section.Transport).Append(remote.Transport).ToList();
        var ice = levels.Find(level => level is { IceUfrag: not null, IcePwd: not null });
        var dtls = levels.Find(level => level.Fingerprints.Count > 0);
        var setup = levels.Find(level => level.Setup is not null)?.Setup ?? DtlsSetup.ActPass;
        error =
            ice is null ? new SdpError(0, "'a=ice-ufrag' and 'a=ice-pwd' are missing; this server needs ICE (RFC 8839).")
            : dtls is null ? new SdpError(0, "'a=fingerprint' is missing; this server needs DTLS-SRTP (RFC 5763).")
            : setup == DtlsSetup.HoldConnection ? new SdpError(0, "'a=setup:holdconn' is not supported; use actpass.")
            : null;
        return error is not null
            ? null
            : new BundleTransport(
                new IceCredentials(ice!.IceUfrag!, ice.IcePwd!),
                [.. dtls!.Fingerprints],
                setup,
                [.. ice.Candidates.Concat(remote.Transport.Candidates).Distinct()],
                ice.EndOfCandidates || remote.Transport.EndOfCandidates
            );
    }
}
