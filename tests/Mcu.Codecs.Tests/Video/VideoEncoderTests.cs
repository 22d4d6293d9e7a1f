using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Video;

public sealed class VideoEncoderTests
{
    private static readonly VideoEncoderSettings Settings = new(320, 240, 400_000, 30);

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void A_moving_clip_survives_encode_and_decode(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings);
        var worst = 1.0;
        for (var i = 0; i < 40; i++)
        {
            loop.Send(i).ShouldBe(VideoDecodeStatus.Picture);
            worst = i < 5 ? 1 : Math.Min(worst, PictureQuality.Ssim(loop.Sent!, loop.Received!));
        }

        worst.ShouldBeGreaterThan(0.9);
        var (_, u, v) = PictureQuality.MeanColour(loop.Received!);
        u.ShouldBe(loop.Film.U, 3);
        v.ShouldBe(loop.Film.V, 3);
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void Keyframes_come_first_and_on_request_and_never_else(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings);
        for (var i = 0; i < 60; i++)
        {
            var asked = i is 0 or 17 or 40;
            loop.Send(i, forceKeyframe: asked && i > 0);
            loop.Last.IsKeyframe.ShouldBe(asked, $"frame {i}");
            BitstreamProbe.IsKeyframe(codec, loop.LastBytes).ShouldBe(asked, $"frame {i}");
        }
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void A_new_bitrate_takes_effect_without_a_keyframe(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings with { BitrateBps = 800_000 });
        loop.BytesOf(0, 60);
        var high = loop.BytesOf(60, 60);
        loop.Encoder.SetRate(150_000, 30);
        var keyframes = loop.Keyframes;
        loop.BytesOf(120, 30);
        var low = loop.BytesOf(150, 60);
        loop.Encoder.SetRate(800_000, 30);
        loop.BytesOf(210, 30);
        var highAgain = loop.BytesOf(240, 60);

        (low * 8 / 2.0).ShouldBeInRange(100_000, 200_000);
        ((double)high / low).ShouldBeGreaterThan(2);
        ((double)highAgain / low).ShouldBeGreaterThan(2);
        loop.Keyframes.ShouldBe(keyframes);
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void A_lower_frame_rate_gives_each_frame_more_bits(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings with { BitrateBps = 120_000 });
        loop.BytesOf(0, 60);
        var fast = loop.BytesOf(60, 60) / 60.0;
        loop.FramesPerSecond = 10;
        loop.Encoder.SetRate(120_000, 10);
        loop.BytesOf(120, 20);
        var slow = loop.BytesOf(140, 40) / 40.0;
        (slow / fast).ShouldBeInRange(1.8, 4, $"{fast} {slow}");
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void Several_threads_give_a_decodable_stream(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, new VideoEncoderSettings(640, 360, 600_000, 30, Threads: 2));
        for (var i = 0; i < 10; i++)
        {
            loop.Send(i).ShouldBe(VideoDecodeStatus.Picture);
        }

        PictureQuality.Ssim(loop.Sent!, loop.Received!).ShouldBeGreaterThan(0.85);
    }

    [Theory]
    [InlineData(VideoCodec.Vp8, 16, 16)]
    [InlineData(VideoCodec.Vp9, 16, 16)]
    [InlineData(VideoCodec.H264, 16, 16)]
    [InlineData(VideoCodec.Vp8, 178, 98)]
    [InlineData(VideoCodec.Vp9, 178, 98)]
    [InlineData(VideoCodec.H264, 178, 98)]
    public void Sizes_that_are_no_multiple_of_a_macroblock_work(VideoCodec codec, int width, int height)
    {
        using var loop = new VideoLoop(codec, new VideoEncoderSettings(width, height, 200_000, 30));
        for (var i = 0; i < 5; i++)
        {
            loop.Send(i).ShouldBe(VideoDecodeStatus.Picture);
            loop.Received!.Width.ShouldBe(width);
            loop.Received!.Height.ShouldBe(height);
        }
    }

    [Theory]
    [InlineData(0, 240, 400_000, 30, 8, 1)]
    [InlineData(321, 240, 400_000, 30, 8, 1)]
    [InlineData(320, 4098, 400_000, 30, 8, 1)]
    [InlineData(320, 240, 14_999, 30, 8, 1)]
    [InlineData(320, 240, 400_000, 0, 8, 1)]
    [InlineData(320, 240, 400_000, double.NaN, 8, 1)]
    [InlineData(320, 240, 400_000, 30, 11, 1)]
    [InlineData(320, 240, 400_000, 30, 8, 0)]
    public void Settings_out_of_range_are_refused(int width, int height, int bitrate, double fps, int speed, int threads)
    {
        var settings = new VideoEncoderSettings(width, height, bitrate, fps, speed, threads);
        Should.Throw<ArgumentOutOfRangeException>(() => new NativeCodecFactory().CreateVideoEncoder(VideoCodec.Vp8, settings));
    }

    [Fact]
    public void A_picture_or_map_of_another_size_is_refused()
    {
        using var loop = new VideoLoop(VideoCodec.Vp8, Settings);
        var wrong = loop.Frames.Rent(640, 480);
        Should.Throw<ArgumentException>(() => loop.Encoder.Encode(wrong, default, loop.Buffers));
        wrong.Release();
        loop.Send(0);
        Should.Throw<ArgumentException>(() => loop.Send(1, changed: new MacroblockMap(640, 480)));
    }

    [Fact]
    public void H264_is_constrained_baseline_with_parameter_sets_before_each_keyframe()
    {
        using var loop = new VideoLoop(VideoCodec.H264, Settings);
        for (var i = 0; i < 4; i++)
        {
            loop.Send(i, forceKeyframe: i == 2);
            var types = BitstreamProbe.NalTypes(loop.LastBytes);
            types.ShouldBe(i is 0 or 2 ? [7, 8, 5] : [1]);
            if (i == 0)
            {
                var sps = loop.LastBytes.AsSpan(loop.LastBytes.AsSpan().IndexOf((byte)0x67));
                sps[1].ShouldBe((byte)66);
                (sps[2] & 0x40).ShouldBe(0x40);
            }
        }
    }
}
