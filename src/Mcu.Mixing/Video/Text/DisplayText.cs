using System.Globalization;
using System.Text;

namespace Mcu.Mixing.Video;

/// <summary>Makes names that strangers chose fit for display.</summary>
internal static class DisplayText
{
    private const int MaxGraphemes = 80;
    private const int MaxMarksPerGrapheme = 8;

    /// <summary>
    /// One line of at most 80 graphemes without control characters, direction overrides and lone surrogates;
    /// white space collapsed, towers of combining marks cut.
    /// </summary>
    public static string Clean(string text)
    {
        var clean = new StringBuilder();
        var graphemes = StringInfo.GetTextElementEnumerator(text);
        for (var count = 0; count < MaxGraphemes && graphemes.MoveNext(); count++)
        {
            var kept = 0;
            foreach (var rune in graphemes.GetTextElement().EnumerateRunes())
            {
                if (Rune.IsWhiteSpace(rune))
                {
                    clean.Append(clean.Length > 0 && clean[^1] != ' ' ? " " : "");
                }
                else if (IsShown(rune) && kept++ <= MaxMarksPerGrapheme)
                {
                    clean.Append(rune);
                }
            }
        }

        return clean.ToString().TrimEnd();
    }

    /// <summary>
    /// The first letters of the first and last word in alphabets that have capitals, else the first letter alone: "Zoë Müller" gives "ZM", "李小龙" gives "李".
    /// </summary>
    public static string Initials(string name)
    {
        var words = Clean(name)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => Rune.IsLetterOrDigit(Rune.GetRuneAt(word, 0)))
            .ToArray();
        if (words.Length == 0)
        {
            return "";
        }

        var first = FirstOf(words[0]);
        return words.Length > 1 && HasCase(first) && HasCase(FirstOf(words[^1])) ? first + FirstOf(words[^1]) : first;
    }

    private static string FirstOf(string word) => StringInfo.GetNextTextElement(word).ToUpperInvariant();

    private static bool HasCase(string grapheme) => Rune.IsUpper(Rune.GetRuneAt(grapheme, 0));

    private static bool IsShown(Rune rune) =>
        // Joiners shape Persian, Hindi and emoji; the replacement character stands for lone surrogates.
        rune.Value
            is 0x200C
                or 0x200D
        || (
            rune != Rune.ReplacementChar
            && Rune.GetUnicodeCategory(rune)
                is not (
                    UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                )
        );
}
