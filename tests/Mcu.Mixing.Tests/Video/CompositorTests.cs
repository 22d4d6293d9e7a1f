using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class CompositorTests : IDisposable
{
    private static readonly PixelRect Left = new(0, 0, 320, 360);
    private static readonly PixelRect Right = new(320, 0, 320, 360);

    private readonly VideoFramePool _pool = new();
    private readonly NearestScaler _scaler = new();
    private readonly Scene _scene = new();
    private readonly Compositor _compositor;
    private readonly VideoFrame _dark;
    private readonly VideoFrame _bright;

    public CompositorTests()
    {
        _compositor = new Compositor(640, 360, _scaler, _pool, Pictures.Overlays);
        _dark = Pictures.Plain(_pool, 320, 180, 50);
        _bright = Pictures.Plain(_pool, 320, 180, 200);
        Fill(ref _scene.Add(Left), 1, "Ann", _dark);
        Fill(ref _scene.Add(Right), 2, "Bob", _bright);
        _compositor.Compose(_scene).ShouldBeTrue();
    }

    public void Dispose()
    {
        _compositor.Dispose();
        _dark.Release();
        _bright.Release();
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void The_first_scene_marks_everything()
    {
        _compositor.Changed.ChangedCount.ShouldBe(_compositor.Changed.Blocks.Length);
        _compositor.Canvas.LumaAt(160, 180).ShouldBe((byte)50);
        _compositor.Canvas.LumaAt(480, 180).ShouldBe((byte)200);
    }

    [Fact]
    public void The_same_scene_again_draws_nothing()
    {
        var calls = _scaler.Calls;
        _compositor.Compose(_scene).ShouldBeFalse();
        _compositor.Changed.IsEmpty.ShouldBeTrue();
        _scaler.Calls.ShouldBe(calls);
    }

    [Fact]
    public void A_new_picture_marks_its_tile_and_no_other()
    {
        _scene.Tiles[1].FrameVersion++;
        _scene.Tiles[1].Frame = _dark;
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Canvas.LumaAt(480, 180).ShouldBe((byte)50);
        AssertMarked(Right);
    }

    [Fact]
    public void A_new_picture_in_a_letterbox_marks_only_where_the_picture_is()
    {
        _scene.Tiles[1].Fit = FitMode.Letterbox;
        _compositor.Compose(_scene);
        _scene.Tiles[1].FrameVersion++;
        _compositor.Compose(_scene).ShouldBeTrue();
        AssertMarked(new PixelRect(320, 90, 320, 180));
    }

    [Fact]
    public void A_label_over_fresh_and_old_pixels_looks_as_drawn_at_once()
    {
        // The picture ends in the middle of the label: only that half may be blended again.
        var wide = Pictures.Plain(_pool, 320, 336, 120);
        foreach (ref var tile in _scene.Tiles)
        {
            (tile.Fit, tile.Frame, tile.FrameVersion, tile.IsSpeaking) = (FitMode.Letterbox, wide, 10, true);
        }

        _compositor.Compose(_scene);
        var first = _compositor.Canvas.Visible();
        for (var i = 11; i < 20; i++)
        {
            _scene.Tiles[0].FrameVersion = _scene.Tiles[1].FrameVersion = i;
            _compositor.Compose(_scene).ShouldBeTrue();
        }

        _compositor.Canvas.Visible().AsSpan().SequenceEqual(first).ShouldBeTrue();
        wide.Release();
    }

    [Theory]
    [InlineData("name")]
    [InlineData("muted")]
    [InlineData("speaking")]
    [InlineData("camera off")]
    [InlineData("source")]
    public void A_changed_look_marks_the_whole_tile(string change)
    {
        ref var tile = ref _scene.Tiles[0];
        switch (change)
        {
            case "name":
                tile.Name = "Anna";
                break;
            case "muted":
                tile.IsMuted = true;
                break;
            case "speaking":
                tile.IsSpeaking = true;
                break;
            case "camera off":
                tile.Frame = null;
                break;
            default:
                tile.SourceId = 77;
                break;
        }

        var before = _compositor.Canvas.Visible();
        _compositor.Compose(_scene).ShouldBeTrue();
        AssertMarked(Left);
        Pictures.Difference(_compositor.Canvas, before).IsEmpty.ShouldBe(change == "source");
        _compositor.Compose(_scene).ShouldBeFalse();
    }

    [Fact]
    public void A_tile_that_goes_leaves_the_backdrop()
    {
        _scene.Clear();
        Fill(ref _scene.Add(Left), 1, "Ann", _dark);
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Canvas.LumaAt(480, 180).ShouldBe(Backdrop.DefaultColour.ToYuv().Y);
        AssertMarked(Right);
    }

    [Fact]
    public void A_moved_layout_equals_one_drawn_afresh()
    {
        _scene.Clear();
        Fill(ref _scene.Add(new PixelRect(100, 40, 300, 200)), 1, "Ann", _dark);
        Fill(ref _scene.Add(new PixelRect(420, 40, 200, 100)), 2, "Bob", _bright);
        _compositor.Compose(_scene);
        AssertEqualsFresh();
    }

    [Fact]
    public void A_picture_in_picture_stays_on_top()
    {
        var inset = new PixelRect(400, 200, 200, 120);
        Fill(ref _scene.Add(inset), 3, "Eve", _dark);
        _compositor.Compose(_scene);
        _scene.Tiles[1].FrameVersion++;
        _compositor.Compose(_scene);
        _compositor.Canvas.LumaAt(500, 260).ShouldBe((byte)50);
        AssertEqualsFresh();
        (_scene.Tiles[1], _scene.Tiles[2]) = (_scene.Tiles[2], _scene.Tiles[1]);
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Canvas.LumaAt(500, 260).ShouldBe((byte)200);
        AssertEqualsFresh();
    }

    [Fact]
    public void A_notice_is_drawn_on_the_backdrop_and_goes_again()
    {
        _scene.Clear();
        _compositor.Compose(_scene);
        var empty = _compositor.Canvas.Visible();
        _scene.Notice = "Waiting for others";
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Canvas.Visible().AsSpan().SequenceEqual(empty).ShouldBeFalse();
        _scene.Notice = null;
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Canvas.Visible().AsSpan().SequenceEqual(empty).ShouldBeTrue();
    }

    [Fact]
    public void Source_frames_are_not_kept()
    {
        var frame = Pictures.Plain(_pool, 64, 64, 90);
        var outstanding = _pool.Outstanding;
        Fill(ref _scene.Tiles[0], 1, "Ann", frame);
        _compositor.Compose(_scene);
        frame.Release();
        _pool.Outstanding.ShouldBe(outstanding - 1);
        _scene.Tiles[0].Frame = null;
        _compositor.Compose(_scene);
    }

    [Fact]
    public void After_a_failure_half_way_the_next_scene_is_drawn_afresh()
    {
        _scene.Tiles[0].FrameVersion++;
        _scaler.Fails = true;
        Should.Throw<InvalidOperationException>(() => _compositor.Compose(_scene));
        _scaler.Fails = false;
        _compositor.Compose(_scene).ShouldBeTrue();
        _compositor.Changed.ChangedCount.ShouldBe(_compositor.Changed.Blocks.Length);
        AssertEqualsFresh();
    }

    [Theory]
    [InlineData(-2, 0, 100, 100)]
    [InlineData(600, 0, 100, 100)]
    [InlineData(1, 0, 100, 100)]
    [InlineData(0, 0, 100, 0)]
    public void A_tile_that_is_odd_empty_or_outside_is_refused(int x, int y, int width, int height)
    {
        _scene.Tiles[0].Area = new PixelRect(x, y, width, height);
        Should.Throw<ArgumentException>(() => _compositor.Compose(_scene));
    }

    [Fact]
    public void A_full_scene_refuses_another_tile()
    {
        while (_scene.Count < Scene.MaxTiles)
        {
            _scene.Add(Left);
        }

        Should.Throw<InvalidOperationException>(() => _scene.Add(Right));
    }

    [Fact]
    public void A_steady_scene_allocates_nothing_even_while_its_pictures_change()
    {
        _scene.Tiles[0].IsSpeaking = true;
        long before = 0;
        for (var i = 0; i < 60; i++)
        {
            if (i == 30)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            _scene.Tiles[1].FrameVersion++;
            _compositor.Compose(_scene);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static void Fill(ref SceneTile tile, long id, string name, VideoFrame? frame)
    {
        (tile.SourceId, tile.Name, tile.Frame, tile.FrameVersion, tile.Fit) = (id, name, frame, 1, FitMode.Crop);
    }

    private void AssertMarked(PixelRect area)
    {
        var expected = new MacroblockMap(640, 360);
        expected.Mark(area);
        _compositor.Changed.Blocks.ShouldBe(expected.Blocks);
    }

    private void AssertEqualsFresh()
    {
        using var fresh = new Compositor(640, 360, _scaler, _pool, Pictures.Overlays);
        fresh.Compose(_scene);
        _compositor.Canvas.Visible().AsSpan().SequenceEqual(fresh.Canvas.Visible()).ShouldBeTrue();
    }
}
