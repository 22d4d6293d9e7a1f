using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>Columns and rows of a grid, and the rectangles of its tiles.</summary>
public readonly record struct GridShape(int Columns, int Rows)
{
    /// <summary>Tiles on one page.</summary>
    public const int MaxTiles = 25;

    /// <summary>Narrowest shape of a tile on a landscape canvas, width to height: a 16:9 picture cropped to it loses 16 % of its width.</summary>
    private const double NarrowestTile = 1.5;

    /// <summary>A little wider than 16:9, so that a square grid fills a 16:9 canvas with its gaps.</summary>
    private const double WidestTile = 1.9;

    /// <summary>Seats that fit before the shape grows.</summary>
    public int Capacity => Columns * Rows;

    /// <summary>The shape for 1 to <see cref="MaxTiles"/> tiles on a landscape canvas; more are treated as a full page.</summary>
    public static GridShape For(int tiles) =>
        Math.Clamp(tiles, 1, MaxTiles) switch
        {
            1 => new(1, 1),
            2 => new(2, 1),
            <= 4 => new(2, 2),
            <= 6 => new(3, 2),
            <= 9 => new(3, 3),
            <= 12 => new(4, 3),
            <= 16 => new(4, 4),
            <= 20 => new(5, 4),
            _ => new(5, 5),
        };

    /// <summary>The shape for a canvas of this orientation.</summary>
    public static GridShape For(int tiles, int canvasWidth, int canvasHeight)
    {
        var shape = For(tiles);
        return canvasWidth >= canvasHeight ? shape : new(shape.Rows, shape.Columns);
    }

    /// <summary>
    /// Where seat <paramref name="index"/> of <paramref name="count"/> lies: all tiles of one size, the grid in the middle of the canvas,
    /// an incomplete last row centred. One tile alone fills the canvas.
    /// </summary>
    public PixelRect TileAt(int index, int count, int canvasWidth, int canvasHeight, int gap)
    {
        if (Capacity == 1)
        {
            return new(0, 0, canvasWidth, canvasHeight);
        }

        var (width, height) = TileSize(canvasWidth, canvasHeight, gap);
        var rowsUsed = (count + Columns - 1) / Columns;
        var row = index / Columns;
        var inRow = Math.Min(count - (row * Columns), Columns);
        var x = Even((canvasWidth - ((inRow * (width + gap)) - gap)) / 2) + ((index % Columns) * (width + gap));
        var y = Even((canvasHeight - ((rowsUsed * (height + gap)) - gap)) / 2) + (row * (height + gap));
        return new(x, y, width, height);
    }

    private (int Width, int Height) TileSize(int canvasWidth, int canvasHeight, int gap)
    {
        var width = (canvasWidth - (gap * (Columns + 1))) / Columns;
        var height = (canvasHeight - (gap * (Rows + 1))) / Rows;
        var aspect = (double)width / height;
        if (aspect > WidestTile)
        {
            width = (int)(height * WidestTile);
        }
        else if (aspect < NarrowestTile && canvasWidth >= canvasHeight)
        {
            height = (int)(width / NarrowestTile);
        }

        return (Math.Max(Even(width), 2), Math.Max(Even(height), 2));
    }

    internal static int Even(int value) => value & ~1;
}
