namespace Mcu.Sdp.Negotiation;

/// <summary>Writes this side's transport into a section.</summary>
internal static class TransportWriter
{
    /// <summary>With a role for an answer; without one for an offer, which leaves the choice to the peer.</summary>
    public static void Write(TransportAttributes attributes, LocalTransport local, DtlsRole? role, bool withCandidates)
    {
        attributes.IceUfrag = local.Ice.Ufrag;
        attributes.IcePwd = local.Ice.Pwd;
        attributes.IceOptions = "trickle";
        attributes.Fingerprints.Add(local.Fingerprint);
        attributes.Setup = role switch
        {
            DtlsRole.Client => DtlsSetup.Active,
            DtlsRole.Server => DtlsSetup.Passive,
            _ => DtlsSetup.ActPass,
        };
        if (!withCandidates)
        {
            return;
        }

        foreach (var candidate in local.Candidates)
        {
            attributes.Candidates.Add(candidate);
        }

        attributes.EndOfCandidates = local.EndOfCandidates;
    }
}
