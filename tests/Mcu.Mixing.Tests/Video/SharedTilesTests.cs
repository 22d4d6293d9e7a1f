using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class SharedTilesTests : IDisposable
{
    private static readonly PixelRect Area = new(20, 10, 160, 90);

    private readonly VideoFramePool _pool = new();
    private readonly CountingScaler _scaler = new();
    private readonly VideoFrame[] _canvases;
    private readonly SharedTiles _tiles;
    private VideoFrame _picture;

    public SharedTilesTests()
    {
        _tiles = new SharedTiles(_scaler, _pool);
        _canvases = [.. Enumerable.Range(0, 3).Select(_ => _pool.Rent(320, 180))];
        _picture = Pictures.Plain(_pool, 640, 360, 60);
    }

    public void Dispose()
    {
        _tiles.Clear();
        _picture.Release();
        foreach (var canvas in _canvases)
        {
            canvas.Release();
        }

        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void A_picture_on_several_canvases_is_scaled_once()
    {
        Show(version: 1, canvases: 3);
        for (var version = 2; version < 6; version++)
        {
            _scaler.Scalings = 0;
            Show(version, canvases: 3, luma: (byte)(20 * version));

            _scaler.Scalings.ShouldBe(1);
            _canvases.ShouldAllBe(canvas => canvas.LumaAt(100, 50) == 20 * version);
        }
    }

    [Fact]
    public void A_picture_on_one_canvas_goes_straight_into_it()
    {
        var before = _pool.Outstanding;
        for (var version = 1; version < 6; version++)
        {
            Show(version, canvases: 1);
        }

        _scaler.Calls.ShouldBe(5);
        _pool.Outstanding.ShouldBe(before);
    }

    [Fact]
    public void A_canvas_that_is_late_gets_its_own_older_picture()
    {
        Show(version: 1, canvases: 3);
        Show(version: 2, canvases: 3, luma: 80);
        Show(version: 3, canvases: 2, luma: 120);

        var older = Pictures.Plain(_pool, 640, 360, 80);
        _tiles.Draw(new PictureId(7, false, 2), older, new PixelRect(0, 0, 640, 360), _canvases[2], Area);
        older.Release();

        _canvases[1].LumaAt(100, 50).ShouldBe((byte)120);
        _canvases[2].LumaAt(100, 50).ShouldBe((byte)80);
    }

    [Fact]
    public void Other_sources_and_sizes_are_other_pictures()
    {
        var whole = new PixelRect(0, 0, 640, 360);
        for (var version = 1; version < 4; version++)
        {
            foreach (var canvas in _canvases)
            {
                _tiles.Draw(new PictureId(1, false, version), _picture, whole, canvas, Area);
                _tiles.Draw(new PictureId(1, true, version), _picture, whole, canvas, Area);
                _tiles.Draw(new PictureId(2, false, version), _picture, whole, canvas, Area);
                _tiles.Draw(new PictureId(2, false, version), _picture, whole, canvas, Area with { Width = 80 });
            }
        }

        _tiles.Count.ShouldBe(4);
    }

    [Fact]
    public void What_is_no_longer_shown_is_forgotten()
    {
        var before = _pool.Outstanding;
        Show(version: 1, canvases: 3);
        Show(version: 2, canvases: 3);
        _pool.Outstanding.ShouldBe(before + 1);
        for (var i = 0; i < 200; i++)
        {
            _tiles.NextRound();
        }

        _tiles.Count.ShouldBe(0);
        _pool.Outstanding.ShouldBe(before);
    }

    [Fact]
    public async Task Canvases_composed_side_by_side_all_get_the_right_picture()
    {
        var picture = _picture;
        for (var version = 1; version < 50; version++)
        {
            var (id, luma) = (new PictureId(1, false, version), (byte)(version * 4));
            picture.Y.Fill(luma);
            await Task.WhenAll(
                _canvases.Select(canvas => Task.Run(() => _tiles.Draw(id, picture, new PixelRect(0, 0, 640, 360), canvas, Area)))
            );
            _canvases.ShouldAllBe(canvas => canvas.LumaAt(100, 50) == luma);
        }
    }

    private void Show(long version, int canvases, byte luma = 60)
    {
        _picture.Release();
        _picture = Pictures.Plain(_pool, 640, 360, luma);
        foreach (var canvas in _canvases.Take(canvases))
        {
            _tiles.Draw(new PictureId(7, false, version), _picture, new PixelRect(0, 0, 640, 360), canvas, Area);
        }
    }

    /// <summary>Tells scalings from copies.</summary>
    private sealed class CountingScaler : IVideoScaler
    {
        private readonly NearestScaler _nearest = new();

        public int Scalings { get; set; }

        public int Calls => _nearest.Calls;

        public void Scale(VideoFrame source, PixelRect sourceArea, VideoRotation rotation, VideoFrame target, PixelRect targetArea)
        {
            Scalings += (sourceArea.Width, sourceArea.Height) == (targetArea.Width, targetArea.Height) ? 0 : 1;
            _nearest.Scale(source, sourceArea, rotation, target, targetArea);
        }
    }
}
