namespace Mcu.Sdp.Parsing;

/// <summary>Attributes before the first media section. Each method returns null, or what is wrong.</summary>
internal static class SessionAttributeParser
{
    private const int MaxGroupMids = SessionDescription.MaxMediaSections * 2;

    public static string? Parse(SessionDescription session, ReadOnlySpan<char> attribute)
    {
        AttributeSyntax.Split(attribute, out var name, out var value);
        switch (name)
        {
            case "group":
                return ParseGroup(session, value);
            case "ice-lite":
                session.IceLite = true;
                return null;
            case "extmap-allow-mixed":
                session.ExtmapAllowMixed = true;
                return null;
            case "extmap":
                return AttributeSyntax.ParseExtension(session.Extensions, value);
        }

        if (MediaDirections.TryParse(name, out var direction))
        {
            session.Direction = direction;
            return null;
        }

        if (TransportAttributeParser.TryParse(session.Transport, name, value, out var message))
        {
            return message;
        }

        session.OtherAttributes.Add(AttributeSyntax.Keep(attribute));
        return null;
    }

    private static string? ParseGroup(SessionDescription session, ReadOnlySpan<char> value)
    {
        var tokens = new TokenReader(value);
        if (!tokens.TryNext(out var semantics))
        {
            return "'a=group' needs its semantics, e.g. 'a=group:BUNDLE 0 1'.";
        }

        var mids = new List<string>();
        while (tokens.TryNext(out var mid))
        {
            if (mids.Count == MaxGroupMids)
            {
                return $"a group of more than {MaxGroupMids} sections; send fewer.";
            }

            mids.Add(mid.ToString());
        }

        session.Groups.Add(new MediaGroup(semantics.ToString(), mids));
        return null;
    }
}
