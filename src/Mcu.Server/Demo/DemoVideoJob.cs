using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Server.Demo;

/// <summary>Draws and encodes one demo participant's camera on the video threads, one frame at a time.</summary>
internal sealed class DemoVideoJob(ICodecFactory codecs, IMediaScheduler scheduler, VideoCodec codec, int seed) : IVideoJob, IDisposable
{
    public const int Width = 640;
    public const int Height = 360;
    public const int FramesPerSecond = 15;
    private const int BitrateBps = 600_000;

    private const int Idle = 0;
    private const int Busy = 1;
    private const int Closed = 2;

    private readonly IVideoEncoder _encoder = codecs.CreateVideoEncoder(
        codec,
        new VideoEncoderSettings(Width, Height, BitrateBps, FramesPerSecond, Speed: 10)
    );
    private readonly IVideoPacketizer _packetizer = VideoPayloads.CreatePacketizer(codec, new PacketizedFramePool(BufferPool.Shared));
    private readonly TalkingFace _face = new(Width, Height, seed);
    private readonly ConcurrentQueue<PacketizedFrame> _finished = new();
    private MediaTime _time;
    private float _openness;
    private int _state;
    private int _keyframeWanted = 1;

    public void RequestKeyframe() => Volatile.Write(ref _keyframeWanted, 1);

    /// <summary>Starts the next frame, unless the last one is still at work.</summary>
    public void Begin(MediaTime time, float openness)
    {
        if (Interlocked.CompareExchange(ref _state, Busy, Idle) == Idle)
        {
            _time = time;
            _openness = openness;
            scheduler.Submit(this, time + TimeSpan.FromSeconds(1.0 / FramesPerSecond));
        }
    }

    /// <summary>Takes a finished frame; the caller owns its reference.</summary>
    public bool TryTake(out PacketizedFrame frame) => _finished.TryDequeue(out frame!);

    public void Execute()
    {
        var picture = VideoFramePool.Shared.Rent(Width, Height);
        _face.Draw(_time.TotalMilliseconds / 1000, _openness, picture);
        var keyframe = Interlocked.Exchange(ref _keyframeWanted, 0) == 1;
        var encoded = _encoder.Encode(picture, new VideoEncodeRequest(_time, keyframe, null), BufferPool.Shared);
        picture.Release();
        if (encoded.Buffer is not null)
        {
            _finished.Enqueue(_packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, _time));
            encoded.Buffer.Release();
        }

        if (Interlocked.CompareExchange(ref _state, Idle, Busy) == Closed)
        {
            Free();
        }
    }

    /// <summary>Frees the encoder, now or, where a frame is at work, when that is done.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _state, Closed) == Idle)
        {
            Free();
        }
    }

    private void Free()
    {
        _encoder.Dispose();
        _face.Dispose();
        while (_finished.TryDequeue(out var left))
        {
            left.Release();
        }
    }
}
