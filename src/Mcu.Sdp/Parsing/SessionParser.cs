using System.Globalization;

namespace Mcu.Sdp.Parsing;

/// <summary>The line grammar of RFC 8866 section 9: session lines, then media sections.</summary>
internal static class SessionParser
{
    public static bool TryParse(ReadOnlySpan<char> text, out SessionDescription? description, out SdpError? error)
    {
        description = null;
        if (text.Length > SessionDescription.MaxLength)
        {
            error = new SdpError(0, $"the description is {text.Length} characters long; send at most {SessionDescription.MaxLength}.");
            return false;
        }

        var session = new SessionDescription();
        var lines = new LineReader(text);
        if (!lines.TryNext(out var type, out var value, out error) || type != 'v' || !value.SequenceEqual("0"))
        {
            error ??= new SdpError(Math.Max(lines.Number, 1), "a description starts with 'v=0'; send an SDP body.");
            return false;
        }

        var seen = new SeenLines();
        MediaDescription? media = null;
        while (error is null && lines.TryNext(out type, out value, out error))
        {
            var message = type == 'm' ? StartMedia(session, value, out media) : ParseLine(session, media, type, value, ref seen);
            error = message is null ? null : new SdpError(lines.Number, message);
        }

        error ??= seen.Missing;
        description = error is null ? session : null;
        return error is null;
    }

    private static string? StartMedia(SessionDescription session, ReadOnlySpan<char> value, out MediaDescription? media)
    {
        media = null;
        if (session.Media.Count == SessionDescription.MaxMediaSections)
        {
            return $"more than {SessionDescription.MaxMediaSections} media sections; send fewer.";
        }

        if (!MediaLineParser.TryParse(value, out media, out var message))
        {
            return message;
        }

        media!.Direction = session.Direction ?? MediaDirection.SendRecv;
        session.Media.Add(media);
        return null;
    }

    private static string? ParseLine(
        SessionDescription session,
        MediaDescription? media,
        char type,
        ReadOnlySpan<char> value,
        ref SeenLines seen
    )
    {
        switch (type)
        {
            case 'a' when media is null:
                return SessionAttributeParser.Parse(session, value);
            case 'a':
                return MediaAttributeParser.Parse(session, media, value);
            case 'c' when media is null:
                session.Connection ??= value.ToString();
                return null;
            case 'c':
                media.Connection ??= value.ToString();
                return null;
            case 'i' or 'b' or 'k' when media is not null:
                media.OtherLines.Add(new SdpLine(type, value.ToString()));
                return null;
            case 'o' when media is null:
                seen.Origin = true;
                return ParseOrigin(session, value);
            case 's' when media is null:
                seen.Name = true;
                session.Name = value.ToString();
                return null;
            case 't' when media is null:
                session.Timing = seen.Timing ? session.Timing : value.ToString();
                seen.Timing = true;
                return null;
            case 'i' or 'u' or 'e' or 'p' or 'b' or 'r' or 'z' or 'k' when media is null:
                session.OtherLines.Add(new SdpLine(type, value.ToString()));
                return null;
            default:
                return $"a '{type}=' line does not belong here; see the line order of RFC 8866 section 5.";
        }
    }

    private static string? ParseOrigin(SessionDescription session, ReadOnlySpan<char> value)
    {
        // o=<username> <sess-id> <sess-version> <nettype> <addrtype> <unicast-address>
        var tokens = new TokenReader(value);
        if (
            !tokens.TryNext(out var user)
            || !tokens.TryNext(out var id)
            || !ulong.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var sessionId)
            || !tokens.TryNext(out var version)
            || !ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var sessionVersion)
            || tokens.Rest.IsEmpty
        )
        {
            return "the origin must be 'o=<user> <session id> <version> IN IP4 <address>' with numeric id and version.";
        }

        session.Origin = new SdpOrigin(user.ToString(), sessionId, sessionVersion, tokens.Rest.ToString());
        return null;
    }

    private struct SeenLines
    {
        public bool Origin;
        public bool Name;
        public bool Timing;

        public readonly SdpError? Missing =>
            this switch
            {
                { Origin: false } => new SdpError(0, "the 'o=' line is missing; add 'o=- <id> <version> IN IP4 127.0.0.1'."),
                { Name: false } => new SdpError(0, "the 's=' line is missing; add 's=-'."),
                { Timing: false } => new SdpError(0, "the 't=' line is missing; add 't=0 0'."),
                _ => null,
            };
    }
}
