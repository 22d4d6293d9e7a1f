using Mcu.Media;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.TestKit.Video;

namespace Mcu.Benchmarks.Network;

/// <summary>Compares one tile of composites with the film that its sender shows. Which picture of the film it is, is found by trying.</summary>
/// <param name="studio">Has the film.</param>
/// <param name="guest">Whose tile.</param>
/// <param name="tile">Where it is.</param>
internal sealed class TileGauge(Studio studio, int guest, Tile tile)
{
    private const int CameraWidth = 640;
    private const int CameraHeight = 360;
    private const int FrameRate = 30;

    /// <summary>A picture is on the canvas at most so many pictures after it was taken.</summary>
    private const int MostBehind = 15;

    private readonly MediaTime _opened = Meeting.ArrivalOf(guest) + Guest.OpeningOf(guest);
    private readonly List<double> _ssims = [];

    public int Width => tile.Area.Width;

    public int Height => tile.Area.Height;

    /// <summary>The part of the tile on which nothing is drawn: not the corners, nor the name.</summary>
    public PixelRect Compared { get; } = new(8, 8, tile.Area.Width - 16, (tile.Area.Height * 3 / 4) - 8);

    /// <summary>Mean SSIM so far.</summary>
    public double Mean => _ssims.Average();

    /// <summary>A picture of the film as the tile should show it, of the tile's size; the caller's.</summary>
    public VideoFrame Original(int index)
    {
        var taken = VideoFramePool.Shared.Rent(CameraWidth, CameraHeight);
        studio.FilmOf(guest).Draw(Studio.SceneOf(guest) + index, taken);
        var geometry = TileGeometry.For(CameraWidth, CameraHeight, VideoRotation.None, tile.Area, tile.Fit);
        var original = VideoFramePool.Shared.Rent(Width, Height);
        studio.Codecs.Scaler.Scale(taken, geometry.Source, VideoRotation.None, original, new PixelRect(0, 0, Width, Height));
        taken.Release();
        return original;
    }

    /// <summary>Takes the tile's likeness from a composite.</summary>
    public void Look(VideoFrame composite, MediaTime composed)
    {
        var shown = VideoFramePool.Shared.Rent(Width, Height);
        studio.Codecs.Scaler.Scale(composite, tile.Area, VideoRotation.None, shown, new PixelRect(0, 0, Width, Height));
        var latest = (int)((composed - _opened).TotalSeconds * FrameRate);
        var best = 0.0;
        for (var index = Math.Max(latest - MostBehind, 0); index <= latest; index++)
        {
            var original = Original(index);
            best = Math.Max(best, PictureQuality.Ssim(original, shown, Compared));
            original.Release();
        }

        shown.Release();
        _ssims.Add(best);
    }
}
