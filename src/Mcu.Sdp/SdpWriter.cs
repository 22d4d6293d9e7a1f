using System.Globalization;
using System.Text;

namespace Mcu.Sdp;

/// <summary>Writes descriptions in the line order of RFC 8866 section 5, attributes in the order browsers use.</summary>
internal static class SdpWriter
{
    public static string Write(SessionDescription session)
    {
        var text = new StringBuilder(4096);
        text.Line($"v=0").Line($"o={session.Origin}").Line($"s={session.Name}");
        WriteOtherLines(text, session.OtherLines, "iuep");
        WriteValue(text, 'c', session.Connection);
        WriteOtherLines(text, session.OtherLines, "b");
        text.Line($"t={session.Timing}");
        WriteOtherLines(text, session.OtherLines, "rzk");
        foreach (var group in session.Groups)
        {
            text.Line($"a=group:{group.Semantics}{(group.Mids.Count > 0 ? " " : "")}{string.Join(' ', group.Mids)}");
        }

        WriteFlag(text, "ice-lite", session.IceLite);
        WriteFlag(text, "extmap-allow-mixed", session.ExtmapAllowMixed);
        WriteTransport(text, session.Transport);
        WriteExtensions(text, session.Extensions);
        if (session.Direction is { } direction)
        {
            text.Line($"a={direction.ToToken()}");
        }

        WriteOtherAttributes(text, session.OtherAttributes);
        foreach (var media in session.Media)
        {
            WriteMedia(text, media);
        }

        return text.ToString();
    }

    private static void WriteMedia(StringBuilder text, MediaDescription media)
    {
        var formats = media.NonRtpFormats ?? string.Join(' ', media.Formats.Select(format => format.PayloadType));
        text.Line($"m={media.Media} {media.Port} {media.Protocol} {formats}");
        WriteOtherLines(text, media.OtherLines, "i");
        WriteValue(text, 'c', media.Connection);
        WriteOtherLines(text, media.OtherLines, "bk");
        WriteTransport(text, media.Transport);
        WriteAttribute(text, "mid", media.Mid);
        WriteFlag(text, "bundle-only", media.BundleOnly);
        WriteFlag(text, "extmap-allow-mixed", media.ExtmapAllowMixed);
        WriteExtensions(text, media.Extensions);
        text.Line($"a={media.Direction.ToToken()}");
        foreach (var stream in media.StreamIds)
        {
            text.Line($"a=msid:{stream.StreamId}{(stream.TrackId is null ? "" : " ")}{stream.TrackId}");
        }

        WriteFlag(text, "rtcp-mux", media.RtcpMux);
        WriteFlag(text, "rtcp-rsize", media.RtcpReducedSize);
        WriteFormats(text, media);
        WriteAttribute(text, "ptime", media.PacketTimeMs?.ToString(CultureInfo.InvariantCulture));
        WriteAttribute(text, "maxptime", media.MaxPacketTimeMs?.ToString(CultureInfo.InvariantCulture));
        foreach (var group in media.SsrcGroups)
        {
            text.Line($"a=ssrc-group:{group.Semantics}{(group.Ssrcs.Count > 0 ? " " : "")}{string.Join(' ', group.Ssrcs)}");
        }

        foreach (var source in media.SsrcAttributes)
        {
            text.Line($"a=ssrc:{source.Ssrc} {source.Name}{(source.Value is null ? "" : ":")}{source.Value}");
        }

        WriteOtherAttributes(text, media.OtherAttributes);
    }

    private static void WriteFormats(StringBuilder text, MediaDescription media)
    {
        foreach (var format in media.Formats)
        {
            if (format.Encoding.Length > 0)
            {
                var channels = format.Channels > 1 ? $"/{format.Channels}" : "";
                text.Line($"a=rtpmap:{format.PayloadType} {format.Encoding}/{format.ClockRate}{channels}");
            }

            foreach (var feedback in format.Feedback)
            {
                text.Line($"a=rtcp-fb:{format.PayloadType} {feedback}");
            }

            if (!format.Parameters.IsEmpty)
            {
                text.Line($"a=fmtp:{format.PayloadType} {format.Parameters.Text}");
            }
        }

        foreach (var feedback in media.WildcardFeedback)
        {
            text.Line($"a=rtcp-fb:* {feedback}");
        }
    }

    private static void WriteTransport(StringBuilder text, TransportAttributes transport)
    {
        WriteAttribute(text, "ice-ufrag", transport.IceUfrag);
        WriteAttribute(text, "ice-pwd", transport.IcePwd);
        WriteAttribute(text, "ice-options", transport.IceOptions);
        foreach (var fingerprint in transport.Fingerprints)
        {
            text.Line($"a=fingerprint:{fingerprint}");
        }

        WriteAttribute(text, "setup", SetupToken(transport.Setup));
        foreach (var candidate in transport.Candidates)
        {
            text.Line($"a={candidate}");
        }

        WriteFlag(text, "end-of-candidates", transport.EndOfCandidates);
    }

    private static string? SetupToken(DtlsSetup? setup) =>
        setup switch
        {
            DtlsSetup.ActPass => "actpass",
            DtlsSetup.Active => "active",
            DtlsSetup.Passive => "passive",
            DtlsSetup.HoldConnection => "holdconn",
            _ => null,
        };

    private static void WriteExtensions(StringBuilder text, IList<HeaderExtension> extensions)
    {
        foreach (var extension in extensions)
        {
            var direction = extension.Direction is { } own ? $"/{own.ToToken()}" : "";
            var attributes = extension.Attributes is null ? "" : $" {extension.Attributes}";
            text.Line($"a=extmap:{extension.Id}{direction} {extension.Uri}{attributes}");
        }
    }

    private static void WriteOtherAttributes(StringBuilder text, IList<SdpAttribute> attributes)
    {
        foreach (var attribute in attributes)
        {
            text.Line($"a={attribute.Name}{(attribute.Value is null ? "" : ":")}{attribute.Value}");
        }
    }

    private static void WriteOtherLines(StringBuilder text, IList<SdpLine> lines, string types)
    {
        foreach (var line in lines)
        {
            if (types.Contains(line.Type, StringComparison.Ordinal))
            {
                text.Line($"{line.Type}={line.Value}");
            }
        }
    }

    private static void WriteValue(StringBuilder text, char type, string? value)
    {
        if (value is not null)
        {
            text.Line($"{type}={value}");
        }
    }

    private static void WriteAttribute(StringBuilder text, string name, string? value)
    {
        if (value is not null)
        {
            text.Line($"a={name}:{value}");
        }
    }

    private static void WriteFlag(StringBuilder text, string name, bool set)
    {
        if (set)
        {
            text.Line($"a={name}");
        }
    }

    private static StringBuilder Line(this StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append("\r\n");
}
