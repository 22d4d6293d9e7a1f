using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Video;

/// <summary>A composite whose top left quarter moves while the rest stands still.</summary>
public sealed class ChangedMapTests
{
    private const int Width = 320;
    private const int Height = 256;
    private static readonly PixelRect Tile = new(0, 0, 160, 128);
    private static readonly PixelRect Flash = new(192, 160, 128, 96);
    private static readonly VideoEncoderSettings Settings = new(Width, Height, 400_000, 30);
    private static readonly NativeCodecFactory Factory = new();

    public static TheoryData<VideoCodec> All => [.. Enum.GetValues<VideoCodec>()];

    [Theory]
    [MemberData(nameof(All))]
    public void A_map_costs_no_quality_and_no_more_bits(VideoCodec codec)
    {
        var (fullBytes, fullQuality) = Play(codec, withMap: false);
        var (mapBytes, mapQuality) = Play(codec, withMap: true);
        mapQuality.ShouldBeGreaterThan(fullQuality - 0.5, $"{mapBytes} and {fullBytes} bytes");
        ((double)mapBytes).ShouldBeLessThan(fullBytes * 1.05);
    }

    /// <summary>libx264 takes the map for a hint and looks again where its quality wants it, so it cannot be shown by lying to it.</summary>
    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    public void Unmarked_blocks_are_not_coded_and_a_keyframe_codes_all(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings);
        var map = MapOfTile();
        for (var i = 0; i < 40; i++)
        {
            loop.Send(Compose(loop, i), changed: map);
        }

        // A map that lies shows what it does: the change beside the tile does not arrive, but for what VP9's own
        // cyclic refresh is just passing over.
        loop.Send(Flashed(loop, 40), changed: map).ShouldBe(VideoDecodeStatus.Picture);
        BrightShare(loop.Received!).ShouldBeLessThan(codec == VideoCodec.Vp8 ? 0.01 : 0.8);
        PictureQuality.Ssim(loop.Sent!, loop.Received!, Tile).ShouldBeGreaterThan(0.85);

        loop.Send(Flashed(loop, 41), forceKeyframe: true, changed: map).ShouldBe(VideoDecodeStatus.Picture);
        BrightShare(loop.Received!).ShouldBeGreaterThan(0.95);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_first_frame_ignores_its_map(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings);
        loop.Send(Compose(loop, 0), changed: new MacroblockMap(Width, Height)).ShouldBe(VideoDecodeStatus.Picture);
        PictureQuality.Ssim(loop.Sent!, loop.Received!).ShouldBeGreaterThan(0.8);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_stands_still_sharpens_after_a_coarse_keyframe(VideoCodec codec)
    {
        using var loop = new VideoLoop(codec, Settings with { BitrateBps = 150_000 });
        var map = MapOfTile();
        loop.Send(Compose(loop, 0), changed: map);
        var still = new PixelRect(160, 128, 160, 128);
        var coarse = PictureQuality.Ssim(loop.Sent!, loop.Received!, still);
        for (var i = 1; i < 60; i++)
        {
            loop.Send(Compose(loop, i), changed: map);
        }

        PictureQuality.Ssim(loop.Sent!, loop.Received!, still).ShouldBeGreaterThan(Math.Min(coarse + 0.01, 0.95));
    }

    private static (int Bytes, double Quality) Play(VideoCodec codec, bool withMap)
    {
        using var loop = new VideoLoop(codec, Settings);
        var map = MapOfTile();
        var bytes = 0;
        for (var i = 0; i < 90; i++)
        {
            loop.Send(Compose(loop, i), changed: withMap ? map : null);
            bytes += i >= 30 ? loop.LastBytes.Length : 0;
        }

        PictureQuality.Ssim(loop.Sent!, loop.Received!).ShouldBeGreaterThan(0.95);
        return (bytes, PsnrOfTile(loop));
    }

    private static MacroblockMap MapOfTile()
    {
        var map = new MacroblockMap(Width, Height);
        map.Mark(Tile);
        return map;
    }

    private static VideoFrame Compose(VideoLoop loop, int index)
    {
        var canvas = new MovingPicture(9).Take(loop.Frames, Width, Height, 0);
        var tile = loop.Film.Take(loop.Frames, Tile.Width, Tile.Height, index);
        Factory.Scaler.Scale(tile, new PixelRect(0, 0, Tile.Width, Tile.Height), VideoRotation.None, canvas, Tile);
        tile.Release();
        return canvas;
    }

    private static VideoFrame Flashed(VideoLoop loop, int index)
    {
        var canvas = Compose(loop, index);
        for (var y = Flash.Y; y < Flash.Bottom; y++)
        {
            canvas.Y.Slice((y * canvas.StrideY) + Flash.X, Flash.Width).Fill(235);
        }

        return canvas;
    }

    /// <summary>How much of the flash is to be seen, 0 to 1.</summary>
    private static double BrightShare(VideoFrame frame)
    {
        var bright = 0;
        for (var y = Flash.Y; y < Flash.Bottom; y++)
        {
            foreach (var luma in frame.Y.Slice((y * frame.StrideY) + Flash.X, Flash.Width))
            {
                bright += luma > 220 ? 1 : 0;
            }
        }

        return bright / (double)(Flash.Width * Flash.Height);
    }

    private static double PsnrOfTile(VideoLoop loop)
    {
        var sent = loop.Frames.Rent(Tile.Width, Tile.Height);
        var received = loop.Frames.Rent(Tile.Width, Tile.Height);
        Factory.Scaler.Scale(loop.Sent!, Tile, VideoRotation.None, sent, Tile);
        Factory.Scaler.Scale(loop.Received!, Tile, VideoRotation.None, received, Tile);
        var psnr = PictureQuality.Psnr(sent, received);
        sent.Release();
        received.Release();
        return psnr;
    }
}
