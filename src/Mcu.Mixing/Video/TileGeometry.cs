using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>Which part of a picture goes to which part of a tile.</summary>
/// <param name="Source">In the picture as stored, before it is turned; even.</param>
/// <param name="Target">On the canvas; even, inside the tile.</param>
internal readonly record struct TileGeometry(PixelRect Source, PixelRect Target)
{
    /// <summary>Bars of up to this many pixels in all are not worth drawing: the picture is stretched over them.</summary>
    private const int NegligibleBar = 4;

    public static TileGeometry For(int frameWidth, int frameHeight, VideoRotation rotation, PixelRect area, FitMode fit)
    {
        var turned = rotation is VideoRotation.Clockwise90 or VideoRotation.Clockwise270;
        var (width, height) = turned ? (frameHeight, frameWidth) : (frameWidth, frameHeight);
        if (fit == FitMode.Letterbox)
        {
            return new(Centre(frameWidth, frameHeight, frameWidth, frameHeight), Letterbox(width, height, area));
        }

        // The part of the upright picture that has the tile's shape.
        var (keptWidth, keptHeight) =
            (long)width * area.Height > (long)area.Width * height
                ? ((int)((long)height * area.Width / area.Height), height)
                : (width, (int)((long)width * area.Height / area.Width));
        var source = turned
            ? Centre(frameWidth, frameHeight, keptHeight, keptWidth)
            : Centre(frameWidth, frameHeight, keptWidth, keptHeight);
        return new(source, area);
    }

    private static PixelRect Letterbox(int width, int height, PixelRect area)
    {
        var (targetWidth, targetHeight) =
            (long)width * area.Height > (long)area.Width * height
                ? (area.Width, (int)((long)area.Width * height / width))
                : ((int)((long)area.Height * width / height), area.Height);
        targetWidth = area.Width - targetWidth <= NegligibleBar ? area.Width : targetWidth;
        targetHeight = area.Height - targetHeight <= NegligibleBar ? area.Height : targetHeight;
        var inner = Centre(area.Width, area.Height, targetWidth, targetHeight);
        return inner with { X = area.X + inner.X, Y = area.Y + inner.Y };
    }

    /// <summary>An even rectangle of about this size in the middle of another, at least 2x2.</summary>
    private static PixelRect Centre(int outerWidth, int outerHeight, int width, int height)
    {
        width = Math.Max(GridShape.Even(width), 2);
        height = Math.Max(GridShape.Even(height), 2);
        return new(GridShape.Even((outerWidth - width) / 2), GridShape.Even((outerHeight - height) / 2), width, height);
    }
}
