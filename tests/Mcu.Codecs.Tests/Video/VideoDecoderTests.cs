using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Video;

public sealed class VideoDecoderTests
{
    private static readonly NativeCodecFactory Factory = new();
    private readonly VideoFramePool _frames = new();

    public static TheoryData<VideoCodec> All => [.. Enum.GetValues<VideoCodec>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Thousands_of_damaged_frames_are_survived_and_a_keyframe_heals(VideoCodec codec)
    {
        var clip = EncodeClip(codec, 160, 96, frames: 24);
        using var decoder = Factory.CreateVideoDecoder(codec);
        var random = new Random(11);
        var damaged = 0;
        for (var i = 0; i < 2000; i++)
        {
            var status = Decode(decoder, Damage(clip[random.Next(clip.Count)], random), out var picture);
            picture?.Release();
            damaged += status == VideoDecodeStatus.Damaged ? 1 : 0;
            if (i % 100 == 99)
            {
                Decode(decoder, clip[0], out var healed).ShouldBe(VideoDecodeStatus.Picture);
                healed!.Release();
            }
        }

        damaged.ShouldBeGreaterThan(500);
        _frames.Outstanding.ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Every_truncation_of_a_frame_is_survived(VideoCodec codec)
    {
        var clip = EncodeClip(codec, 64, 48, frames: 2);
        using var decoder = Factory.CreateVideoDecoder(codec);
        foreach (var frame in clip)
        {
            for (var length = 0; length < frame.Length; length++)
            {
                Decode(decoder, frame[..length], out var picture);
                picture?.Release();
            }
        }

        Decode(decoder, clip[0], out var last).ShouldBe(VideoDecodeStatus.Picture);
        last!.Release();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void After_damage_nothing_is_shown_until_a_keyframe(VideoCodec codec)
    {
        var clip = EncodeClip(codec, 160, 96, frames: 8);
        using var decoder = Factory.CreateVideoDecoder(codec);
        Decode(decoder, clip[0], out var first).ShouldBe(VideoDecodeStatus.Picture);
        first!.Release();
        Decode(decoder, clip[1].AsSpan(0, 3).ToArray(), out _).ShouldBe(VideoDecodeStatus.Damaged);
        Decode(decoder, clip[2], out _).ShouldBe(VideoDecodeStatus.Damaged);
        Decode(decoder, clip[0], out var again).ShouldBe(VideoDecodeStatus.Picture);
        again!.Release();
        Decode(decoder, clip[1], out var next).ShouldBe(VideoDecodeStatus.Picture);
        next!.Release();
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_stream_that_begins_without_a_keyframe_is_damaged(VideoCodec codec)
    {
        var clip = EncodeClip(codec, 160, 96, frames: 3);
        using var decoder = Factory.CreateVideoDecoder(codec);
        Decode(decoder, clip[1], out _).ShouldBe(VideoDecodeStatus.Damaged);
        Decode(decoder, clip[2], out _).ShouldBe(VideoDecodeStatus.Damaged);
        Decode(decoder, [], out _).ShouldBe(VideoDecodeStatus.Damaged);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_new_resolution_is_followed(VideoCodec codec)
    {
        using var decoder = Factory.CreateVideoDecoder(codec);
        foreach (var (width, height) in new[] { (320, 240), (640, 360), (176, 144), (320, 240) })
        {
            foreach (var frame in EncodeClip(codec, width, height, frames: 4))
            {
                Decode(decoder, frame, out var picture).ShouldBe(VideoDecodeStatus.Picture);
                (picture!.Width, picture.Height).ShouldBe((width, height));
                picture.Release();
            }
        }
    }

    [Fact]
    public void Parameter_sets_alone_are_no_damage()
    {
        var keyframe = EncodeClip(VideoCodec.H264, 160, 96, frames: 1)[0];
        var slice = keyframe.AsSpan().IndexOf([(byte)0, (byte)0, (byte)1, (byte)0x65]);
        using var decoder = Factory.CreateVideoDecoder(VideoCodec.H264);
        Decode(decoder, keyframe[..slice], out _).ShouldBe(VideoDecodeStatus.NoPicture);
        Decode(decoder, keyframe, out var picture).ShouldBe(VideoDecodeStatus.Picture);
        picture!.Release();
    }

    [Fact]
    public void A_size_beyond_the_limit_is_refused()
    {
        // A VP8 keyframe's header is plain: write 8190x8190 into it.
        var keyframe = EncodeClip(VideoCodec.Vp8, 160, 96, frames: 1)[0];
        (keyframe[6], keyframe[7], keyframe[8], keyframe[9]) = (0xFE, 0x1F, 0xFE, 0x1F);
        using var decoder = Factory.CreateVideoDecoder(VideoCodec.Vp8);
        Decode(decoder, keyframe, out _).ShouldBe(VideoDecodeStatus.Damaged);
    }

    [Fact]
    public void Real_or_synthetic_clips_come_as_moving_pictures_in_order()
    {
        foreach (var name in new[] { MediaClips.Foreman, MediaClips.WomanOffice, MediaClips.FlowerHandheld, MediaClips.ScreenShare })
        {
            using var clip = MediaClips.Load(name, Factory, _frames, 12);
            clip.Frames.Count.ShouldBe(12, clip.Source);
            clip.Frames.ShouldAllBe(frame => frame.Width == name.Width && frame.Height == name.Height);
            // Pages are still for a while and then turn; cameras move on and on.
            for (var i = 2; i < 12 && name != MediaClips.ScreenShare; i++)
            {
                var near = PictureQuality.Psnr(clip.Frames[i - 1], clip.Frames[i]);
                near.ShouldBeGreaterThan(PictureQuality.Psnr(clip.Frames[i - 2], clip.Frames[i]) - 1.5, $"{clip.Source} picture {i}");
            }
        }

        _frames.Outstanding.ShouldBe(0);
    }

    private VideoDecodeStatus Decode(IVideoDecoder decoder, byte[] frame, out VideoFrame? picture)
    {
        var status = decoder.Decode(frame, _frames, out picture);
        (picture is not null).ShouldBe(status == VideoDecodeStatus.Picture);
        return status;
    }

    private List<byte[]> EncodeClip(VideoCodec codec, int width, int height, int frames)
    {
        using var encoder = Factory.CreateVideoEncoder(codec, new VideoEncoderSettings(width, height, 300_000, 30));
        var film = new MovingPicture(4);
        var buffers = new BufferPool();
        var clip = new List<byte[]>();
        for (var i = 0; i < frames; i++)
        {
            var picture = film.Take(_frames, width, height, i);
            var encoded = encoder.Encode(picture, new VideoEncodeRequest(MediaTime.FromMilliseconds(i * 33), i == 0, null), buffers);
            clip.Add(encoded.Buffer!.Span.ToArray());
            encoded.Buffer.Release();
            picture.Release();
        }

        return clip;
    }

    private static byte[] Damage(byte[] frame, Random random)
    {
        var copy = frame.ToArray();
        switch (random.Next(4))
        {
            case 0:
                return copy[..random.Next(copy.Length)];
            case 1:
                random.NextBytes(copy.AsSpan(random.Next(copy.Length)));
                return copy;
            case 2:
                var from = random.Next(copy.Length);
                copy.AsSpan(from, random.Next(copy.Length - from)).Clear();
                return copy;
            default:
                for (var flips = random.Next(1, 12); flips > 0; flips--)
                {
                    copy[random.Next(copy.Length)] ^= (byte)(1 << random.Next(8));
                }

                return copy;
        }
    }
}
