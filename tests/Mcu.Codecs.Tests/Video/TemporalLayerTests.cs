using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Video;

/// <summary>Every second frame is one that no other refers to.</summary>
public sealed class TemporalLayerTests(ITestOutputHelper output)
{
    private const int Width = 640;
    private const int Height = 360;
    private static readonly NativeCodecFactory Factory = new();
    private readonly VideoFramePool _frames = new();
    private readonly BufferPool _buffers = new();

    public static TheoryData<VideoCodec> Layered => [VideoCodec.Vp8, VideoCodec.Vp9];

    [Theory]
    [MemberData(nameof(Layered))]
    public void Without_them_the_others_decode_to_the_same_pixels(VideoCodec codec)
    {
        var clip = Encode(codec, i => i > 20 && i % 2 == 1, 90, withMap: true);
        using var whole = Factory.CreateVideoDecoder(codec);
        using var half = Factory.CreateVideoDecoder(codec);
        for (var i = 0; i < clip.Count; i++)
        {
            whole.Decode(clip[i].Bytes, _frames, out var expected).ShouldBe(VideoDecodeStatus.Picture, $"frame {i}");
            if (!clip[i].Discardable)
            {
                half.Decode(clip[i].Bytes, _frames, out var actual).ShouldBe(VideoDecodeStatus.Picture, $"frame {i}");
                actual!.Y.SequenceEqual(expected!.Y).ShouldBeTrue($"frame {i}");
                actual.U.SequenceEqual(expected.U).ShouldBeTrue($"frame {i}");
                actual.Release();
            }

            expected!.Release();
        }
    }

    [Theory]
    [MemberData(nameof(Layered))]
    public void One_may_begin_and_stop_to_leave_them_out_at_any_frame(VideoCodec codec)
    {
        // Layers only for a while, as while somebody needs them; left out or not by the toss of a coin.
        var clip = Encode(codec, i => i is > 10 and < 60 && i % 2 == 1, 90, withMap: false);
        using var whole = Factory.CreateVideoDecoder(codec);
        using var some = Factory.CreateVideoDecoder(codec);
        var random = new Random(3);
        for (var i = 0; i < clip.Count; i++)
        {
            whole.Decode(clip[i].Bytes, _frames, out var expected).ShouldBe(VideoDecodeStatus.Picture);
            if (!clip[i].Discardable || random.Next(2) == 0)
            {
                some.Decode(clip[i].Bytes, _frames, out var actual).ShouldBe(VideoDecodeStatus.Picture);
                actual!.Y.SequenceEqual(expected!.Y).ShouldBeTrue($"frame {i}");
                actual.Release();
            }

            expected!.Release();
        }
    }

    [Theory]
    [MemberData(nameof(Layered))]
    public void They_cost_little_and_the_others_take_less_than_three_fifths(VideoCodec codec)
    {
        var plain = Encode(codec, _ => false, 150, withMap: false, layered: false);
        var ready = Encode(codec, _ => false, 150, withMap: false);
        var layered = Encode(codec, i => i % 2 == 1, 150, withMap: false);
        var (before, after) = (MeanSsim(codec, plain), MeanSsim(codec, layered));
        var all = layered.Skip(30).Sum(f => f.Bytes.Length);
        var share = layered.Skip(30).Where(f => !f.Discardable).Sum(f => f.Bytes.Length) / (double)all;
        output.WriteLine($"{codec}: merely opened for layers: SSIM {MeanSsim(codec, ready):F4}");
        output.WriteLine(
            $"{codec}: {plain.Skip(30).Sum(f => f.Bytes.Length)} bytes, SSIM {before:F4}; layered {all} bytes, SSIM {after:F4}, base {share:P1}"
        );

        after.ShouldBeGreaterThan(before - 0.02);
        share.ShouldBeLessThan(0.6);
        ((double)all).ShouldBeLessThan(plain.Skip(30).Sum(f => f.Bytes.Length) * 1.1);
    }

    [Theory]
    [MemberData(nameof(Layered))]
    public void What_changed_with_one_is_not_forgotten_by_the_next(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, new VideoEncoderSettings(320, 256, 400_000, 30, Layered: true));
        var map = new MacroblockMap(320, 256);
        var flash = new PixelRect(192, 160, 96, 64);
        for (var i = 0; i < 60; i++)
        {
            // Frame 41, which is left out below, brings a bright area; after it nothing changes any more.
            map.Clear();
            if (i == 41)
            {
                map.Mark(flash);
            }

            var picture = loop.Film.Take(loop.Frames, 320, 256, 0);
            for (var y = flash.Y; i >= 41 && y < flash.Bottom; y++)
            {
                picture.Y.Slice((y * picture.StrideY) + flash.X, flash.Width).Fill(235);
            }

            loop.Send(picture, changed: map, discardable: i % 2 == 1, deliver: i % 2 == 0);
        }

        PictureQuality.Ssim(loop.Sent!, loop.Received!, flash).ShouldBeGreaterThan(0.9);
    }

    [Fact]
    public void H264_has_none()
    {
        var settings = new VideoEncoderSettings(320, 240, 400_000, 30);
        Should.Throw<ArgumentOutOfRangeException>(() => Factory.CreateVideoEncoder(VideoCodec.H264, settings with { Layered = true }));
        using var loop = new VideoLoop(VideoCodec.H264, settings);
        loop.Send(0);
        Should.Throw<ArgumentException>(() => loop.Send(loop.Film.Take(loop.Frames, 320, 240, 1), discardable: true));
    }

    private sealed record Coded(byte[] Bytes, bool Discardable);

    private List<Coded> Encode(VideoCodec codec, Func<int, bool> isDiscardable, int count, bool withMap, bool layered = true)
    {
        using var encoder = Factory.CreateVideoEncoder(codec, new VideoEncoderSettings(Width, Height, 500_000, 30, Layered: layered));
        var map = new MacroblockMap(Width, Height);
        map.Mark(new PixelRect(0, 0, Width / 2, Height));
        var clip = new List<Coded>();
        for (var i = 0; i < count; i++)
        {
            var picture = Compose(i);
            var discardable = isDiscardable(i);
            var request = new VideoEncodeRequest(
                MediaTime.FromMilliseconds(i * 1000.0 / 30),
                i is 0 or 40,
                withMap ? map : null,
                discardable
            );
            var encoded = encoder.Encode(picture, request, _buffers);
            picture.Release();
            clip.Add(new Coded(encoded.Buffer!.Span.ToArray(), discardable && !encoded.IsKeyframe));
            encoded.Buffer.Release();
        }

        return clip;
    }

    /// <summary>One half moves, the other stands still.</summary>
    private VideoFrame Compose(int index)
    {
        var canvas = new MovingPicture(9).Take(_frames, Width, Height, 0);
        var moving = new MovingPicture(4).Take(_frames, Width / 2, Height, index);
        var area = new PixelRect(0, 0, Width / 2, Height);
        Factory.Scaler.Scale(moving, area, VideoRotation.None, canvas, area);
        moving.Release();
        return canvas;
    }

    private double MeanSsim(VideoCodec codec, List<Coded> clip)
    {
        using var decoder = Factory.CreateVideoDecoder(codec);
        var sum = 0.0;
        for (var i = 0; i < clip.Count; i++)
        {
            decoder.Decode(clip[i].Bytes, _frames, out var decoded).ShouldBe(VideoDecodeStatus.Picture);
            var sent = Compose(i);
            sum += i < 30 ? 0 : PictureQuality.Ssim(sent, decoded!);
            sent.Release();
            decoded!.Release();
        }

        return sum / (clip.Count - 30);
    }
}
