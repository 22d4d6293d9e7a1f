namespace Mcu.Sdp.Negotiation;

/// <summary>What an answer is made from, beside the offer.</summary>
public sealed record AnswerContext
{
    public LocalCapabilities Capabilities { get; init; } = LocalCapabilities.Default;

    public SessionPolicy Policy { get; init; } = SessionPolicy.Full;

    /// <summary>Fresh ICE credentials where <see cref="OfferAnswer.IsIceRestart"/> says so, else those of before.</summary>
    public required LocalTransport Transport { get; init; }

    public required LocalIdentity Identity { get; init; }

    /// <summary>What was agreed before, on a renegotiation.</summary>
    public NegotiatedSession? Previous { get; init; }
}

/// <summary>An answer and what it agrees to.</summary>
public sealed record SdpAnswer(SessionDescription Description, NegotiatedSession Session)
{
    public string Text => Description.ToString();
}

/// <summary>Offer and answer (RFC 3264) by the rules of JSEP (RFC 8829), for one bundled transport with rtcp-mux.</summary>
public static class OfferAnswer
{
    /// <summary>Whether an offer carries other ICE credentials than before, so that the answer must have fresh ones too (RFC 8839 section 4.4.1.1.1).</summary>
    public static bool IsIceRestart(SessionDescription offer, NegotiatedSession previous)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(previous);
        return BundleTransport
            .TaggedFirst(offer)
            .Where(media => !media.IsRejected)
            .Select(media => media.Transport)
            .Append(offer.Transport)
            .Where(level => level is { IceUfrag: not null, IcePwd: not null })
            .Take(1)
            .Any(level => level.IceUfrag != previous.RemoteIce.Ufrag || level.IcePwd != previous.RemoteIce.Pwd);
    }

    /// <summary>
    /// Answers an offer. Payload types and extension ids are the offer's; sections this MCU has no use for are rejected in place.
    /// False where the offer as a whole cannot be served; <paramref name="error"/> then says what to send instead.
    /// </summary>
    public static bool TryAnswer(SessionDescription offer, AnswerContext context, out SdpAnswer? answer, out SdpError? error)
    {
        ArgumentNullException.ThrowIfNull(offer);
        ArgumentNullException.ThrowIfNull(context);
        answer = null;
        if (offer.IceLite && context.Transport.IceLite)
        {
            error = new SdpError(
                0,
                "'a=ice-lite': this server is lite too, so nobody would check the path; use a full ICE agent (RFC 8445)."
            );
            return false;
        }

        if (!TryKeepOrder(offer, context.Previous, out error))
        {
            return false;
        }

        var media = new SectionPlanner(offer, context).Plan();
        if (!TryBundle(offer, media, out error))
        {
            return false;
        }

        var transport = BundleTransport.Read(offer, Accepted(offer, media), out error);
        if (transport is null)
        {
            return false;
        }

        var session = SessionFactory.Create(
            offer,
            transport,
            AnswererRole(transport, context.Previous),
            media,
            context.Transport,
            context.Previous?.LocalVersion + 1 ?? 1,
            context.Previous
        );
        answer = new SdpAnswer(AnswerWriter.Write(offer, session, context), session);
        return true;
    }

    /// <summary>An m-line never moves and never goes away (RFC 3264 section 8).</summary>
    private static bool TryKeepOrder(SessionDescription offer, NegotiatedSession? previous, out SdpError? error)
    {
        error = null;
        if (previous is null)
        {
            return true;
        }

        if (offer.Media.Count < previous.Media.Count)
        {
            error = new SdpError(
                0,
                $"the offer has {offer.Media.Count} media sections, the session has {previous.Media.Count}; keep ended ones with port 0."
            );
            return false;
        }

        foreach (var before in previous.Media)
        {
            var now = offer.Media[before.Index];
            if (!before.Rejected && !now.IsRejected && (now.Kind != before.Kind || now.Mid != before.Mid))
            {
                error = new SdpError(
                    0,
                    $"media section {before.Index} was '{before.Mid}' and changed its place; keep the order of sections."
                );
                return false;
            }
        }

        return true;
    }

    private static bool TryBundle(SessionDescription offer, IReadOnlyList<NegotiatedMedia> media, out SdpError? error)
    {
        error = null;
        var accepted = media.Count(section => !section.Rejected);
        if (accepted == 0)
        {
            error = new SdpError(0, NothingUsable(offer));
        }
        else if (accepted > 1 && offer.BundledMids.Count == 0)
        {
            error = new SdpError(0, "the sections are not bundled; offer 'a=group:BUNDLE' with all mids (RFC 9143).");
        }
        else if (Accepted(offer, media).FirstOrDefault(section => !section.RtcpMux && !section.BundleOnly) is { } section)
        {
            error = new SdpError(
                0,
                $"section '{section.Mid ?? section.Media}' lacks 'a=rtcp-mux'; RTP and RTCP must share the port (RFC 5761)."
            );
        }

        return error is null;
    }

    private static string NothingUsable(SessionDescription offer) =>
        offer.Media.Any(media => media is { IsRejected: false, Kind: not MediaKind.Other } && !SectionPlanner.IsSecureRtp(media))
            ? $"the media is not encrypted for WebRTC; offer the protocol {MediaDescription.WebRtcProtocol}."
            : "no section can be used; offer audio with Opus, G722, PCMU or PCMA, or video with VP8, VP9 or H264.";

    /// <summary>The offer's sections that are accepted, the BUNDLE-tagged one first.</summary>
    private static IEnumerable<MediaDescription> Accepted(SessionDescription offer, IReadOnlyList<NegotiatedMedia> media) =>
        BundleTransport.TaggedFirst(offer).Where(section => !media[offer.Media.IndexOf(section)].Rejected);

    /// <summary>Passive, so that the offerer starts as soon as it has the answer; active only for a passive offer; never changed while the association lives (RFC 8842 section 5.3).</summary>
    private static DtlsRole AnswererRole(BundleTransport offer, NegotiatedSession? previous) =>
        offer.Setup switch
        {
            DtlsSetup.Passive => DtlsRole.Client,
            DtlsSetup.Active => DtlsRole.Server,
            _ when previous is not null && SessionFactory.SameCertificate(offer, previous) => previous.DtlsRole,
            _ => DtlsRole.Server,
        };
}
