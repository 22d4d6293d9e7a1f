using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Load.Clips;

/// <summary>What a camera sends.</summary>
internal readonly record struct VideoFormat(VideoCodec Codec, int Width, int Height, int BitrateBps)
{
    public const int Rate = 30;

    /// <summary>The usual one of the plans.</summary>
    public static readonly VideoFormat Usual = new(VideoCodec.Vp8, 640, 360, 800_000);
}

/// <summary>A loop of encoded pictures, made once and replayed by many; the first is a keyframe, so that a loop may begin anew at any time.</summary>
internal sealed class VideoClip
{
    private VideoClip(VideoCodec codec, List<byte[]> frames) => (Codec, Frames) = (codec, frames);

    public VideoCodec Codec { get; }

    public IReadOnlyList<byte[]> Frames { get; }

    /// <summary>Four seconds of a film at 30 frames per second.</summary>
    public static VideoClip Encode(ICodecFactory codecs, Film film, VideoFormat format)
    {
        using var encoder = codecs.CreateVideoEncoder(
            format.Codec,
            new VideoEncoderSettings(format.Width, format.Height, format.BitrateBps, VideoFormat.Rate)
        );
        var frames = new List<byte[]>();
        for (var i = 0; i < 4 * VideoFormat.Rate; i++)
        {
            var raw = VideoFramePool.Shared.Rent(format.Width, format.Height);
            film.Draw(i, raw);
            var time = MediaTime.FromMilliseconds(i * 1000.0 / VideoFormat.Rate);
            var encoded = encoder.Encode(raw, new VideoEncodeRequest(time, i == 0, null), BufferPool.Shared);
            raw.Release();
            if (encoded.Buffer is { } buffer)
            {
                frames.Add(buffer.Span.ToArray());
                buffer.Release();
            }
        }

        return new VideoClip(format.Codec, frames);
    }
}
