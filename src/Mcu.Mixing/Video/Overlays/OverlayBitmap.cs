using Mcu.Media.Video;
using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>
/// A picture with transparency, ready for an I420 canvas: alpha and premultiplied Y at full size, alpha and premultiplied U, V at half size.
/// Immutable; may be blended by several threads at once.
/// </summary>
public sealed class OverlayBitmap
{
    private readonly byte[] _alpha;
    private readonly byte[] _y;
    private readonly byte[] _chromaAlpha;
    private readonly byte[] _u;
    private readonly byte[] _v;

    private OverlayBitmap(int width, int height)
    {
        (Width, Height) = (width, height);
        _alpha = new byte[width * height];
        _y = new byte[width * height];
        _chromaAlpha = new byte[width * height / 4];
        _u = new byte[width * height / 4];
        _v = new byte[width * height / 4];
    }

    /// <summary>Pixels, even.</summary>
    public int Width { get; }

    /// <summary>Pixels, even.</summary>
    public int Height { get; }

    /// <summary>Bytes held.</summary>
    public int Size => _alpha.Length * 11 / 4;

    /// <summary>Alpha at full size, row by row, <see cref="Width"/> bytes each.</summary>
    public ReadOnlySpan<byte> Alpha => _alpha;

    /// <summary>Converts an RGBA bitmap with premultiplied alpha and even sides.</summary>
    internal static OverlayBitmap From(SKBitmap bitmap) => From(bitmap, new PixelRect(0, 0, bitmap.Width, bitmap.Height));

    /// <summary>Converts an even part of a bitmap.</summary>
    internal static OverlayBitmap From(SKBitmap bitmap, PixelRect part)
    {
        var overlay = new OverlayBitmap(part.Width, part.Height);
        var pixels = bitmap.GetPixelSpan();
        for (var y = 0; y < part.Height; y += 2)
        {
            for (var x = 0; x < part.Width; x += 2)
            {
                overlay.ConvertBlock(pixels, bitmap.RowBytes, ((part.Y + y) * bitmap.RowBytes) + ((part.X + x) * 4), x, y);
            }
        }

        return overlay;
    }

    /// <summary>Blends onto a canvas with the top left corner at (<paramref name="x"/>, <paramref name="y"/>), both even; only inside <paramref name="clip"/>.</summary>
    public void Blend(VideoFrame canvas, int x, int y, PixelRect clip)
    {
        if (!TryClip(canvas, x, y, clip, out var area))
        {
            return;
        }

        for (var row = area.Y; row < area.Bottom; row++)
        {
            var target = canvas.Data.AsSpan((row * canvas.StrideY) + area.X, area.Width);
            var at = ((row - y) * Width) + area.X - x;
            Blending.Over(target, _alpha.AsSpan(at, area.Width), _y.AsSpan(at, area.Width));
        }

        var half = area.Width / 2;
        for (var row = area.Y / 2; row < area.Bottom / 2; row++)
        {
            var at = ((row - (y / 2)) * (Width / 2)) + ((area.X - x) / 2);
            var alpha = _chromaAlpha.AsSpan(at, half);
            var offset = (row * canvas.StrideUV) + (area.X / 2);
            Blending.Over(canvas.Data.AsSpan(canvas.OffsetU + offset, half), alpha, _u.AsSpan(at, half));
            Blending.Over(canvas.Data.AsSpan(canvas.OffsetV + offset, half), alpha, _v.AsSpan(at, half));
        }
    }

    /// <summary>Uses only the alpha: where it is opaque, the canvas becomes <paramref name="other"/>, a frame of the canvas's size.</summary>
    public void Reveal(VideoFrame canvas, VideoFrame other, int x, int y, PixelRect clip)
    {
        if (!TryClip(canvas, x, y, clip, out var area))
        {
            return;
        }

        for (var row = area.Y; row < area.Bottom; row++)
        {
            var alpha = _alpha.AsSpan(((row - y) * Width) + area.X - x, area.Width);
            var offset = (row * canvas.StrideY) + area.X;
            Blending.Mix(canvas.Data.AsSpan(offset, area.Width), alpha, other.Data.AsSpan(offset, area.Width));
        }

        var half = area.Width / 2;
        for (var row = area.Y / 2; row < area.Bottom / 2; row++)
        {
            var alpha = _chromaAlpha.AsSpan(((row - (y / 2)) * (Width / 2)) + ((area.X - x) / 2), half);
            var offset = (row * canvas.StrideUV) + (area.X / 2);
            Blending.Mix(canvas.Data.AsSpan(canvas.OffsetU + offset, half), alpha, other.Data.AsSpan(other.OffsetU + offset, half));
            Blending.Mix(canvas.Data.AsSpan(canvas.OffsetV + offset, half), alpha, other.Data.AsSpan(other.OffsetV + offset, half));
        }
    }

    private bool TryClip(VideoFrame canvas, int x, int y, PixelRect clip, out PixelRect area)
    {
        var left = Math.Max(Math.Max(x, clip.X), 0);
        var top = Math.Max(Math.Max(y, clip.Y), 0);
        var right = Math.Min(Math.Min(x + Width, clip.Right), canvas.Width & ~1);
        var bottom = Math.Min(Math.Min(y + Height, clip.Bottom), canvas.Height & ~1);
        area = new PixelRect(left, top, right - left, bottom - top);
        return !area.IsEmpty;
    }

    /// <summary>Converts 2x2 pixels: BT.601 limited range; the offsets of 16 and 128 are premultiplied like the rest.</summary>
    private void ConvertBlock(ReadOnlySpan<byte> pixels, int rowBytes, int offset, int x, int y)
    {
        int red = 0;
        int green = 0;
        int blue = 0;
        int alpha = 0;
        for (var i = 0; i < 4; i++)
        {
            var pixel = pixels.Slice(offset + ((i >> 1) * rowBytes) + ((i & 1) * 4), 4);
            var (r, g, b, a) = (pixel[0], pixel[1], pixel[2], pixel[3]);
            var at = ((y + (i >> 1)) * Width) + x + (i & 1);
            _alpha[at] = a;
            _y[at] = (byte)((((66 * r) + (129 * g) + (25 * b) + 128) >> 8) + (((16 * a) + 127) / 255));
            red += r;
            green += g;
            blue += b;
            alpha += a;
        }

        var chroma = (y / 2 * (Width / 2)) + (x / 2);
        var neutral = 128 * alpha / 255;
        _chromaAlpha[chroma] = (byte)((alpha + 2) >> 2);
        _u[chroma] = (byte)Math.Clamp((((-38 * red) - (74 * green) + (112 * blue)) / 256 + neutral + 2) >> 2, 0, 255);
        _v[chroma] = (byte)Math.Clamp((((112 * red) - (94 * green) - (18 * blue)) / 256 + neutral + 2) >> 2, 0, 255);
    }
}
