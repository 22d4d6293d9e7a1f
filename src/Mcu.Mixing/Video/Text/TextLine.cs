using System.Globalization;
using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>
/// One line of text in any script, shaped and ready to be drawn: split into runs of one typeface and one direction, each shaped by HarfBuzz,
/// in visual order (the two-level case of the Unicode bidirectional algorithm, which is all that names need).
/// </summary>
internal sealed class TextLine : IDisposable
{
    private const string Ellipsis = "…";

    private readonly List<ShapedRun> _runs = [];
    private float _inkTop = float.MaxValue;
    private float _inkBottom = float.MinValue;

    private TextLine(float size) => Size = size;

    public float Size { get; }

    public float Width { get; private set; }

    /// <summary>Middle between the highest and the lowest ink, from the baseline downwards (so mostly negative).</summary>
    public float InkCentre => (_inkTop + _inkBottom) / 2;

    /// <summary>Shapes <paramref name="text"/>; what does not fit into <paramref name="maxWidth"/> gives way to an ellipsis, at whole graphemes.</summary>
    public static TextLine Shape(FontCatalog fonts, string text, float size, bool bold, float maxWidth)
    {
        var clean = DisplayText.Clean(text);
        var line = ShapeAll(fonts, clean, size, bold);
        if (line.Width <= maxWidth)
        {
            return line;
        }

        // The longest beginning that fits, by halving.
        var starts = StringInfo.ParseCombiningCharacters(clean);
        var (fits, tooLong) = (0, starts.Length);
        while (tooLong - fits > 1)
        {
            var middle = (fits + tooLong) / 2;
            using var attempt = ShapeAll(fonts, Beginning(clean, starts[middle]), size, bold);
            (fits, tooLong) = attempt.Width <= maxWidth ? (middle, tooLong) : (fits, middle);
        }

        line.Dispose();
        line = ShapeAll(fonts, Beginning(clean, fits == 0 ? 0 : starts[fits]), size, bold);
        return line.Width <= maxWidth ? line : Empty(line);
    }

    /// <summary>Draws with the left end of the baseline at (<paramref name="x"/>, <paramref name="y"/>).</summary>
    public void Draw(SKCanvas canvas, float x, float y, SKPaint paint)
    {
        foreach (var run in _runs)
        {
            if (run.Blob is not null)
            {
                canvas.DrawText(run.Blob, x, y, paint);
            }

            x += run.Width;
        }
    }

    public void Dispose()
    {
        foreach (var run in _runs)
        {
            run.Blob?.Dispose();
        }

        _runs.Clear();
    }

    private static TextLine Empty(TextLine line)
    {
        line.Dispose();
        return new TextLine(line.Size);
    }

    private static string Beginning(string text, int length) => string.Concat(text.AsSpan(0, length).TrimEnd(), Ellipsis);

    private static TextLine ShapeAll(FontCatalog fonts, string text, float size, bool bold)
    {
        var line = new TextLine(size);
        foreach (var run in TextRuns.Split(fonts, text, bold))
        {
            var shaped = ShapeRun(fonts, text.Substring(run.Start, run.Length), run.Typeface, size);
            line._runs.Add(shaped);
            line.Width += shaped.Width;
            line._inkTop = Math.Min(line._inkTop, shaped.InkTop);
            line._inkBottom = Math.Max(line._inkBottom, shaped.InkBottom);
        }

        return line;
    }

    private static ShapedRun ShapeRun(FontCatalog fonts, string text, SKTypeface typeface, float size)
    {
        using var font = new SKFont(typeface, size)
        {
            Edging = SKFontEdging.Antialias,
            Hinting = SKFontHinting.Slight,
            Subpixel = true,
        };
        var shaped = fonts.ShaperFor(typeface).Shape(text, font);
        if (shaped.Codepoints.Length == 0)
        {
            return new ShapedRun(null, 0, 0, 0);
        }

        using var builder = new SKTextBlobBuilder();
        var run = builder.AllocatePositionedRun(font, shaped.Codepoints.Length);
        for (var i = 0; i < shaped.Codepoints.Length; i++)
        {
            run.Glyphs[i] = (ushort)shaped.Codepoints[i];
            run.Positions[i] = shaped.Points[i];
        }

        font.MeasureText(run.Glyphs, out var ink);
        return new ShapedRun(builder.Build(), shaped.Width, ink.Top, ink.Bottom);
    }

    private readonly record struct ShapedRun(SKTextBlob? Blob, float Width, float InkTop, float InkBottom);
}
