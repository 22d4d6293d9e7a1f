using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>Why a keyframe is wanted, the most urgent first.</summary>
internal enum KeyframeReason
{
    /// <summary>Somebody starts to watch, or what he watches is too much for his network.</summary>
    Join,

    /// <summary>Somebody lost what cannot be repaired.</summary>
    Loss,

    /// <summary>Somebody could have better pictures than he sees meanwhile.</summary>
    Climb,
}

/// <summary>One encoded frame of a rendition on its way from the video threads to the subscribers.</summary>
internal readonly record struct RenditionFrame(VideoRendition Rendition, PacketizedFrame Frame);

/// <summary>
/// One encode of one view in one codec on one rung, whoever watches it: <c>canvas → encoder → packets, once</c>. Keyframes that several ask for
/// are one. The encoder belongs to the running job; subscribers and keyframe requests belong to the writer.
/// </summary>
internal sealed class VideoRendition(View view, VideoCodec codec, RungEncoding encoding, ICodecFactory codecs, PacketizedFramePool packets)
    : IVideoJob,
        IDisposable
{
    /// <summary>
    /// Frames encoded after the last change, in which the encoder sharpens what it first sent coarsely. After them an unchanged canvas costs nothing.
    /// </summary>
    private const int SettlingFrames = 12;
    private const int SettlingStills = 2;

    private static readonly TimeSpan JoinInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LossInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ClimbInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan StillTime = TimeSpan.FromSeconds(1);

    // owned by the running job
    private readonly IVideoPacketizer _packetizer = VideoPayloads.CreatePacketizer(codec, packets, maxPayload: encoding.MaxPayload);
    private readonly bool _isLayered = codec != VideoCodec.H264 && !encoding.IsThrifty;
    private readonly MacroblockMap _changed = new(encoding.Shape.Width, encoding.Shape.Height);
    private IVideoEncoder? _encoder;
    private VideoEncoderSettings _opened;
    private bool _skipped = true;
    private MediaTime _stillTime;

    // state of the writer
    private KeyframeReason? _wanted = KeyframeReason.Join;
    private MediaTime _lastKeyframe = new(long.MinValue / 2);
    private long _lastTick = long.MinValue / 2;
    private int _settling;
    private int _layer = Rung.AllLayers;
    private RungEncoding _running = encoding; // what the running job encodes with

    public string ViewName => view.Name;

    public VideoCodec Codec => codec;

    /// <summary>What is encoded; while no job runs.</summary>
    public VideoFrame Canvas => view.Canvas;

    /// <summary>What the next job encodes with; always of one id.</summary>
    public RungEncoding Encoding { get; set; } = encoding;

    /// <summary>What that comes to.</summary>
    public VideoEncoderSettings Settings => Encoding.Settings;

    public List<VideoSubscription> Subscribers { get; } = [];

    /// <summary>The running or next job makes a keyframe; set by the writer before it submits the job.</summary>
    public bool ForceKeyframe { get; private set; }

    public long FramesEncoded { get; private set; }

    public long BytesEncoded { get; private set; }

    public long Keyframes { get; private set; }

    public void RequestKeyframe(KeyframeReason reason)
    {
        if (_wanted is not { } wanted || reason < wanted)
        {
            _wanted = reason;
        }
    }

    /// <summary>Whether there is to be a frame at this tick, if there is anything to show.</summary>
    public bool IsDue(long tick, MediaTime now) =>
        tick - _lastTick >= Encoding.TicksPerFrame || (_wanted == KeyframeReason.Join && MayMakeKeyframe(now));

    /// <summary>The canvas shows something new from now on.</summary>
    public void NoteChange() => _settling = 1 + (Encoding.IsStill ? SettlingStills : SettlingFrames);

    /// <summary>Decides, before a job, what it makes; false where an unchanged canvas has been sharp for long.</summary>
    public bool PrepareFrame(long tick, MediaTime now)
    {
        ForceKeyframe = _wanted is not null && MayMakeKeyframe(now);
        if (ForceKeyframe)
        {
            _wanted = null;
            NoteChange();
        }

        if (_settling == 0)
        {
            return false;
        }

        _settling--;
        _running = Encoding;
        _lastTick = tick;
        ForceKeyframe |= Encoding.IsStill;
        _lastKeyframe = ForceKeyframe ? now : _lastKeyframe;
        _layer = !ForceKeyframe && _layer == 0 && LeavesOutFrames() ? 1 : 0;
        return true;
    }

    /// <summary>Takes note of what a canvas that was composed has new, whether it is encoded here or not.</summary>
    public void OnComposed(MacroblockMap changed) => _changed.Merge(changed);

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

            var frame = Encode(Canvas, view.Time);
            delivered = frame is null || view.TryDeliver(this, frame);
        }
        finally
        {
            view.OnEncoded(delivered);
        }
    }

    public void Dispose() => _encoder?.Dispose();

    private bool MayMakeKeyframe(MediaTime now) =>
        now - _lastKeyframe
        >= _wanted switch
        {
            KeyframeReason.Join => JoinInterval,
            KeyframeReason.Loss => LossInterval,
            _ => ClimbInterval,
        };

    /// <summary>Every second frame is one that nothing refers to, while somebody takes the others only: those who take all would not gain by it.</summary>
    private bool LeavesOutFrames()
    {
        foreach (var subscription in Subscribers)
        {
            if (subscription.TakesBaseOf(this))
            {
                return _isLayered;
            }
        }

        return false;
    }

    /// <summary>Null where the encoder dropped the frame.</summary>
    private PacketizedFrame? Encode(VideoFrame canvas, MediaTime time)
    {
        Open();
        _stillTime += StillTime;
        var request = new VideoEncodeRequest(
            _running.IsStill ? _stillTime : time,
            ForceKeyframe,
            _skipped ? null : _changed,
            Discardable: _layer > 0
        );
        var encoded = _encoder!.Encode(canvas, request, BufferPool.Shared);
        _changed.Clear();
        // A frame that the encoder dropped leaves its changes to the next one, which is told that all may have changed.
        _skipped = encoded.Buffer is null;
        if (encoded.Buffer is null)
        {
            return null;
        }

        FramesEncoded++;
        BytesEncoded += encoded.Buffer.Length;
        Keyframes += encoded.IsKeyframe ? 1 : 0;
        var frame = _packetizer.Packetize(encoded.Buffer.Span, encoded.IsKeyframe, time, encoded.IsKeyframe ? 0 : _layer);
        encoded.Buffer.Release();
        return frame;
    }

    /// <summary>Opens the encoder, or takes it to the settings now in force.</summary>
    private void Open()
    {
        var wanted = _running.Settings with { Layered = _isLayered };
        if (_encoder is null)
        {
            _encoder = codecs.CreateVideoEncoder(codec, wanted);
        }
        else if (wanted != _opened)
        {
            _encoder.SetRate(wanted.BitrateBps, wanted.FramesPerSecond);
            _encoder.SetSpeed(wanted.Speed);
        }

        _opened = wanted;
    }
}
