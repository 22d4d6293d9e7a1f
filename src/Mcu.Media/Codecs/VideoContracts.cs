using Mcu.Media.Memory;
using Mcu.Media.Video;

namespace Mcu.Media.Codecs;

public enum VideoDecodeStatus
{
    /// <summary>A picture came out.</summary>
    Picture,

    /// <summary>The data was taken; no picture yet (parameter sets, a hidden frame).</summary>
    NoPicture,

    /// <summary>The data was damaged or its reference is missing: keep showing the last picture and ask for a keyframe.</summary>
    Damaged,
}

/// <summary>Decodes one incoming video stream. Never throws on damaged data, never crashes; follows resolution changes. Not thread-safe: one owner.</summary>
public interface IVideoDecoder : IDisposable
{
    VideoCodec Codec { get; }

    /// <summary>
    /// Decodes one whole encoded frame (VP8/VP9: one frame or superframe; H.264: one access unit in Annex B).
    /// On <see cref="VideoDecodeStatus.Picture"/> the caller owns the one reference to <paramref name="picture"/>.
    /// </summary>
    VideoDecodeStatus Decode(ReadOnlySpan<byte> frame, VideoFramePool pool, out VideoFrame? picture);
}

/// <summary>What a video encoder is opened with. Size is fixed; rates change with <see cref="IVideoEncoder.SetRate"/>.</summary>
/// <param name="Width">Even, 16 to 4096.</param>
/// <param name="Height">Even, 16 to 4096.</param>
/// <param name="BitrateBps">20000 to 20000000.</param>
/// <param name="FramesPerSecond">1 to 60.</param>
/// <param name="Speed">0 (best) to 10 (fastest), mapped to cpu-used or x264 presets.</param>
/// <param name="Threads">1 to 8.</param>
/// <param name="ScreenContent">True for slides rather than faces.</param>
/// <param name="Layered">Frames may be discardable; VP8 and VP9.</param>
public readonly record struct VideoEncoderSettings(
    int Width,
    int Height,
    int BitrateBps,
    double FramesPerSecond,
    int Speed = 8,
    int Threads = 1,
    bool ScreenContent = false,
    bool Layered = false
);

/// <summary>One request to encode.</summary>
/// <param name="Time">Capture time of the picture; grows from call to call.</param>
/// <param name="ForceKeyframe">The result must be decodable alone.</param>
/// <param name="Changed">Macroblocks that differ from the picture encoded before, or null where unknown (all).</param>
/// <param name="Discardable">No later frame may refer to this one, so that a receiver may be left without it; for layered encoders, and without effect on a keyframe.</param>
public readonly record struct VideoEncodeRequest(MediaTime Time, bool ForceKeyframe, MacroblockMap? Changed, bool Discardable = false);

/// <summary>What came out of an encode. <see cref="Buffer"/> is null when the encoder dropped the frame; otherwise the caller owns its one reference.</summary>
public readonly record struct EncodedVideo(PooledBuffer? Buffer, bool IsKeyframe);

/// <summary>Encodes one rendition, one frame in, one frame out, no look-ahead, no B-frames. Not thread-safe: one owner at a time.</summary>
public interface IVideoEncoder : IDisposable
{
    VideoCodec Codec { get; }

    VideoEncoderSettings Settings { get; }

    /// <summary>Encodes a picture of exactly the opened size. VP8/VP9 give a raw frame, H.264 an Annex B access unit with SPS/PPS before each keyframe.</summary>
    EncodedVideo Encode(VideoFrame picture, in VideoEncodeRequest request, BufferPool pool);

    /// <summary>Changes bitrate and frame rate without reopening and without a keyframe.</summary>
    void SetRate(int bitrateBps, double framesPerSecond);

    /// <summary>Changes what is spent on each frame without reopening and without a keyframe.</summary>
    /// <param name="speed">0 (best) to 10 (fastest); values outside are taken to the nearest limit.</param>
    void SetSpeed(int speed);
}

/// <summary>Opens codecs. Thread-safe.</summary>
public interface ICodecFactory
{
    IAudioDecoder CreateAudioDecoder(AudioCodec codec);

    IAudioEncoder CreateAudioEncoder(AudioCodec codec, in AudioEncoderSettings settings);

    IVideoDecoder CreateVideoDecoder(VideoCodec codec);

    IVideoEncoder CreateVideoEncoder(VideoCodec codec, in VideoEncoderSettings settings);

    IVideoScaler Scaler { get; }
}
