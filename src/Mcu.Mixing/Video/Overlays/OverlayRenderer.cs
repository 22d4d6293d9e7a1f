using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>
/// Draws labels, avatars, borders and corners, each once per content and size, and keeps the latest.
/// Thread-safe; meant to be shared by all compositors of the process. Making the first one reads the font directories, which takes a moment.
/// </summary>
public sealed class OverlayRenderer
{
    private static readonly SKColor PillColour = new(0x0B, 0x0C, 0x0E, 0xB4);
    private static readonly SKColor SpeakingColour = new(0x3D, 0xDC, 0x97);

    private readonly Lock _gate = new();
    private readonly FontCatalog _fonts = new();
    private readonly OverlayCache _cache;

    /// <param name="maxCacheBytes">Memory for finished overlays.</param>
    public OverlayRenderer(long maxCacheBytes = 32 * 1024 * 1024) => _cache = new OverlayCache(maxCacheBytes);

    /// <summary>Overlays kept now.</summary>
    public int CachedCount
    {
        get
        {
            lock (_gate)
            {
                return _cache.Count;
            }
        }
    }

    /// <summary>
    /// A pill with a name, and before it the crossed-out microphone if <paramref name="isMuted"/>.
    /// Null if there is neither, or no room for one.
    /// </summary>
    /// <param name="name">Any script; cut with an ellipsis where it is too wide.</param>
    /// <param name="isMuted">Whether the icon is shown.</param>
    /// <param name="fontSize">Pixels.</param>
    /// <param name="maxWidth">Pixels for the whole pill.</param>
    public OverlayBitmap? Label(string? name, bool isMuted, int fontSize, int maxWidth)
    {
        if ((string.IsNullOrWhiteSpace(name) && !isMuted) || maxWidth < 2 * fontSize)
        {
            return null;
        }

        return Get(new(OverlayKind.Label, name ?? "", isMuted, maxWidth, fontSize, 0), DrawLabel);
    }

    /// <summary>A circle in the name's colour with the initials.</summary>
    public OverlayBitmap Avatar(string name, int diameter) => Get(new(OverlayKind.Avatar, name, false, diameter, diameter, 0), DrawAvatar);

    /// <summary>A line of text, with nothing behind it.</summary>
    public OverlayBitmap Notice(string text, int fontSize, int maxWidth) =>
        Get(new(OverlayKind.Notice, text, false, maxWidth, fontSize, 0), DrawNotice);

    /// <summary>Opaque outside a rectangle with round corners: only its <paramref name="radius"/> topmost rows, or the bottom ones.</summary>
    internal OverlayBitmap Corners(int width, int radius, bool bottom) =>
        Get(new(OverlayKind.Corners, "", bottom, width, radius, 0), DrawFrame);

    /// <summary>The top or bottom rows of the active-speaker border, <paramref name="rows"/> high.</summary>
    internal OverlayBitmap BorderEnd(int width, int rows, int radius, int stroke, bool bottom) =>
        Get(new(bottom ? OverlayKind.BorderBottom : OverlayKind.BorderTop, "", bottom, width, rows, (radius << 8) | stroke), DrawFrame);

    /// <summary>One side of the active-speaker border.</summary>
    internal OverlayBitmap BorderSide(int height, int stroke) =>
        Get(
            new(OverlayKind.BorderSide, "", false, stroke, height, 0),
            static key => Render(key.Width, key.Height, static c => c.Clear(SpeakingColour))
        );

    private OverlayBitmap Get(OverlayKey key, Func<OverlayKey, OverlayBitmap> draw)
    {
        lock (_gate)
        {
            var bitmap = _cache.Find(key);
            if (bitmap is null)
            {
                bitmap = draw(key);
                _cache.Add(key, bitmap);
            }

            return bitmap;
        }
    }

    private OverlayBitmap DrawLabel(OverlayKey key)
    {
        var size = key.Height;
        var height = (int)(size * 1.62f);
        var padding = size * 0.55f;
        var icon = key.Flag ? size * 0.95f : 0;
        var space = key.Flag && key.Text.Length > 0 ? size * 0.3f : 0;
        using var text = TextLine.Shape(_fonts, key.Text, size, bold: false, key.Width - (2 * padding) - icon - space);
        var width = Math.Min(icon + space + text.Width + (2 * padding), key.Width & ~1);
        return Render(
            (int)Math.Ceiling(width),
            height,
            canvas =>
            {
                using var paint = new SKPaint { Color = PillColour, IsAntialias = true };
                canvas.DrawRoundRect(SKRect.Create(width, Even(height)), height * 0.32f, height * 0.32f, paint);
                if (key.Flag)
                {
                    Icons.DrawMutedMicrophone(canvas, SKRect.Create(padding, (Even(height) - icon) / 2, icon, icon));
                }

                paint.Color = SKColors.White;
                text.Draw(canvas, padding + icon + space, (Even(height) / 2f) + (size * 0.36f), paint);
            }
        );
    }

    private OverlayBitmap DrawAvatar(OverlayKey key)
    {
        var diameter = Even(key.Width);
        var initials = DisplayText.Initials(key.Text);
        return Render(
            diameter,
            diameter,
            canvas =>
            {
                using var paint = new SKPaint { Color = NameColour.Of(key.Text).ToSkia(), IsAntialias = true };
                canvas.DrawCircle(diameter / 2f, diameter / 2f, diameter / 2f, paint);
                paint.Color = SKColors.White;
                if (initials.Length == 0)
                {
                    Icons.DrawPerson(canvas, diameter, paint);
                    return;
                }

                var size = diameter * 0.4f;
                using var text = TextLine.Shape(_fonts, initials, size, bold: true, diameter * 0.9f);
                text.Draw(canvas, (diameter - text.Width) / 2, (diameter / 2f) - text.InkCentre, paint);
            }
        );
    }

    private OverlayBitmap DrawNotice(OverlayKey key)
    {
        var size = key.Height;
        using var text = TextLine.Shape(_fonts, key.Text, size, bold: false, key.Width);
        return Render(
            (int)Math.Ceiling(text.Width),
            size * 2,
            canvas =>
            {
                using var paint = new SKPaint { Color = new SKColor(0xC8, 0xCB, 0xD2), IsAntialias = true };
                text.Draw(canvas, 0, size * 1.36f, paint);
            }
        );
    }

    /// <summary>Rows at one end of a frame with round corners: its stroke, or for corners what is outside of it.</summary>
    private static OverlayBitmap DrawFrame(OverlayKey key) =>
        Render(
            key.Width,
            key.Height,
            canvas =>
            {
                // The frame goes on beyond the rows drawn.
                var (radius, stroke) = key.Kind == OverlayKind.Corners ? (key.Height, 0) : (key.Detail >> 8, key.Detail & 255);
                var bounds = SKRect.Create(0, key.Flag ? -4 * key.Height : 0, Even(key.Width), Even(key.Height) + (4 * key.Height));
                using var outer = new SKRoundRect(bounds, radius);
                using var paint = new SKPaint { Color = SpeakingColour, IsAntialias = true };
                if (stroke == 0)
                {
                    canvas.ClipRoundRect(outer, SKClipOperation.Difference, antialias: true);
                    canvas.Clear(SKColors.Black);
                }
                else
                {
                    using var inner = new SKRoundRect(SKRect.Inflate(bounds, -stroke, -stroke), Math.Max(radius - stroke, 0));
                    canvas.DrawRoundRectDifference(outer, inner, paint);
                }
            }
        );

    private static OverlayBitmap Render(int width, int height, Action<SKCanvas> draw)
    {
        var info = new SKImageInfo(Math.Max(Even(width), 2), Math.Max(Even(height), 2), SKColorType.Rgba8888, SKAlphaType.Premul);
        using var bitmap = new SKBitmap(info);
        using var canvas = new SKCanvas(bitmap);
        canvas.Clear(SKColors.Transparent);
        draw(canvas);
        canvas.Flush();
        return OverlayBitmap.From(bitmap);
    }

    /// <summary>Rounded up, for the sides of bitmaps.</summary>
    private static int Even(int value) => (value + 1) & ~1;
}
