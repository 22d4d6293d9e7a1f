using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Mcu.Server.Rooms;

/// <summary>The allowed forms of room and display names.</summary>
public static class Names
{
    public const int MaxLength = 64;

    public const string RoomForm =
        "A room name has 1 to 64 characters: letters a-z, digits, '-' and '_', beginning with a letter or digit.";

    public const string DisplayForm = "A name has 1 to 64 characters, in any script, without control characters.";

    /// <summary>Reads a room name; capitals are the same as small letters.</summary>
    public static bool TryParseRoom(string? text, [NotNullWhen(true)] out string? room)
    {
        room = null;
        if (text is null || text.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(text[0]))
        {
            return false;
        }

        foreach (var character in text)
        {
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_'))
            {
                return false;
            }
        }

        room = text.ToLowerInvariant();
        return true;
    }

    /// <summary>Reads a display name: trimmed, no control or direction-overriding characters.</summary>
    public static bool TryParseDisplay(string? text, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (text is null || text.Length > 4 * MaxLength || !IsPrintable(text))
        {
            return false;
        }

        var trimmed = text.Trim();
        if (trimmed.Length == 0 || new StringInfo(trimmed).LengthInTextElements > MaxLength)
        {
            return false;
        }

        name = trimmed;
        return true;
    }

    private static bool IsPrintable(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            // Rune enumeration turns a lone surrogate into U+FFFD, which no person types.
            if (rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator)
            {
                return false;
            }

            if (rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069))
            {
                return false;
            }
        }

        return true;
    }
}
