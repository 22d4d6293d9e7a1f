using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;
using Mcu.Media.Video;

namespace Mcu.Codecs.Video;

/// <summary>
/// VP8, VP9 and H.264 through libavcodec, in software, one frame in and at most one picture out. After damage nothing is given
/// out until a picture comes that needs nothing lost.
/// </summary>
internal sealed unsafe class NativeVideoDecoder(VideoCodec codec) : IVideoDecoder
{
    private readonly VideoDecoderHandle _handle = VideoDecoderHandle.Open((int)codec);

    public VideoCodec Codec => codec;

    public VideoDecodeStatus Decode(ReadOnlySpan<byte> frame, VideoFramePool pool, out VideoFrame? picture)
    {
        ArgumentNullException.ThrowIfNull(pool);
        picture = null;
        using var time = CodecTime.Count(CodecWork.VideoDecode);
        int result;
        int width;
        int height;
        fixed (byte* data = frame)
        {
            result = VideoNative.Decode(_handle, data, frame.Length, out width, out height);
        }

        if (result != VideoNative.DecodedPicture)
        {
            return result == VideoNative.DecodedNothing ? VideoDecodeStatus.NoPicture : VideoDecodeStatus.Damaged;
        }

        var target = pool.Rent(width, height);
        if (!TryCopy(target))
        {
            target.Release();
            return VideoDecodeStatus.Damaged;
        }

        picture = target;
        return VideoDecodeStatus.Picture;
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>False where the stream's chroma format is one that nobody sends (10 bit, RGB).</summary>
    private bool TryCopy(VideoFrame target)
    {
        fixed (byte* data = target.Data)
        {
            return VideoNative.Copy(_handle, NativePicture.Of(target, data)) == 0;
        }
    }
}
