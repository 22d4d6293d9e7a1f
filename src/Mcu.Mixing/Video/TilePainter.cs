using Mcu.Media.Video;

namespace Mcu.Mixing.Video;

/// <summary>How a tile looks apart from the pixels of its picture: when this changes, the whole tile is drawn again.</summary>
internal readonly record struct TileLook(
    PixelRect Area,
    FitMode Fit,
    long SourceId,
    bool IsScreen,
    string? Name,
    bool IsMuted,
    bool IsSpeaking,
    bool HasFrame,
    int FrameWidth,
    int FrameHeight,
    VideoRotation Rotation
)
{
    public static TileLook Of(in SceneTile tile) =>
        new(
            tile.Area,
            tile.Fit,
            tile.SourceId,
            tile.IsScreen,
            tile.Name,
            tile.IsMuted,
            tile.IsSpeaking,
            tile.Frame is not null,
            tile.Frame?.Width ?? 0,
            tile.Frame?.Height ?? 0,
            tile.Frame?.Rotation ?? VideoRotation.None
        );
}

/// <summary>What a look comes to: where the picture goes, and the overlays above it.</summary>
internal readonly record struct TilePaint(
    TileGeometry Geometry,
    RgbColor Card,
    TileAvatar? Avatar,
    OverlayBitmap? Label,
    OverlayBitmap? TopCorners,
    OverlayBitmap? BottomCorners,
    TileBorder? Border
);

/// <summary>The avatar of somebody without a picture, and where it goes on the canvas.</summary>
internal sealed record TileAvatar(OverlayBitmap Bitmap, int X, int Y);

/// <summary>The four strips of the active-speaker border.</summary>
internal sealed record TileBorder(OverlayBitmap Top, OverlayBitmap Bottom, OverlayBitmap Side);

/// <summary>Draws tiles onto one canvas: card, picture, then label, border and corners above it.</summary>
internal sealed class TilePainter(VideoFrame canvas, VideoFrame backdrop, IVideoScaler scaler, OverlayRenderer overlays, SharedTiles? tiles)
{
    private readonly CanvasStyle _style = new(canvas.Width, canvas.Height);

    public TilePaint Prepare(in TileLook look)
    {
        var area = look.Area;
        var inset = _style.InsetFor(area);
        var label = overlays.Label(look.Name, look.IsMuted, _style.FontFor(area), area.Width - (2 * inset));
        var geometry = look.HasFrame ? TileGeometry.For(look.FrameWidth, look.FrameHeight, look.Rotation, area, look.Fit) : default;
        var avatar = look.HasFrame ? null : PrepareAvatar(look, label?.Height ?? 0);
        var card = look.HasFrame ? CanvasStyle.Card : CanvasStyle.Card.Mix(NameColour.Of(look.Name ?? ""), 0.12);
        // A tile that fills the canvas needs no corners, nor a border to tell it from others.
        if (area.Width == canvas.Width && area.Height == canvas.Height)
        {
            return new TilePaint(geometry, card, avatar, label, null, null, null);
        }

        var radius = _style.RadiusFor(area);
        return new TilePaint(
            geometry,
            card,
            avatar,
            label,
            overlays.Corners(area.Width, radius, bottom: false),
            overlays.Corners(area.Width, radius, bottom: true),
            look.IsSpeaking ? PrepareBorder(area, radius) : null
        );
    }

    /// <summary>Draws the whole tile.</summary>
    public void Paint(in TileLook look, in TilePaint paint, VideoFrame? frame, long version)
    {
        if (frame is null || paint.Geometry.Target != look.Area)
        {
            FillCard(look.Area, paint.Card);
        }

        if (frame is not null)
        {
            DrawPicture(look, paint.Geometry, frame, version);
        }
        else if (paint.Avatar is { } avatar)
        {
            avatar.Bitmap.Blend(canvas, avatar.X, avatar.Y, look.Area);
        }

        PaintOverlays(look.Area, paint, look.Area);
    }

    /// <summary>Draws a new picture of the same size into a tile that otherwise looks as before; returns the area drawn.</summary>
    public PixelRect PaintPicture(in TileLook look, in TilePaint paint, VideoFrame frame, long version)
    {
        DrawPicture(look, paint.Geometry, frame, version);
        PaintOverlays(look.Area, paint, paint.Geometry.Target);
        return paint.Geometry.Target;
    }

    private void DrawPicture(in TileLook look, TileGeometry geometry, VideoFrame frame, long version)
    {
        if (tiles is null)
        {
            scaler.Scale(frame, geometry.Source, frame.Rotation, canvas, geometry.Target);
        }
        else
        {
            tiles.Draw(new PictureId(look.SourceId, look.IsScreen, version), frame, geometry.Source, canvas, geometry.Target);
        }
    }

    /// <summary>Overlays are blended only where the pixels beneath are fresh: blending twice would darken them.</summary>
    private void PaintOverlays(PixelRect area, in TilePaint paint, PixelRect clip)
    {
        if (paint.Border is { } border)
        {
            border.Top.Blend(canvas, area.X, area.Y, clip);
            border.Bottom.Blend(canvas, area.X, area.Bottom - border.Bottom.Height, clip);
            border.Side.Blend(canvas, area.X, area.Y + border.Top.Height, clip);
            border.Side.Blend(canvas, area.Right - border.Side.Width, area.Y + border.Top.Height, clip);
        }

        if (paint.Label is { } label)
        {
            var inset = _style.InsetFor(area);
            label.Blend(canvas, area.X + inset, area.Bottom - inset - label.Height, clip);
        }

        if (paint.TopCorners is { } top && paint.BottomCorners is { } bottom)
        {
            top.Reveal(canvas, backdrop, area.X, area.Y, clip);
            bottom.Reveal(canvas, backdrop, area.X, area.Bottom - bottom.Height, clip);
        }
    }

    private TileAvatar PrepareAvatar(in TileLook look, int labelHeight)
    {
        var circle = _style.AvatarFor(look.Area, labelHeight);
        return new TileAvatar(overlays.Avatar(look.Name ?? "", circle.Width), circle.X, circle.Y);
    }

    private TileBorder PrepareBorder(PixelRect area, int radius)
    {
        var stroke = _style.Border;
        var rows = Math.Max(radius, stroke);
        return new TileBorder(
            overlays.BorderEnd(area.Width, rows, radius, stroke, bottom: false),
            overlays.BorderEnd(area.Width, rows, radius, stroke, bottom: true),
            overlays.BorderSide(Math.Max(area.Height - (2 * rows), 2), stroke)
        );
    }

    private void FillCard(PixelRect area, RgbColor colour)
    {
        var (y, u, v) = colour.ToYuv();
        for (var row = area.Y; row < area.Bottom; row++)
        {
            canvas.Data.AsSpan((row * canvas.StrideY) + area.X, area.Width).Fill(y);
        }

        for (var row = area.Y / 2; row < area.Bottom / 2; row++)
        {
            var at = (row * canvas.StrideUV) + (area.X / 2);
            canvas.Data.AsSpan(canvas.OffsetU + at, area.Width / 2).Fill(u);
            canvas.Data.AsSpan(canvas.OffsetV + at, area.Width / 2).Fill(v);
        }
    }
}
