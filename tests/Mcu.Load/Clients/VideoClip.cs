using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Video;

namespace Mcu.Load.Clients;

/// <summary>A loop of encoded pictures, made once and replayed by many; the first is a keyframe, so that a loop may begin anew at any time.</summary>
internal sealed class VideoClip
{
    private VideoClip(VideoCodec codec, List<byte[]> frames) => (Codec, Frames) = (codec, frames);

    public VideoCodec Codec { get; }

    public IReadOnlyList<byte[]> Frames { get; }

    /// <summary>Four seconds of moving pictures at 30 frames per second.</summary>
    public static VideoClip Moving(NativeCodecFactory codecs, VideoCodec codec, int width, int height, int bitrateBps, int seed)
    {
        const int Rate = 30;
        using var encoder = codecs.CreateVideoEncoder(codec, new VideoEncoderSettings(width, height, bitrateBps, Rate));
        var picture = new MovingPicture(seed);
        var frames = new List<byte[]>();
        for (var i = 0; i < 4 * Rate; i++)
        {
            var time = MediaTime.FromMilliseconds(i * 1000.0 / Rate);
            var raw = picture.Take(VideoFramePool.Shared, width, height, i);
            var encoded = encoder.Encode(raw, new VideoEncodeRequest(time, i == 0, null), BufferPool.Shared);
            raw.Release();
            if (encoded.Buffer is { } buffer)
            {
                frames.Add(buffer.Span.ToArray());
                buffer.Release();
            }
        }

        return new VideoClip(codec, frames);
    }
}
