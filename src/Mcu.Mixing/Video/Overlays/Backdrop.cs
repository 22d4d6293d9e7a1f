using Mcu.Media.Video;
using SkiaSharp;

namespace Mcu.Mixing.Video;

/// <summary>What is behind the tiles of a room, and its logo above them. Immutable: another look is another backdrop.</summary>
public sealed class Backdrop
{
    /// <summary>Larger files are refused.</summary>
    public const int MaxImageBytes = 16 * 1024 * 1024;

    /// <summary>Larger pictures are refused, in pixels per side.</summary>
    public const int MaxImageSide = 4096;

    private readonly SKImage? _image;
    private readonly SKImage? _logo;

    private Backdrop(RgbColor colour, SKImage? image, SKImage? logo)
    {
        Colour = colour;
        _image = image;
        _logo = logo;
    }

    /// <summary>Near black and neutral, so that faces stand out.</summary>
    public static RgbColor DefaultColour { get; } = new(0x12, 0x13, 0x16);

    public static Backdrop Default { get; } = new(DefaultColour, null, null);

    public RgbColor Colour { get; }

    /// <summary>Makes a backdrop from a colour and, where not empty, PNG, JPEG or WebP files. False if a file is damaged, too large or of another kind.</summary>
    public static bool TryCreate(RgbColor colour, ReadOnlySpan<byte> image, ReadOnlySpan<byte> logo, out Backdrop? backdrop)
    {
        backdrop = null;
        if (!TryDecode(image, out var decodedImage))
        {
            return false;
        }

        if (!TryDecode(logo, out var decodedLogo))
        {
            decodedImage?.Dispose();
            return false;
        }

        backdrop = new Backdrop(colour, decodedImage, decodedLogo);
        return true;
    }

    /// <summary>Paints the whole frame: the colour, and the image cut so that it covers it.</summary>
    internal void Paint(VideoFrame frame)
    {
        var (y, u, v) = Colour.ToYuv();
        frame.Fill(y, u, v);
        if (_image is null)
        {
            return;
        }

        var (width, height) = (frame.Width & ~1, frame.Height & ~1);
        using var bitmap = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Premul));
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(Colour.ToSkia());
            var scale = Math.Max((float)width / _image.Width, (float)height / _image.Height);
            var (w, h) = (_image.Width * scale, _image.Height * scale);
            canvas.DrawImage(
                _image,
                SKRect.Create((width - w) / 2, (height - h) / 2, w, h),
                new SKSamplingOptions(SKCubicResampler.Mitchell)
            );
        }

        OverlayBitmap.From(bitmap).Blend(frame, 0, 0, new PixelRect(0, 0, width, height));
    }

    /// <summary>The logo scaled into this size, or null if there is none.</summary>
    internal OverlayBitmap? RenderLogo(int maxWidth, int maxHeight)
    {
        if (_logo is null)
        {
            return null;
        }

        var scale = Math.Min((float)maxWidth / _logo.Width, (float)maxHeight / _logo.Height);
        var (w, h) = (Math.Max(_logo.Width * scale, 1), Math.Max(_logo.Height * scale, 1));
        var info = new SKImageInfo(
            ((int)Math.Ceiling(w) + 1) & ~1,
            ((int)Math.Ceiling(h) + 1) & ~1,
            SKColorType.Rgba8888,
            SKAlphaType.Premul
        );
        using var bitmap = new SKBitmap(info);
        using (var canvas = new SKCanvas(bitmap))
        {
            canvas.Clear(SKColors.Transparent);
            var sampling = new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
            canvas.DrawImage(_logo, SKRect.Create(info.Width - w, 0, w, h), sampling);
        }

        return OverlayBitmap.From(bitmap);
    }

    private static bool TryDecode(ReadOnlySpan<byte> file, out SKImage? image)
    {
        image = null;
        if (file.IsEmpty)
        {
            return true;
        }

        if (file.Length > MaxImageBytes)
        {
            return false;
        }

        using var data = SKData.CreateCopy(file);
        using var codec = SKCodec.Create(data);
        if (codec is null || codec.Info.Width > MaxImageSide || codec.Info.Height > MaxImageSide)
        {
            return false;
        }

        using var bitmap = new SKBitmap(new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Premul));
        if (codec.GetPixels(bitmap.Info, bitmap.GetPixels()) != SKCodecResult.Success)
        {
            return false;
        }

        bitmap.SetImmutable();
        image = SKImage.FromBitmap(bitmap);
        return image is not null;
    }
}
