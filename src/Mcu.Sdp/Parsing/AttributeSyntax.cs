using System.Globalization;

namespace Mcu.Sdp.Parsing;

/// <summary>What session and media attributes have in common.</summary>
internal static class AttributeSyntax
{
    private const int MaxExtensions = 64;

    /// <summary>Splits <c>name:value</c>; the value is empty for <c>name</c> alone. Spaces around it go; other white space does not separate anything in SDP.</summary>
    public static void Split(ReadOnlySpan<char> attribute, out ReadOnlySpan<char> name, out ReadOnlySpan<char> value)
    {
        var colon = attribute.IndexOf(':');
        name = colon < 0 ? attribute : attribute[..colon];
        value = colon < 0 ? [] : attribute[(colon + 1)..].Trim(' ');
    }

    public static SdpAttribute Keep(ReadOnlySpan<char> attribute)
    {
        var colon = attribute.IndexOf(':');
        return colon < 0
            ? new SdpAttribute(attribute.ToString(), null)
            : new SdpAttribute(attribute[..colon].ToString(), attribute[(colon + 1)..].ToString());
    }

    /// <summary><c>extmap:&lt;id&gt;["/"&lt;direction&gt;] &lt;URI&gt; [attributes]</c> (RFC 8285 section 8).</summary>
    public static string? ParseExtension(IList<HeaderExtension> extensions, ReadOnlySpan<char> value)
    {
        const string Expected = "'a=extmap' must be '<id 1 to 4351>[/<direction>] <URI>'.";
        var tokens = new TokenReader(value);
        if (!tokens.TryNext(out var idText) || !tokens.TryNext(out var uri))
        {
            return Expected;
        }

        MediaDirection? direction = null;
        var slash = idText.IndexOf('/');
        if (slash >= 0)
        {
            if (!MediaDirections.TryParse(idText[(slash + 1)..], out var parsed))
            {
                return Expected;
            }

            direction = parsed;
            idText = idText[..slash];
        }

        if (!int.TryParse(idText, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id is < 1 or > 4351)
        {
            return Expected;
        }

        if (extensions.Count == MaxExtensions)
        {
            return $"more than {MaxExtensions} header extensions; offer fewer.";
        }

        var attributes = tokens.Rest;
        extensions.Add(new HeaderExtension(id, uri.ToString(), direction, attributes.IsEmpty ? null : attributes.ToString()));
        return null;
    }
}
