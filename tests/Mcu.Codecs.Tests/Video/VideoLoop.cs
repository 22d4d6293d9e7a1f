using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.TestKit.Video;
using Shouldly;

namespace Mcu.Codecs.Tests.Video;

/// <summary>A film through an encoder and a decoder, frame by frame; keeps the last picture of each side.</summary>
internal sealed class VideoLoop : IDisposable
{
    private double _milliseconds;

    public VideoLoop(VideoCodec codec, VideoEncoderSettings settings, int seed = 1)
    {
        var factory = new NativeCodecFactory();
        Encoder = factory.CreateVideoEncoder(codec, settings);
        Decoder = factory.CreateVideoDecoder(codec);
        Film = new MovingPicture(seed);
        FramesPerSecond = settings.FramesPerSecond;
    }

    public IVideoEncoder Encoder { get; }

    public IVideoDecoder Decoder { get; }

    public MovingPicture Film { get; }

    public VideoFramePool Frames { get; } = new();

    public BufferPool Buffers { get; } = new();

    public double FramesPerSecond { get; set; }

    public VideoFrame? Sent { get; private set; }

    public VideoFrame? Received { get; private set; }

    public EncodedVideo Last { get; private set; }

    public byte[] LastBytes { get; private set; } = [];

    public int Keyframes { get; private set; }

    /// <summary>Draws, encodes and decodes picture <paramref name="index"/>; a dropped frame counts as no picture.</summary>
    public VideoDecodeStatus Send(int index, bool forceKeyframe = false, MacroblockMap? changed = null) =>
        Send(Film.Take(Frames, Encoder.Settings.Width, Encoder.Settings.Height, index), forceKeyframe, changed);

    /// <summary>Encodes and, unless it is not to be delivered, decodes a picture, whose reference it takes.</summary>
    public VideoDecodeStatus Send(
        VideoFrame picture,
        bool forceKeyframe = false,
        MacroblockMap? changed = null,
        bool discardable = false,
        bool deliver = true
    )
    {
        Sent?.Release();
        Sent = picture;
        Encode(forceKeyframe, changed, discardable);
        if (Last.Buffer is null || !deliver)
        {
            return VideoDecodeStatus.NoPicture;
        }

        var status = Decoder.Decode(LastBytes, Frames, out var decoded);
        if (decoded is not null)
        {
            Received?.Release();
            Received = decoded;
        }

        return status;
    }

    /// <summary>Bytes that the encoder makes of <paramref name="count"/> pictures.</summary>
    public int BytesOf(int first, int count)
    {
        var bytes = 0;
        for (var i = first; i < first + count; i++)
        {
            Send(i);
            bytes += Last.Buffer is null ? 0 : LastBytes.Length;
        }

        return bytes;
    }

    public void Dispose()
    {
        Sent?.Release();
        Received?.Release();
        Encoder.Dispose();
        Decoder.Dispose();
        Frames.Outstanding.ShouldBe(0);
        Buffers.Outstanding.ShouldBe(0);
    }

    private void Encode(bool forceKeyframe, MacroblockMap? changed, bool discardable)
    {
        _milliseconds += 1000 / FramesPerSecond;
        var request = new VideoEncodeRequest(MediaTime.FromMilliseconds(_milliseconds), forceKeyframe, changed, discardable);
        Last = Encoder.Encode(Sent!, request, Buffers);
        LastBytes = Last.Buffer?.Span.ToArray() ?? [];
        Last.Buffer?.Release();
        Keyframes += Last.IsKeyframe ? 1 : 0;
    }
}
