using CsCheck;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class CompositorFitTests : IDisposable
{
    private readonly VideoFramePool _pool = new();
    private readonly Scene _scene = new();
    private readonly Compositor _compositor;

    public CompositorFitTests() => _compositor = new Compositor(320, 240, new NearestScaler(), _pool, Pictures.Overlays);

    public void Dispose() => _compositor.Dispose();

    [Fact]
    public void Cropping_cuts_both_sides_evenly()
    {
        // A 2:1 picture in a square tile: the middle half remains.
        Show(Pictures.Quarters(_pool, 160, 80, 40, 60, 80, 100), new PixelRect(40, 20, 200, 200), FitMode.Crop);
        Luma(100, 80).ShouldBe([40]);
        Luma(180, 80).ShouldBe([60]);
        Luma(100, 180).ShouldBe([80]);
        Luma(180, 180).ShouldBe([100]);
        Luma(139, 120).ShouldBe([80]);
        Luma(140, 119).ShouldBe([60]);
    }

    [Fact]
    public void Letterboxing_shows_all_with_bars_in_the_card_colour()
    {
        Show(Pictures.Plain(_pool, 160, 80, 200), new PixelRect(40, 20, 200, 200), FitMode.Letterbox);
        var bar = CanvasStyle.Card.ToYuv().Y;
        Luma(140, 68).ShouldBe([bar]);
        Luma(140, 70).ShouldBe([200]);
        Luma(140, 169).ShouldBe([200]);
        Luma(140, 170).ShouldBe([bar]);
    }

    [Theory]
    [InlineData(VideoRotation.None, 40, 60, 80, 100)]
    [InlineData(VideoRotation.Clockwise90, 80, 40, 100, 60)]
    [InlineData(VideoRotation.Clockwise180, 100, 80, 60, 40)]
    [InlineData(VideoRotation.Clockwise270, 60, 100, 40, 80)]
    public void A_turned_picture_is_shown_upright(VideoRotation rotation, byte topLeft, byte topRight, byte bottomLeft, byte bottomRight)
    {
        var frame = Pictures.Quarters(_pool, 160, 80, 40, 60, 80, 100);
        frame.Rotation = rotation;
        Show(frame, new PixelRect(0, 0, 320, 240), FitMode.Letterbox);
        Luma(150, 110).ShouldBe([topLeft]);
        Luma(170, 110).ShouldBe([topRight]);
        Luma(150, 130).ShouldBe([bottomLeft]);
        Luma(170, 130).ShouldBe([bottomRight]);
        var bar = CanvasStyle.Card.ToYuv().Y;
        // Upright it is wide and has bars above; turned by a quarter it is tall and has bars beside.
        var isTall = rotation is VideoRotation.Clockwise90 or VideoRotation.Clockwise270;
        Luma(160, 10).ShouldBe([isTall ? topRight : bar]);
        Luma(20, 120).ShouldBe([isTall ? bar : bottomLeft]);
    }

    [Fact]
    public void Whatever_the_sizes_the_geometry_is_even_inside_and_true_to_the_aspect()
    {
        Gen.Select(Gen.Int[2, 1000], Gen.Int[2, 1000], Gen.Int[1, 300], Gen.Int[1, 300], Gen.Int[0, 3], Gen.Bool)
            .Sample(
                (width, height, halfWidth, halfHeight, turns, crop) =>
                {
                    var area = new PixelRect(8, 6, halfWidth * 2, halfHeight * 2);
                    var fit = crop ? FitMode.Crop : FitMode.Letterbox;
                    var geometry = TileGeometry.For(width, height, (VideoRotation)(turns * 90), area, fit);
                    var (source, target) = (geometry.Source, geometry.Target);
                    ((source.X | source.Y | source.Width | source.Height) & 1).ShouldBe(0);
                    ((target.X | target.Y | target.Width | target.Height) & 1).ShouldBe(0);
                    new PixelRect(0, 0, width, height).Contains(source).ShouldBeTrue();
                    area.Contains(target).ShouldBeTrue();
                    if (Math.Min(Math.Min(source.Width, source.Height), Math.Min(target.Width, target.Height)) > 40)
                    {
                        var shown = turns % 2 == 0 ? (double)source.Width / source.Height : (double)source.Height / source.Width;
                        (shown * target.Height / target.Width).ShouldBe(1, 0.2);
                    }
                },
                iter: 20_000
            );
    }

    private byte[] Luma(int x, int y) => [_compositor.Canvas.LumaAt(x, y)];

    private void Show(VideoFrame frame, PixelRect area, FitMode fit)
    {
        _scene.Clear();
        ref var tile = ref _scene.Add(area);
        tile.Frame = frame;
        tile.Fit = fit;
        _compositor.Compose(_scene).ShouldBeTrue();
        frame.Release();
    }
}
