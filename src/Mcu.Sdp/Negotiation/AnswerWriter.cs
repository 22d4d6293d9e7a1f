using System.Globalization;
using Mcu.Media.Codecs;

namespace Mcu.Sdp.Negotiation;

/// <summary>Turns what was decided on an offer into the answer's description (RFC 8829 section 5.3).</summary>
internal static class AnswerWriter
{
    public static SessionDescription Write(SessionDescription offer, NegotiatedSession session, AnswerContext context)
    {
        var answer = new SessionDescription
        {
            Origin = SdpOrigin.Anonymous(context.Identity.SessionId, session.LocalVersion),
            IceLite = session.Local.IceLite,
            ExtmapAllowMixed = offer.ExtmapAllowMixed,
        };
        WriteBundle(offer, session, answer);
        answer.OtherAttributes.Add(new SdpAttribute("msid-semantic", " WMS *"));
        var candidatesWritten = false;
        foreach (var section in session.Media)
        {
            var remote = offer.Media[section.Index];
            answer.Media.Add(section.Rejected ? Reject(remote) : Accept(offer, remote, section, session, context, !candidatesWritten));
            candidatesWritten |= !section.Rejected;
        }

        return answer;
    }

    /// <summary>The accepted mids in the order of the offer's group, whose first stays the tag.</summary>
    private static void WriteBundle(SessionDescription offer, NegotiatedSession session, SessionDescription answer)
    {
        if (offer.BundledMids.Count > 0)
        {
            answer.Groups.Add(new MediaGroup(MediaGroup.Bundle, [.. offer.BundledMids.Where(mid => session.Find(mid) is not null)]));
        }
    }

    private static MediaDescription Reject(MediaDescription remote)
    {
        var section = new MediaDescription
        {
            Media = remote.Media,
            Port = 0,
            Protocol = remote.Protocol,
            NonRtpFormats = remote.NonRtpFormats,
            Connection = "IN IP4 0.0.0.0",
            Mid = remote.Mid,
            Direction = MediaDirection.Inactive,
        };
        foreach (var format in remote.Formats)
        {
            section.Formats.Add(new PayloadFormat { PayloadType = format.PayloadType });
        }

        return section;
    }

    private static MediaDescription Accept(
        SessionDescription offer,
        MediaDescription remote,
        NegotiatedMedia section,
        NegotiatedSession session,
        AnswerContext context,
        bool withCandidates
    )
    {
        var answer = new MediaDescription
        {
            Media = remote.Media,
            Protocol = remote.Protocol,
            Connection = "IN IP4 0.0.0.0",
            Mid = remote.Mid,
            Direction = MediaDirections.From(section.Sends, section.Receives),
            RtcpMux = true,
            RtcpReducedSize = section.ReducedSizeRtcp,
        };
        TransportWriter.Write(answer.Transport, session.Local, session.DtlsRole, withCandidates);
        foreach (var extension in remote.Extensions.Concat(offer.Extensions))
        {
            if (extension.Id <= 14 && SectionMatcher.Knows(section.Kind, extension.Uri, context.Capabilities))
            {
                answer.Extensions.Add(new HeaderExtension(extension.Id, extension.Uri, extension.Direction?.Reverse()));
            }
        }

        WriteFormats(answer, remote, section);
        if (section is { Sends: true, Local: { } local })
        {
            LocalSources.Announce(answer, local);
        }

        return answer;
    }

    private static void WriteFormats(MediaDescription answer, MediaDescription remote, NegotiatedMedia section)
    {
        foreach (var codec in section.AudioCodecs)
        {
            var format = Echo(remote, codec.PayloadType, section);
            format.Parameters = codec.Codec == AudioCodec.Opus ? CodecFormats.OpusParameters : FormatParameters.None;
            answer.Formats.Add(format);
            if (codec.RedPayloadType is { } red)
            {
                // What comes first the peer sends: RED, and with it everything twice, only if it put that first itself.
                var isPreferred = remote.Formats.IndexOf(remote.Format(red)!) < remote.Formats.IndexOf(remote.Format(codec.PayloadType)!);
                answer.Formats.Insert(answer.Formats.Count - (isPreferred ? 1 : 0), CodecFormats.Red(red, codec.PayloadType));
            }
        }

        foreach (var codec in section.VideoCodecs)
        {
            var format = Echo(remote, codec.PayloadType, section);
            format.Parameters = VideoParameters(remote, codec);
            answer.Formats.Add(format);
            if (codec.RtxPayloadType is { } rtx)
            {
                answer.Formats.Add(CodecFormats.Rtx(rtx, codec.PayloadType));
            }
        }

        if (section.VideoFec is { } fec)
        {
            CodecFormats.AddVideoFec(answer, fec); // last: a peer sends with the first codec
        }
    }

    private static PayloadFormat Echo(MediaDescription remote, byte payloadType, NegotiatedMedia section)
    {
        var offered = remote.Format(payloadType)!;
        var format = new PayloadFormat
        {
            PayloadType = payloadType,
            Encoding = offered.Encoding,
            ClockRate = offered.ClockRate,
            Channels = offered.Channels,
        };
        foreach (var feedback in offered.Feedback.Concat(remote.WildcardFeedback).Distinct(StringComparer.Ordinal))
        {
            if ((SectionMatcher.FeedbackOf(feedback) & section.Feedback) != FeedbackKinds.None)
            {
                format.Feedback.Add(feedback);
            }
        }

        return format;
    }

    /// <summary>H.264 parameters must be those of the offer, or they name another configuration (RFC 6184 section 8.2.2).</summary>
    private static FormatParameters VideoParameters(MediaDescription remote, NegotiatedVideoCodec codec)
    {
        var offered = remote.Format(codec.PayloadType)!.Parameters;
        return codec.Codec switch
        {
            VideoCodec.Vp9 when offered.Value("profile-id") is not null => new FormatParameters("profile-id=0"),
            VideoCodec.H264 => CodecFormats.H264Parameters(
                codec.H264 ?? H264ProfileLevel.Implied,
                offered.Number("packetization-mode") ?? 0,
                offered.Flag("level-asymmetry-allowed")
            ),
            _ => FormatParameters.None,
        };
    }
}

/// <summary>The formats this side writes, in offers and answers.</summary>
internal static class CodecFormats
{
    public static readonly FormatParameters OpusParameters = new("minptime=10;useinbandfec=1");

    public static PayloadFormat Rtx(byte payloadType, byte associated) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = "rtx",
            ClockRate = 90000,
            Parameters = new FormatParameters($"apt={associated.ToString(CultureInfo.InvariantCulture)}"),
        };

    /// <summary>RED whose blocks are Opus (RFC 2198 section 5).</summary>
    public static PayloadFormat Red(byte payloadType, byte opus) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = "red",
            ClockRate = 48000,
            Channels = 2,
            Parameters = new FormatParameters(string.Create(CultureInfo.InvariantCulture, $"{opus}/{opus}")),
        };

    public static void AddVideoFec(MediaDescription section, NegotiatedVideoFec fec)
    {
        section.Formats.Add(Video(fec.RedPayloadType, "red"));
        if (fec.RedRtxPayloadType is { } rtx)
        {
            section.Formats.Add(Rtx(rtx, fec.RedPayloadType));
        }

        section.Formats.Add(Video(fec.UlpfecPayloadType, "ulpfec"));
    }

    public static FormatParameters H264Parameters(H264ProfileLevel profile, int packetizationMode, bool levelAsymmetry)
    {
        var asymmetry = levelAsymmetry ? "level-asymmetry-allowed=1;" : "";
        return new FormatParameters(
            string.Create(CultureInfo.InvariantCulture, $"{asymmetry}packetization-mode={packetizationMode};profile-level-id={profile}")
        );
    }

    private static PayloadFormat Video(byte payloadType, string encoding) =>
        new()
        {
            PayloadType = payloadType,
            Encoding = encoding,
            ClockRate = 90000,
        };
}
