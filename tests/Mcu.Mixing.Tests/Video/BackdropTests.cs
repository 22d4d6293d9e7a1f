using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Shouldly;
using SkiaSharp;
using Xunit;

namespace Mcu.Mixing.Tests.Video;

public sealed class BackdropTests
{
    private readonly VideoFramePool _pool = new();

    [Fact]
    public void An_image_covers_the_canvas_and_is_cut_evenly()
    {
        // Twice as high as the canvas needs: the red top and bottom quarters fall off.
        Backdrop
            .TryCreate(Backdrop.DefaultColour, Image(SKEncodedImageFormat.Png, 320, 640, Stripes), default, out var backdrop)
            .ShouldBeTrue();
        var canvas = Compose(backdrop!);
        var green = new RgbColor(0, 255, 0).ToYuv();
        foreach (var (x, y) in new[] { (4, 8), (315, 8), (4, 310), (160, 160) })
        {
            ((double)canvas.LumaAt(x, y)).ShouldBe(green.Y, 2);
        }
    }

    [Fact]
    public void The_logo_lies_at_the_top_right_above_the_tiles()
    {
        Backdrop
            .TryCreate(Backdrop.DefaultColour, default, Image(SKEncodedImageFormat.Png, 40, 40, White), out var backdrop)
            .ShouldBeTrue();
        var compositor = new Compositor(640, 360, new NearestScaler(), _pool, Pictures.Overlays);
        var scene = new Scene { Backdrop = backdrop! };
        var frame = Pictures.Plain(_pool, 64, 36, 60);
        ref var tile = ref scene.Add(new PixelRect(0, 0, 640, 360));
        tile.Frame = frame;
        for (var i = 0; i < 3; i++)
        {
            tile.FrameVersion = i;
            compositor.Compose(scene).ShouldBeTrue();
            CountWhite(compositor.Canvas, 540, 0, 640, 60).ShouldBeInRange(300, 420);
            CountWhite(compositor.Canvas, 0, 0, 540, 360).ShouldBe(0);
        }

        frame.Release();
        compositor.Dispose();
        _pool.Outstanding.ShouldBe(0);
    }

    [Theory]
    [InlineData(SKEncodedImageFormat.Png)]
    [InlineData(SKEncodedImageFormat.Jpeg)]
    [InlineData(SKEncodedImageFormat.Webp)]
    public void Usual_kinds_of_files_are_taken(SKEncodedImageFormat format)
    {
        var file = Image(format, 30, 20, White);
        Backdrop.TryCreate(Backdrop.DefaultColour, file, file, out var backdrop).ShouldBeTrue();
        backdrop.ShouldNotBeNull();
    }

    [Fact]
    public void Damaged_files_are_refused_and_never_crash()
    {
        Backdrop.TryCreate(Backdrop.DefaultColour, "not an image"u8, default, out _).ShouldBeFalse();
        var file = Image(SKEncodedImageFormat.Png, 64, 64, Stripes);
        for (var length = 1; length < file.Length - 40; length += 7)
        {
            Backdrop.TryCreate(Backdrop.DefaultColour, file.AsSpan(0, length), default, out _).ShouldBeFalse();
            Backdrop.TryCreate(Backdrop.DefaultColour, default, file.AsSpan(0, length), out _).ShouldBeFalse();
        }

        var random = new Random(1);
        for (var i = 0; i < 500; i++)
        {
            var damaged = file.ToArray();
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Backdrop.TryCreate(Backdrop.DefaultColour, damaged, default, out _);
        }

        Backdrop
            .TryCreate(Backdrop.DefaultColour, Image(SKEncodedImageFormat.Png, Backdrop.MaxImageSide + 1, 1, White), default, out _)
            .ShouldBeFalse();
    }

    private static int CountWhite(VideoFrame canvas, int left, int top, int right, int bottom)
    {
        var count = 0;
        for (var y = top; y < bottom; y++)
        {
            for (var x = left; x < right; x++)
            {
                count += canvas.LumaAt(x, y) > 200 ? 1 : 0;
            }
        }

        return count;
    }

    private VideoFrame Compose(Backdrop backdrop)
    {
        var compositor = new Compositor(320, 320, new NearestScaler(), _pool, Pictures.Overlays);
        compositor.Compose(new Scene { Backdrop = backdrop }).ShouldBeTrue();
        return compositor.Canvas;
    }

    private static void White(SKCanvas canvas) => canvas.Clear(SKColors.White);

    private static void Stripes(SKCanvas canvas)
    {
        canvas.Clear(SKColors.Red);
        var bounds = canvas.LocalClipBounds;
        using var paint = new SKPaint { Color = new SKColor(0, 255, 0) };
        canvas.DrawRect(SKRect.Create(0, bounds.Height / 4, bounds.Width, bounds.Height / 2), paint);
    }

    private static byte[] Image(SKEncodedImageFormat format, int width, int height, Action<SKCanvas> draw)
    {
        using var bitmap = new SKBitmap(width, height);
        using var canvas = new SKCanvas(bitmap);
        draw(canvas);
        using var data = bitmap.Encode(format, 95);
        return data.ToArray();
    }
}
