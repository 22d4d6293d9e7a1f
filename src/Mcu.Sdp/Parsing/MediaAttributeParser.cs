namespace Mcu.Sdp.Parsing;

/// <summary>Attributes within a media section. Each method returns null, or what is wrong.</summary>
internal static class MediaAttributeParser
{
    private const int MaxMidLength = 64;

    public static string? Parse(SessionDescription session, MediaDescription media, ReadOnlySpan<char> attribute)
    {
        AttributeSyntax.Split(attribute, out var name, out var value);
        switch (name)
        {
            case "mid":
                return ParseMid(session, media, value);
            case "rtcp-mux":
                media.RtcpMux = true;
                return null;
            case "rtcp-rsize":
                media.RtcpReducedSize = true;
                return null;
            case "bundle-only":
                media.BundleOnly = true;
                return null;
            case "extmap-allow-mixed":
                media.ExtmapAllowMixed = true;
                return null;
            case "extmap":
                return AttributeSyntax.ParseExtension(media.Extensions, value);
            case "msid":
                return ParseStreamId(media, value);
        }

        if (MediaDirections.TryParse(name, out var direction))
        {
            media.Direction = direction;
            return null;
        }

        if (
            FormatAttributeParser.TryParse(media, name, value, out var message)
            || TransportAttributeParser.TryParse(media.Transport, name, value, out message)
        )
        {
            return message;
        }

        media.OtherAttributes.Add(AttributeSyntax.Keep(attribute));
        return null;
    }

    /// <summary>RFC 5888 section 4: a token. Null, or what is wrong.</summary>
    public static string? CheckMid(ReadOnlySpan<char> value) =>
        value.IsEmpty || value.Length > MaxMidLength || value.Contains(' ')
            ? $"'a=mid' must be a token of 1 to {MaxMidLength} characters."
            : null;

    private static string? ParseMid(SessionDescription session, MediaDescription media, ReadOnlySpan<char> value)
    {
        if (CheckMid(value) is { } message)
        {
            return message;
        }

        var mid = value.ToString();
        if (session.MediaWithMid(mid) is { } other && other != media)
        {
            return $"two sections have the mid '{mid}'; give each its own.";
        }

        media.Mid = mid;
        return null;
    }

    private static string? ParseStreamId(MediaDescription media, ReadOnlySpan<char> value)
    {
        var tokens = new TokenReader(value);
        if (!tokens.TryNext(out var stream))
        {
            return "'a=msid' must be '<stream> [<track>]'.";
        }

        media.StreamIds.Add(new MediaStreamId(stream.ToString(), tokens.TryNext(out var track) ? track.ToString() : null));
        return null;
    }
}
