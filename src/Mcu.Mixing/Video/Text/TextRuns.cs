using System.Globalization;
using System.Text;
using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>A stretch of text in one typeface and one direction.</summary>
internal readonly record struct TextRun(int Start, int Length, SKTypeface Typeface, bool IsRightToLeft);

/// <summary>Splits a line into runs in visual order, from left to right.</summary>
internal static class TextRuns
{
    public static List<TextRun> Split(FontCatalog fonts, string text, bool bold)
    {
        var starts = StringInfo.ParseCombiningCharacters(text);
        var directions = Directions(text, starts, out var isRightToLeft);
        var runs = new List<TextRun>();
        for (var i = 0; i < starts.Length; i++)
        {
            var end = i + 1 < starts.Length ? starts[i + 1] : text.Length;
            var character = CharacterAt(text, starts[i]);
            var last = runs.Count > 0 ? runs[^1] : default;
            // Spaces and marks stay in the run they follow if its typeface has them.
            var stays = runs.Count > 0 && !Rune.IsLetter(new Rune(character)) && last.Typeface.ContainsGlyph(character);
            var typeface = stays ? last.Typeface : fonts.For(character, bold);
            if (runs.Count > 0 && last.Typeface == typeface && last.IsRightToLeft == directions[i])
            {
                runs[^1] = last with { Length = end - last.Start };
            }
            else
            {
                runs.Add(new TextRun(starts[i], end - starts[i], typeface, directions[i]));
            }
        }

        Reorder(runs, isRightToLeft);
        return runs;
    }

    /// <summary>Runs against the line's direction keep their own order among themselves: turn each such stretch, and in a right-to-left line the whole.</summary>
    private static void Reorder(List<TextRun> runs, bool isRightToLeft)
    {
        for (var i = 0; i < runs.Count; )
        {
            var end = i;
            while (end < runs.Count && runs[end].IsRightToLeft != isRightToLeft)
            {
                end++;
            }

            runs.Reverse(i, end - i);
            i = Math.Max(end, i + 1);
        }

        if (isRightToLeft)
        {
            runs.Reverse();
        }
    }

    /// <summary>Direction of each grapheme: letters and digits have one, the rest takes that of equal neighbours, else the line's (that of its first letter).</summary>
    private static bool[] Directions(string text, int[] starts, out bool isRightToLeft)
    {
        var strong = new bool?[starts.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            var rune = new Rune(CharacterAt(text, starts[i]));
            strong[i] =
                IsRightToLeft(rune.Value) ? true
                : Rune.IsLetterOrDigit(rune) ? false
                : null;
        }

        isRightToLeft = Array.Find(strong, direction => direction is not null) ?? false;
        var directions = new bool[starts.Length];
        for (var i = 0; i < starts.Length; i++)
        {
            var before = i > 0 ? directions[i - 1] : isRightToLeft;
            var after = Array.Find(strong[i..], direction => direction is not null) ?? isRightToLeft;
            directions[i] = strong[i] ?? (before == after ? before : isRightToLeft);
        }

        return directions;
    }

    private static int CharacterAt(string text, int index) => Rune.TryGetRuneAt(text, index, out var rune) ? rune.Value : 0xFFFD;

    /// <summary>Hebrew, Arabic, Syriac, Thaana, NKo and their presentation forms, and the right-to-left planes.</summary>
    private static bool IsRightToLeft(int c) =>
        c
            is >= 0x0590
                and <= 0x08FF
                and not (>= 0x0660 and <= 0x0669)
                and not (>= 0x06F0 and <= 0x06F9)
                or >= 0xFB1D
                and <= 0xFDFF
                or >= 0xFE70
                and <= 0xFEFC
                or >= 0x10800
                and <= 0x10FFF
                or >= 0x1E800
                and <= 0x1EFFF;
}
