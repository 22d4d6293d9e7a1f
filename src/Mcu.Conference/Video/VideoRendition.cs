using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>Why a keyframe is wanted.</summary>
internal enum KeyframeReason
{
    /// <summary>Somebody starts to watch.</summary>
    Join,

    /// <summary>Somebody lost what cannot be repaired.</summary>
    Loss,
}

/// <summary>One encoded frame of a rendition on its way from the video threads to the subscribers.</summary>
internal readonly record struct RenditionFrame(VideoRendition Rendition, PacketizedFrame Frame);

/// <summary>
/// One encode of one view in one codec, whoever watches it: <c>canvas → encoder → packets, once</c>. Keyframes that several ask for are one.
/// The encoder belongs to the running job; subscribers and keyframe requests belong to the writer.
/// </summary>
internal sealed class VideoRendition(
    View view,
    VideoCodec codec,
    VideoEncoderSettings settings,
    ICodecFactory codecs,
    PacketizedFramePool packets
) : IVideoJob, IDisposable
{
    private static readonly TimeSpan JoinInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LossInterval = TimeSpan.FromSeconds(1);

    // owned by the running job
    private readonly IVideoPacketizer _packetizer = VideoPayloads.CreatePacketizer(codec, packets);
    private IVideoEncoder? _encoder;
    private VideoEncoderSettings _encoding = settings;
    private bool _skipped;

    // state of the writer
    private KeyframeReason? _wanted = KeyframeReason.Join;
    private MediaTime _lastKeyframe = new(long.MinValue / 2);

    public string ViewName => view.Name;

    public VideoCodec Codec => codec;

    /// <summary>What the next job encodes with.</summary>
    public VideoEncoderSettings Settings { get; private set; } = settings;

    public List<VideoSubscription> Subscribers { get; } = [];

    /// <summary>The running or next job makes a keyframe; set by the writer before it submits the job.</summary>
    public bool ForceKeyframe { get; private set; }

    public long FramesEncoded { get; private set; }

    public long BytesEncoded { get; private set; }

    public long Keyframes { get; private set; }

    public void RequestKeyframe(KeyframeReason reason)
    {
        if (_wanted is null || reason == KeyframeReason.Join)
        {
            _wanted = reason;
        }
    }

    /// <summary>Decides, before a job, whether it makes a keyframe; true also means that even an unchanged canvas is encoded.</summary>
    /// <param name="effort">Rates and speed of the encoder from now on.</param>
    public bool PrepareFrame(in VideoEffort effort, MediaTime now)
    {
        Settings = Settings with { BitrateBps = effort.BitrateBps, FramesPerSecond = effort.FramesPerSecond, Speed = effort.Speed };
        ForceKeyframe = false;
        if (_wanted is { } reason)
        {
            var interval = reason == KeyframeReason.Join ? JoinInterval : LossInterval;
            if (now - _lastKeyframe >= interval)
            {
                _wanted = null;
                _lastKeyframe = now;
                ForceKeyframe = true;
            }
        }

        return ForceKeyframe;
    }

    /// <summary>Encodes the view's canvas and hands the packets to the view.</summary>
    public void Execute()
    {
        // Until the frame is on its way: what follows would refer to a frame that nobody got.
        var delivered = view.IsClosed;
        try
        {
            if (delivered)
            {
                return;
            }

            var frame = Encode(view.Canvas, view.Changed, view.Time);
            delivered = frame is null || view.TryDeliver(this, frame);
        }
        finally
        {
            view.OnEncoded(delivered);
        }
    }

    public void Dispose() => _encoder?.Dispose();

    /// <summary>Null where the encoder dropped the frame.</summary>
    private PacketizedFrame? Encode(VideoFrame canvas, MacroblockMap changed, MediaTime time)
    {
        Open();
        var known = _skipped ? null : changed;
        var encoded = _encoder!.Encode(canvas, new VideoEncodeRequest(time, ForceKeyframe, known), BufferPool.Shared);
        // A frame that the encoder dropped leaves its changes to the next one, which is told that all may have changed.
        _skipped = encoded.Buffer is null;
        if (encoded.Buffer is null)
        {
            return null;
        }

        FramesEncoded++;
        BytesEncoded += encoded.Buffer.Length;
        Keyframes += encoded.IsKeyframe ? 1 : 0;
        var frame = _packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, time);
        encoded.Buffer.Release();
        return frame;
    }

    /// <summary>Opens the encoder, or takes it to the settings now in force.</summary>
    private void Open()
    {
        var wanted = Settings;
        if (_encoder is null)
        {
            _encoder = codecs.CreateVideoEncoder(codec, wanted);
        }
        else if (wanted != _encoding)
        {
            _encoder.SetRate(wanted.BitrateBps, wanted.FramesPerSecond);
            _encoder.SetSpeed(wanted.Speed);
        }

        _encoding = wanted;
    }
}
