using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>Measures of everything drawn on a canvas of one size, in pixels: derived, so that a small canvas looks like a large one made smaller.</summary>
internal readonly struct CanvasStyle(int width, int height)
{
    /// <summary>Behind avatars and beside letterboxed pictures.</summary>
    public static readonly RgbColor Card = new(0x20, 0x22, 0x27);

    private readonly int _short = Math.Min(width, height);

    /// <summary>Width of the active-speaker border.</summary>
    public int Border => Math.Max(GridShape.Even(_short / 180), 2);

    /// <summary>Distance of labels and logo from the edges.</summary>
    public int InsetFor(PixelRect tile) => Math.Max(GridShape.Even(Math.Min(_short / 72, tile.Height / 14)), 2);

    /// <summary>Radius of a tile's corners.</summary>
    public int RadiusFor(PixelRect tile) => Math.Max(GridShape.Even(Math.Min(_short / 60, tile.Height / 8)), 4);

    /// <summary>Letters on a tile: in proportion to the canvas, smaller on small tiles, never below what can be read.</summary>
    public int FontFor(PixelRect tile) => Math.Clamp(Math.Min(_short / 44, tile.Height / 8), tile.Height < 60 ? 8 : 10, 48);

    /// <summary>Where the avatar's circle goes: in the middle, on small tiles above the label.</summary>
    public PixelRect AvatarFor(PixelRect tile, int labelHeight)
    {
        var diameter = Math.Max(GridShape.Even((int)(Math.Min(tile.Width, tile.Height) * 0.46)), 8);
        var free = tile.Height - (labelHeight == 0 ? 0 : labelHeight + InsetFor(tile));
        var room = (tile.Height + diameter) / 2 <= free ? tile.Height : free;
        diameter = Math.Max(Math.Min(diameter, GridShape.Even((int)(room * 0.85))), 8);
        return new(
            tile.X + GridShape.Even((tile.Width - diameter) / 2),
            tile.Y + GridShape.Even(Math.Max(room - diameter, 0) / 2),
            diameter,
            diameter
        );
    }

    public int NoticeFont => Math.Max(_short / 28, 10);

    public (int Width, int Height) LogoSize => (Math.Max(width / 8, 2), Math.Max(height / 18, 2));
}
