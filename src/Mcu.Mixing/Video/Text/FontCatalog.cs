using SkiaSharp;
using SkiaSharp.HarfBuzz;

namespace Mcu.Mixing.Video;

/// <summary>
/// Finds a typeface for each character among the installed fonts. Skia's portable font manager has no character fallback of its own
/// (that would need fontconfig), so families are tried in order: those good for screens first. Not thread-safe: guarded by its owner.
/// </summary>
internal sealed class FontCatalog
{
    private const int MaxRemembered = 4096;

    private static readonly string[] Preferred =
    [
        "Inter",
        "Noto Sans",
        "DejaVu Sans",
        "Noto Sans Arabic",
        "Noto Naskh Arabic",
        "Noto Sans CJK SC",
        "Noto Sans CJK JP",
        "Noto Sans CJK KR",
        "Noto Color Emoji",
    ];

    private static readonly string[] EmojiFamilies = ["Noto Color Emoji", "Twemoji", "Noto Emoji", "DejaVu Sans"];

    private readonly SKFontManager _fonts = SKFontManager.Default;
    private readonly List<string> _families = [];
    private readonly Dictionary<(string Family, bool Bold), SKTypeface?> _opened = [];
    private readonly Dictionary<(int Character, bool Bold), SKTypeface> _byCharacter = [];
    private readonly Dictionary<SKTypeface, SKShaper> _shapers = [];

    public FontCatalog()
    {
        var installed = _fonts.FontFamilies.ToHashSet(StringComparer.Ordinal);
        _families.AddRange(Preferred.Where(installed.Contains));
        _families.AddRange(
            installed.Where(family => !_families.Contains(family)).OrderBy(Rank).ThenBy(family => family, StringComparer.Ordinal)
        );
    }

    /// <summary>The typeface for a character; the first choice, with its "missing" glyph, if no font has it.</summary>
    public SKTypeface For(int character, bool bold)
    {
        if (_byCharacter.TryGetValue((character, bold), out var known))
        {
            return known;
        }

        var found = (IsEmoji(character) ? Find(EmojiFamilies, character, bold) : null) ?? Find(_families, character, bold);
        if (_byCharacter.Count >= MaxRemembered)
        {
            _byCharacter.Clear();
        }

        return _byCharacter[(character, bold)] = found ?? FirstChoice(bold);
    }

    /// <summary>The shaper of a typeface; lives as long as the catalogue.</summary>
    public SKShaper ShaperFor(SKTypeface typeface)
    {
        if (!_shapers.TryGetValue(typeface, out var shaper))
        {
            shaper = new SKShaper(typeface);
            _shapers.Add(typeface, shaper);
        }

        return shaper;
    }

    private static bool IsEmoji(int character) => character is >= 0x1F000 and < 0x20000 or >= 0x2600 and < 0x27C0;

    /// <summary>Plain sans serif faces before serifs, monospaced and display faces.</summary>
    private static int Rank(string family) =>
        family.Contains("Mono", StringComparison.Ordinal) || family.Contains("Display", StringComparison.Ordinal) ? 3
        : family.Contains("Serif", StringComparison.Ordinal) || family.Contains("Nastaliq", StringComparison.Ordinal) ? 2
        : family.Contains("Sans", StringComparison.Ordinal) ? 0
        : 1;

    private SKTypeface? Find(IReadOnlyList<string> families, int character, bool bold)
    {
        foreach (var family in families)
        {
            if (Open(family, bold) is { } typeface && typeface.ContainsGlyph(character))
            {
                return typeface;
            }
        }

        return null;
    }

    private SKTypeface FirstChoice(bool bold) => (_families.Count > 0 ? Open(_families[0], bold) : null) ?? SKTypeface.Default;

    private SKTypeface? Open(string family, bool bold)
    {
        if (!_opened.TryGetValue((family, bold), out var typeface))
        {
            typeface = _fonts.MatchFamily(family, bold ? SKFontStyle.Bold : SKFontStyle.Normal);
            _opened.Add((family, bold), typeface);
        }

        return typeface;
    }
}
