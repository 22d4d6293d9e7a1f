using System.Text;

namespace Mcu.Sip.Messages;

/// <summary>
/// Header text is kept as its bytes came, one char for each byte, so that what is copied into a reply is the same on the wire whatever
/// its encoding. Only what people read, display names and reasons, is turned into text and back.
/// </summary>
public static class WireText
{
    private static readonly UTF8Encoding s_strictUtf8 = new(false, throwOnInvalidBytes: true);

    public static string FromBytes(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);

    public static byte[] ToBytes(string wire) => Encoding.Latin1.GetBytes(wire);

    /// <summary>What a person reads: UTF-8 (RFC 3261 section 7), or Latin-1 where it is not.</summary>
    public static string ToText(string wire)
    {
        ArgumentNullException.ThrowIfNull(wire);
        if (Ascii.IsValid(wire))
        {
            return wire;
        }

        var bytes = Encoding.Latin1.GetBytes(wire);
        return System.Text.Unicode.Utf8.IsValid(bytes) ? s_strictUtf8.GetString(bytes) : wire;
    }

    /// <summary>Text for a header; control characters, line ends among them, become spaces.</summary>
    public static string FromText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = text.Any(char.IsControl) ? string.Create(text.Length, text, static (span, from) => Clean(span, from)) : text;
        return Ascii.IsValid(clean) ? clean : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(clean));
    }

    private static void Clean(Span<char> span, string from)
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = char.IsControl(from[i]) ? ' ' : from[i];
        }
    }
}
