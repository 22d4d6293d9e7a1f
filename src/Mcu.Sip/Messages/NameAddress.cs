using System.Diagnostics.CodeAnalysis;

namespace Mcu.Sip.Messages;

/// <summary>name-addr or addr-spec with the header's parameters: From, To, Contact, Route, Refer-To and their like (RFC 3261 section 20.10).</summary>
public sealed class NameAddress
{
    private readonly string _display;

    private NameAddress(string display, SipUri uri, SipParameters parameters)
    {
        _display = display;
        Uri = uri;
        Parameters = parameters;
    }

    public NameAddress(SipUri uri, string? displayName = null)
        : this(string.IsNullOrEmpty(displayName) ? "" : SipSyntax.Quote(WireText.FromText(displayName)), uri, []) { }

    public SipUri Uri { get; }

    /// <summary>As people read it; empty where there is none.</summary>
    public string DisplayName => WireText.ToText(SipSyntax.Unquote(_display));

    /// <summary>The header's own parameters, such as tag.</summary>
    public SipParameters Parameters { get; }

    public string? Tag => Parameters.Get("tag");

    /// <summary>The same with a tag, or without one.</summary>
    public NameAddress WithTag(string? tag)
    {
        var parameters = Parameters.Copy();
        if (tag is null)
        {
            parameters.Remove("tag");
        }
        else
        {
            parameters.Set("tag", tag);
        }

        return new NameAddress(_display, Uri, parameters);
    }

    /// <summary>Parses one element; <paramref name="error"/> says what is wrong with it.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out NameAddress? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        var reader = new FieldReader(text.Trim(" \t"));
        if (!TryReadDisplay(ref reader, out var display, out var isBracketed))
        {
            error = "the display name is neither a whole quoted string nor tokens";
            return false;
        }

        // Spaces within the brackets are ignored (RFC 4475 section 3.1.2.14); an addr-spec without brackets ends at the first
        // semicolon, and has no question mark (RFC 3261 section 20.10).
        var spec = (isBracketed ? reader.TakeUntil(">") : reader.TakeUntil(";, \t")).Trim(" \t");
        if ((isBracketed && !reader.TryTake('>')) || (!isBracketed && spec.Contains('?')) || !SipUri.TryParse(spec, out var uri))
        {
            error = "the URI is malformed, or not in angle brackets though it needs them";
            return false;
        }

        var parameters = new SipParameters();
        if (!SipParameters.TryRead(ref reader, parameters) || !reader.IsEnd)
        {
            error = "the parameters are malformed";
            return false;
        }

        value = new NameAddress(display, uri, parameters);
        error = null;
        return true;
    }

    public override string ToString() => $"{_display}{(_display.Length > 0 ? " " : "")}<{Uri}>{Parameters}";

    /// <summary>Reads up to and including the opening bracket; tokens that stand where a quoted name should are taken without commas.</summary>
    private static bool TryReadDisplay(ref FieldReader reader, out string display, out bool isBracketed)
    {
        display = "";
        isBracketed = true;
        if (reader.Peek == '"')
        {
            if (!reader.TryQuoted(out var quoted))
            {
                return false;
            }

            display = quoted.ToString();
            return reader.TryTake('<');
        }

        var bracket = reader.Rest.IndexOf('<');
        if (bracket < 0)
        {
            isBracketed = false;
            return true;
        }

        var name = reader.Take(bracket).Trim(" \t");
        foreach (var c in name)
        {
            // RFC 3261 wants tokens here. Bytes beyond ASCII and other signs are common, and clear; what would make it ambiguous is not taken.
            if (c is '"' or ',' or ';' or '>' or '\\' or < ' ')
            {
                return false;
            }
        }

        display = SipSyntax.IsToken(name) || name.IsEmpty ? name.ToString() : AsDisplay(name);
        return reader.TryTake('<');
    }

    // Tokens with spaces between them stay; anything else is written back in quotes.
    private static string AsDisplay(ReadOnlySpan<char> name)
    {
        foreach (var c in name)
        {
            if (!SipSyntax.IsTokenChar(c) && !SipSyntax.IsSpace(c))
            {
                return SipSyntax.Quote(name.ToString());
            }
        }

        return name.ToString();
    }
}
