using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>
/// Composes one canvas from scenes, redrawing only what changed, and says which macroblocks those were.
/// Pipeline: validate -> backdrop or vacated areas -> tiles from the lowest up -> logo over what was drawn.
/// </summary>
/// <remarks>
/// A tile whose picture changed is drawn again where the picture is; one whose look changed, or beneath which something was drawn, as a whole.
/// Allocates only when the look of a tile changes. Not thread-safe: one owner, who encodes the canvas before composing the next.
/// </remarks>
public sealed class Compositor : IDisposable
{
    private readonly OverlayRenderer _overlays;
    private readonly VideoFrame _backdropFrame;
    private readonly TilePainter _painter;
    private readonly CanvasStyle _style;
    private readonly PixelRect[] _painted = new PixelRect[(2 * Scene.MaxTiles) + 1];
    private DrawnTile[] _drawn = new DrawnTile[Scene.MaxTiles];
    private DrawnTile[] _drawing = new DrawnTile[Scene.MaxTiles];
    private int _drawnCount;
    private int _paintedCount;
    private Backdrop? _backdrop;
    private string? _notice;
    private OverlayBitmap? _logo;

    /// <param name="width">Of the canvas, even.</param>
    /// <param name="height">Of the canvas, even.</param>
    /// <param name="scaler">Scales pictures straight into the canvas.</param>
    /// <param name="pool">Canvas and backdrop are rented from it and go back with <see cref="Dispose"/>.</param>
    /// <param name="overlays">Draws labels and the rest; shared.</param>
    /// <param name="tiles">What is scaled for several canvases; null where this is the only one.</param>
    public Compositor(int width, int height, IVideoScaler scaler, VideoFramePool pool, OverlayRenderer overlays, SharedTiles? tiles = null)
    {
        if (((width | height) & 1) != 0)
        {
            throw new ArgumentException($"A canvas of {width}x{height} is not even.", nameof(width));
        }

        _overlays = overlays;
        Canvas = pool.Rent(width, height);
        _backdropFrame = pool.Rent(width, height);
        Changed = new MacroblockMap(width, height);
        _style = new CanvasStyle(width, height);
        _painter = new TilePainter(Canvas, _backdropFrame, scaler, overlays, tiles);
    }

    /// <summary>The composed picture. Owned by this; written by <see cref="Compose"/> only. Whoever keeps it beyond that copies it.</summary>
    public VideoFrame Canvas { get; }

    /// <summary>The macroblocks that the last <see cref="Compose"/> drew into; all others are as they were.</summary>
    public MacroblockMap Changed { get; }

    /// <summary>Brings the canvas to what the scene shows. Returns whether anything was drawn.</summary>
    /// <exception cref="ArgumentException">A tile is empty, odd or outside the canvas; nothing was drawn.</exception>
    public bool Compose(Scene scene)
    {
        Validate(scene.Tiles);
        Changed.Clear();
        _paintedCount = 0;
        // Set again at the end: if drawing fails half-way, the next call starts afresh.
        var backdrop = _backdrop;
        _backdrop = null;
        if (!ReferenceEquals(scene.Backdrop, backdrop) || !string.Equals(scene.Notice, _notice, StringComparison.Ordinal))
        {
            PaintBackdrop(scene.Backdrop, scene.Notice);
        }
        else
        {
            ClearVacated(scene.Tiles);
        }

        var lowestUnmatched = 0;
        for (var i = 0; i < scene.Tiles.Length; i++)
        {
            ComposeTile(scene.Tiles[i], ref _drawing[i], ref lowestUnmatched);
        }

        (_backdrop, _notice) = (scene.Backdrop, scene.Notice);
        (_drawn, _drawing) = (_drawing, _drawn);
        _drawnCount = scene.Count;
        _drawing.AsSpan().Clear();
        return _paintedCount > 0;
    }

    /// <summary>Draws everything again with the next <see cref="Compose"/>.</summary>
    public void Invalidate() => _backdrop = null;

    public void Dispose()
    {
        Canvas.Release();
        _backdropFrame.Release();
    }

    private void Validate(ReadOnlySpan<SceneTile> tiles)
    {
        var canvas = new PixelRect(0, 0, Canvas.Width, Canvas.Height);
        foreach (ref readonly var tile in tiles)
        {
            var area = tile.Area;
            if (area.IsEmpty || !canvas.Contains(area) || ((area.X | area.Y | area.Width | area.Height) & 1) != 0)
            {
                throw new ArgumentException($"{area} is no tile of a canvas of {canvas.Width}x{canvas.Height}.", nameof(tiles));
            }
        }
    }

    private void ComposeTile(in SceneTile tile, ref DrawnTile drawn, ref int lowestUnmatched)
    {
        var look = TileLook.Of(tile);
        var before = FindDrawn(look.Area);
        // Tiles that changed their order may cover each other differently.
        var keptOrder = before >= lowestUnmatched;
        lowestUnmatched = Math.Max(lowestUnmatched, before + 1);
        var isSame = before >= 0 && _drawn[before].Look == look;
        drawn = new DrawnTile(look, isSame ? _drawn[before].Paint : _painter.Prepare(look), tile.FrameVersion);
        if (!isSame || !keptOrder || IsPainted(look.Area))
        {
            _painter.Paint(look, drawn.Paint, tile.Frame, tile.FrameVersion);
            Finish(look.Area);
        }
        else if (tile.Frame is { } frame && tile.FrameVersion != _drawn[before].FrameVersion)
        {
            Finish(_painter.PaintPicture(look, drawn.Paint, frame, tile.FrameVersion));
        }
    }

    private void PaintBackdrop(Backdrop backdrop, string? notice)
    {
        backdrop.Paint(_backdropFrame);
        _logo = backdrop.RenderLogo(_style.LogoSize.Width, _style.LogoSize.Height);
        var canvas = new PixelRect(0, 0, Canvas.Width, Canvas.Height);
        if (!string.IsNullOrWhiteSpace(notice))
        {
            var text = _overlays.Notice(notice, _style.NoticeFont, Canvas.Width * 9 / 10);
            text.Blend(
                _backdropFrame,
                GridShape.Even((canvas.Width - text.Width) / 2),
                GridShape.Even((canvas.Height - text.Height) / 2),
                canvas
            );
        }

        RestoreBackdrop(canvas);
        Finish(canvas);
    }

    private void ClearVacated(ReadOnlySpan<SceneTile> tiles)
    {
        for (var i = 0; i < _drawnCount; i++)
        {
            var area = _drawn[i].Look.Area;
            if (!HasTileAt(tiles, area))
            {
                RestoreBackdrop(area);
                Finish(area);
            }
        }
    }

    private static bool HasTileAt(ReadOnlySpan<SceneTile> tiles, PixelRect area)
    {
        foreach (ref readonly var tile in tiles)
        {
            if (tile.Area == area)
            {
                return true;
            }
        }

        return false;
    }

    private int FindDrawn(PixelRect area)
    {
        for (var i = 0; i < _drawnCount; i++)
        {
            if (_drawn[i].Look.Area == area)
            {
                return i;
            }
        }

        return -1;
    }

    private bool IsPainted(PixelRect area)
    {
        foreach (var painted in _painted.AsSpan(0, _paintedCount))
        {
            if (painted.Intersects(area))
            {
                return true;
            }
        }

        return false;
    }

    private void RestoreBackdrop(PixelRect area)
    {
        for (var row = area.Y; row < area.Bottom; row++)
        {
            CopyFromBackdrop((row * Canvas.StrideY) + area.X, area.Width);
        }

        for (var row = area.Y / 2; row < area.Bottom / 2; row++)
        {
            var at = (row * Canvas.StrideUV) + (area.X / 2);
            CopyFromBackdrop(Canvas.OffsetU + at, area.Width / 2);
            CopyFromBackdrop(Canvas.OffsetV + at, area.Width / 2);
        }
    }

    private void CopyFromBackdrop(int offset, int length) =>
        _backdropFrame.Data.AsSpan(offset, length).CopyTo(Canvas.Data.AsSpan(offset, length));

    /// <summary>After each area drawn: the logo goes over it, and it is marked.</summary>
    private void Finish(PixelRect area)
    {
        var inset = _style.InsetFor(new PixelRect(0, 0, Canvas.Width, Canvas.Height));
        _logo?.Blend(Canvas, GridShape.Even(Canvas.Width - (2 * inset) - _logo.Width), 2 * inset, area);
        _painted[_paintedCount++] = area;
        Changed.Mark(area);
    }

    private readonly record struct DrawnTile(TileLook Look, TilePaint Paint, long FrameVersion);
}
