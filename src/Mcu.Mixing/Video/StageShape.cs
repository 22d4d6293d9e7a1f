using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>One large area and a filmstrip: at the right of a wide canvas, below on others. The strip fills from its start, so that tiles stay when others join.</summary>
internal readonly struct StageShape
{
    private const int TilesOnLargeCanvas = 5;
    private const int TilesOnSmallCanvas = 4;

    private readonly bool _isBeside;
    private readonly int _gap;
    private readonly int _tileWidth;
    private readonly int _tileHeight;

    public StageShape(int canvasWidth, int canvasHeight, int gap)
    {
        _gap = gap;
        // From 3:2 on the strip stands beside the large area.
        _isBeside = canvasWidth * 2 >= canvasHeight * 3;
        StripCapacity = Math.Min(canvasWidth, canvasHeight) >= 360 ? TilesOnLargeCanvas : TilesOnSmallCanvas;
        if (_isBeside)
        {
            _tileHeight = GridShape.Even((canvasHeight - (gap * (StripCapacity + 1))) / StripCapacity);
            _tileWidth = GridShape.Even(Math.Min(_tileHeight * 16 / 9, canvasWidth / 3));
            Large = new(gap, gap, canvasWidth - (3 * gap) - _tileWidth, canvasHeight - (2 * gap));
        }
        else
        {
            _tileWidth = GridShape.Even((canvasWidth - (gap * (StripCapacity + 1))) / StripCapacity);
            _tileHeight = GridShape.Even(
                canvasWidth >= canvasHeight ? _tileWidth * 9 / 16 : Math.Min(_tileWidth * 4 / 3, canvasHeight / 3)
            );
            Large = new(gap, gap, canvasWidth - (2 * gap), canvasHeight - (3 * gap) - _tileHeight);
        }
    }

    /// <summary>Tiles that fit into the strip.</summary>
    public int StripCapacity { get; }

    public PixelRect Large { get; }

    /// <summary>The tile at <paramref name="index"/>, 0 to <see cref="StripCapacity"/> - 1.</summary>
    public PixelRect StripTile(int index) =>
        _isBeside
            ? new(Large.Right + _gap, _gap + (index * (_tileHeight + _gap)), _tileWidth, _tileHeight)
            : new(_gap + (index * (_tileWidth + _gap)), Large.Bottom + _gap, _tileWidth, _tileHeight);
}
