using Mcu.Codecs.Interop;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Codecs.Video;

/// <summary>VP8 and VP9 through libvpx, H.264 constrained baseline through libx264, tuned for conversation: constant bitrate, no look-ahead.</summary>
internal sealed unsafe class NativeVideoEncoder : IVideoEncoder
{
    private const int MinBitrateBps = 15_000;
    private const int MaxBitrateBps = 20_000_000;
    private const int MinSide = 16;
    private const int VideoClockRate = 90000;

    private readonly VideoEncoderHandle _handle;
    private bool _needsKeyframe;

    /// <exception cref="ArgumentOutOfRangeException">A setting is outside its documented range.</exception>
    public NativeVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings)
    {
        ThrowIfOutside(settings.Width, MinSide, VideoFramePool.MaxSide, nameof(settings.Width));
        ThrowIfOutside(settings.Height, MinSide, VideoFramePool.MaxSide, nameof(settings.Height));
        ThrowIfOutside(settings.BitrateBps, MinBitrateBps, MaxBitrateBps, nameof(settings.BitrateBps));
        ThrowIfOutside(settings.FramesPerSecond, 1, 60, nameof(settings.FramesPerSecond));
        ThrowIfOutside(settings.Speed, 0, 10, nameof(settings.Speed));
        ThrowIfOutside(settings.Threads, 1, 8, nameof(settings.Threads));
        if (settings.Layered && codec == VideoCodec.H264)
        {
            throw new ArgumentOutOfRangeException(nameof(settings), "libx264 makes no P frame that others do not refer to.");
        }

        if (((settings.Width | settings.Height) & 1) != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(settings), $"{settings.Width}x{settings.Height} is not even.");
        }

        Codec = codec;
        Settings = settings;
        _handle = VideoEncoderHandle.Open(ToNative(codec, settings));
    }

    public VideoCodec Codec { get; }

    public VideoEncoderSettings Settings { get; }

    /// <exception cref="ArgumentException">The picture or the map has another size than the encoder was opened with, or the frame is to be discardable and the encoder is not layered.</exception>
    /// <exception cref="InvalidOperationException">The encoder failed, e.g. for want of memory.</exception>
    public EncodedVideo Encode(VideoFrame picture, in VideoEncodeRequest request, BufferPool pool)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(pool);
        if (picture.Width != Settings.Width || picture.Height != Settings.Height)
        {
            throw new ArgumentException(
                $"A {picture.Width}x{picture.Height} picture came to a {Settings.Width}x{Settings.Height} encoder.",
                nameof(picture)
            );
        }

        if (request.Discardable && !Settings.Layered)
        {
            throw new ArgumentException($"The {Codec} encoder was not opened for frames that are discardable.", nameof(request));
        }

        using var time = CodecTime.Count(CodecWork.VideoEncode);
        var changed = request.Changed?.Blocks;
        var size = EncodeNative(
            picture,
            request.Time.ToRtpUnits(VideoClockRate),
            request.ForceKeyframe || _needsKeyframe,
            request.Discardable,
            changed,
            out var isKeyframe
        );
        if (size < 0)
        {
            ThrowRefused(changed);
        }

        // A frame that nobody can be given is lost, and the next one must not build on it.
        _needsKeyframe = size > BufferPool.MaxSize || (_needsKeyframe && !isKeyframe);
        return size == 0 || size > BufferPool.MaxSize ? default : new EncodedVideo(Take(pool, size), isKeyframe);
    }

    /// <summary>Values outside their ranges are taken to the nearest limit.</summary>
    public void SetRate(int bitrateBps, double framesPerSecond)
    {
        var bitrate = Math.Clamp(bitrateBps, MinBitrateBps, MaxBitrateBps);
        if (VideoNative.SetRate(_handle, bitrate, Math.Clamp(framesPerSecond, 1, 60)) < 0)
        {
            throw new InvalidOperationException($"The {Codec} encoder refused {bitrateBps} bit/s at {framesPerSecond} frames/s.");
        }
    }

    /// <summary>VP8 and VP9 take it at once, H.264 at the next keyframe.</summary>
    public void SetSpeed(int speed)
    {
        if (VideoNative.SetSpeed(_handle, Math.Clamp(speed, 0, 10)) < 0)
        {
            throw new InvalidOperationException($"The {Codec} encoder refused speed {speed}.");
        }
    }

    public void Dispose() => _handle.Dispose();

    private static NativeEncoderSettings ToNative(VideoCodec codec, in VideoEncoderSettings settings) =>
        new()
        {
            Codec = (int)codec,
            Width = settings.Width,
            Height = settings.Height,
            BitrateBps = settings.BitrateBps,
            FramesPerSecond = settings.FramesPerSecond,
            Speed = settings.Speed,
            Threads = settings.Threads,
            ScreenContent = settings.ScreenContent ? 1 : 0,
            Layered = settings.Layered ? 1 : 0,
        };

    private static void ThrowIfOutside(double value, double low, double high, string name)
    {
        if (!(value >= low && value <= high))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} must be {low} to {high}.");
        }
    }

    private int EncodeNative(VideoFrame picture, long pts, bool forceKeyframe, bool discardable, byte[]? changed, out bool isKeyframe)
    {
        fixed (byte* data = picture.Data)
        fixed (byte* map = changed)
        {
            var native = NativePicture.Of(picture, data);
            var size = VideoNative.Encode(
                _handle,
                native,
                pts,
                forceKeyframe ? 1 : 0,
                discardable ? 1 : 0,
                map,
                changed?.Length ?? 0,
                out var keyframe
            );
            isKeyframe = keyframe != 0;
            return size;
        }
    }

    private PooledBuffer Take(BufferPool pool, int size)
    {
        var buffer = pool.Rent(size);
        fixed (byte* target = buffer.Array)
        {
            buffer.Length = Math.Max(VideoNative.Take(_handle, target, buffer.Capacity), 0);
        }

        return buffer;
    }

    private void ThrowRefused(byte[]? changed)
    {
        var blocks = (Settings.Width + MacroblockMap.BlockSize - 1) / MacroblockMap.BlockSize;
        blocks *= (Settings.Height + MacroblockMap.BlockSize - 1) / MacroblockMap.BlockSize;
        if (changed is not null && changed.Length != blocks)
        {
            throw new ArgumentException($"A map of {changed.Length} macroblocks came to an encoder that has {blocks}.", nameof(changed));
        }

        throw new InvalidOperationException($"The {Codec} encoder failed.");
    }
}
