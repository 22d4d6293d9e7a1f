using System.Buffers;
using System.Globalization;

namespace Mcu.Sip.Messages;

/// <summary>Character classes and small productions of RFC 3261 section 25.1.</summary>
internal static class SipSyntax
{
    private static readonly SearchValues<char> s_token = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~"
    );

    // Call-ID = word [ "@" word ].
    private static readonly SearchValues<char> s_word = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.!%*_+`'~()<>:\\\"/[]?{}@"
    );

    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(s_token);

    public static bool IsCallId(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(s_word);

    public static bool IsTokenChar(char c) => s_token.Contains(c);

    public static bool IsSpace(char c) => c is ' ' or '\t';

    /// <summary>Digits only, and small enough.</summary>
    public static bool TryParseNumber(ReadOnlySpan<char> text, uint max, out uint value) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= max;

    /// <summary>Every '%' begins an escape of two hexadecimal digits.</summary>
    public static bool HasWholeEscapes(ReadOnlySpan<char> text)
    {
        for (var at = text.IndexOf('%'); at >= 0; at = text.IndexOf('%'))
        {
            if (at + 2 >= text.Length || !char.IsAsciiHexDigit(text[at + 1]) || !char.IsAsciiHexDigit(text[at + 2]))
            {
                return false;
            }

            text = text[(at + 3)..];
        }

        return true;
    }

    /// <summary>Takes the escapes of a URI's part back (RFC 3261 section 19.1.2); what is not an escape stays.</summary>
    public static string Unescape(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        Span<char> plain = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            var isEscape = text[i] == '%' && i + 2 < text.Length && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]);
            plain[length++] = isEscape
                ? (char)byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture)
                : text[i];
            i += isEscape ? 2 : 0;
        }

        return plain[..length].ToString();
    }

    /// <summary>The content of a quoted string whose quotes are in <paramref name="quoted"/>; any other text as it is.</summary>
    public static string Unquote(string quoted)
    {
        if (quoted.Length < 2 || quoted[0] != '"')
        {
            return quoted;
        }

        var content = quoted.AsSpan(1, quoted.Length - 2);
        if (!content.Contains('\\'))
        {
            return content.ToString();
        }

        Span<char> plain = content.Length <= 256 ? stackalloc char[content.Length] : new char[content.Length];
        var length = 0;
        for (var i = 0; i < content.Length; i++)
        {
            i += content[i] == '\\' && i + 1 < content.Length ? 1 : 0;
            plain[length++] = content[i];
        }

        return plain[..length].ToString();
    }

    /// <summary>A quoted string with its quotes, escaped as needed.</summary>
    public static string Quote(string text) =>
        $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}
