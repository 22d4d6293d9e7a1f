using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Video;

public sealed class VideoScalerTests
{
    private static readonly IVideoScaler Scaler = new NativeCodecFactory().Scaler;
    private readonly VideoFramePool _pool = new();

    [Fact]
    public void A_copy_of_equal_size_is_exact_and_stays_inside_its_area()
    {
        var source = new MovingPicture(3).Take(_pool, 64, 48, 0);
        var target = _pool.Rent(128, 96);
        target.Fill(16, 128, 128);
        Scaler.Scale(source, Whole(source), VideoRotation.None, target, new PixelRect(32, 16, 64, 48));

        for (var y = 0; y < 96; y++)
        {
            for (var x = 0; x < 128; x++)
            {
                var inside = x is >= 32 and < 96 && y is >= 16 and < 64;
                target.Y[(y * target.StrideY) + x].ShouldBe(inside ? source.Y[((y - 16) * source.StrideY) + x - 32] : (byte)16);
            }
        }
    }

    [Fact]
    public void Down_and_up_again_keeps_a_soft_picture()
    {
        var source = _pool.Rent(640, 360);
        DrawGradient(source);
        var small = _pool.Rent(320, 180);
        var back = _pool.Rent(640, 360);
        Scaler.Scale(source, Whole(source), VideoRotation.None, small, Whole(small));
        Scaler.Scale(small, Whole(small), VideoRotation.None, back, Whole(back));
        PictureQuality.Psnr(source, back).ShouldBeGreaterThan(40);
    }

    [Fact]
    public void A_crop_takes_only_its_part()
    {
        var source = _pool.Rent(320, 240);
        source.Fill(50, 100, 150);
        var white = _pool.Rent(100, 60);
        white.Fill(235, 90, 200);
        Scaler.Scale(white, Whole(white), VideoRotation.None, source, new PixelRect(40, 20, 100, 60));
        var target = _pool.Rent(64, 64);
        Scaler.Scale(source, new PixelRect(40, 20, 100, 60), VideoRotation.None, target, Whole(target));
        PictureQuality.MeanColour(target).ShouldBe((235, 90, 200));
    }

    [Theory]
    [InlineData(VideoRotation.None, 0, 0)]
    [InlineData(VideoRotation.Clockwise90, 1, 0)]
    [InlineData(VideoRotation.Clockwise180, 1, 1)]
    [InlineData(VideoRotation.Clockwise270, 0, 1)]
    public void Rotation_is_clockwise(VideoRotation rotation, int column, int row)
    {
        foreach (var (width, height) in new[] { (64, 64), (48, 32), (128, 96) })
        {
            // A bright top left quarter travels clockwise through the corners.
            var source = _pool.Rent(64, 64);
            source.Fill(16, 128, 128);
            for (var y = 0; y < 32; y++)
            {
                source.Y.Slice(y * source.StrideY, 32).Fill(235);
            }

            var target = _pool.Rent(width, height);
            Scaler.Scale(source, Whole(source), rotation, target, Whole(target));
            for (var quarter = 0; quarter < 4; quarter++)
            {
                var (x, y) = (quarter & 1, quarter >> 1);
                var value = target.Y[(((y * 2) + 1) * height / 4 * target.StrideY) + (((x * 2) + 1) * width / 4)];
                ((double)value).ShouldBe(x == column && y == row ? 235 : 16, 2);
            }
        }
    }

    [Theory]
    [InlineData(1, 0, 64, 64)]
    [InlineData(0, 0, 63, 64)]
    [InlineData(0, 0, 0, 64)]
    [InlineData(64, 0, 66, 64)]
    [InlineData(-2, 0, 64, 64)]
    [InlineData(0, 0, int.MaxValue - 1, 64)]
    public void Areas_that_are_odd_empty_or_outside_are_refused(int x, int y, int width, int height)
    {
        var frame = _pool.Rent(128, 128);
        var other = _pool.Rent(128, 128);
        var area = new PixelRect(x, y, width, height);
        Should.Throw<ArgumentException>(() => Scaler.Scale(frame, area, VideoRotation.None, other, Whole(other)));
        Should.Throw<ArgumentException>(() => Scaler.Scale(frame, Whole(frame), VideoRotation.None, other, area));
    }

    [Fact]
    public void Several_threads_may_scale_at_once()
    {
        var source = new MovingPicture(5).Take(_pool, 640, 360, 7);
        var expected = _pool.Rent(180, 320);
        Scaler.Scale(source, Whole(source), VideoRotation.Clockwise90, expected, Whole(expected));
        Parallel.For(
            0,
            32,
            _ =>
            {
                var target = _pool.Rent(180, 320);
                Scaler.Scale(source, Whole(source), VideoRotation.Clockwise90, target, Whole(target));
                PictureQuality.Psnr(expected, target).ShouldBe(100);
                target.Release();
            }
        );
    }

    private static PixelRect Whole(VideoFrame frame) => new(0, 0, frame.Width, frame.Height);

    private static void DrawGradient(VideoFrame frame)
    {
        frame.Fill(0, 128, 128);
        for (var y = 0; y < frame.Height; y++)
        {
            for (var x = 0; x < frame.Width; x++)
            {
                frame.Y[(y * frame.StrideY) + x] = (byte)(128 + (60 * Math.Sin(x / 20.0) * Math.Cos(y / 15.0)));
            }
        }
    }
}
