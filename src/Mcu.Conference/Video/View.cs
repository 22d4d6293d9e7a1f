using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>
/// One picture of the room that at least one participant watches: <c>scene → canvas → one encode per codec</c>. The writer fills the scene
/// and submits; the job composes and encodes on a video thread and hands the frames back. While a job runs, the canvas, the scene and the
/// encoders are the job's; a tick that finds it running is left out, so overload costs frame rate.
/// </summary>
internal sealed class View : IVideoJob, IDisposable
{
    /// <summary>
    /// Frames encoded after the last change, in which the encoder sharpens what it first sent coarsely. After them an unchanged canvas costs nothing.
    /// </summary>
    private const int SettlingFrames = 12;

    // given
    private readonly ConferenceOptions _options;
    private readonly ICodecFactory _codecs;
    private readonly IMediaScheduler _scheduler;
    private readonly PacketizedFramePool _packets;
    private readonly Action _wake;

    // owned
    private readonly Compositor _compositor;
    private readonly Scene _scene = new();
    private readonly List<VideoRendition> _renditions = [];
    private readonly List<VideoRendition> _running = [];
    private readonly BoundedQueue<RenditionFrame> _encoded = new(16);
    private readonly SceneTile[] _shown = new SceneTile[Scene.MaxTiles];

    // state
    private MediaTime _time;
    private int _settling;
    private int _shownCount = -1;
    private string? _shownNotice;
    private volatile bool _busy;
    private volatile bool _framesLost;

    public View(
        PlannedView plan,
        ConferenceOptions options,
        ICodecFactory codecs,
        IMediaScheduler scheduler,
        OverlayRenderer overlays,
        PacketizedFramePool packets,
        Action wake
    )
    {
        Plan = plan;
        _options = options;
        _codecs = codecs;
        _scheduler = scheduler;
        _packets = packets;
        _wake = wake;
        _compositor = new Compositor(options.CanvasWidth, options.CanvasHeight, codecs.Scaler, VideoFramePool.Shared, overlays);
    }

    public PlannedView Plan { get; set; }

    /// <summary>The current plan has somebody for this view.</summary>
    public bool Wanted { get; set; } = true;

    public string Name => Plan.Key.Viewer is { } viewer ? $"{Plan.Key.Layout} without {viewer}" : $"{Plan.Key.Layout}";

    public IReadOnlyList<VideoRendition> Renditions => _renditions;

    public bool HasSubscribers => _renditions.Exists(r => r.Subscribers.Count > 0);

    /// <summary>A job is composing or encoding.</summary>
    public bool Busy => _busy;

    /// <summary>Ticks left out because the last frame was not finished.</summary>
    public long SkippedTicks { get; private set; }

    public VideoRendition RenditionFor(VideoCodec codec)
    {
        var rendition = _renditions.Find(r => r.Codec == codec);
        if (rendition is null)
        {
            var settings = new VideoEncoderSettings(
                _options.CanvasWidth,
                _options.CanvasHeight,
                _options.VideoBitrateBps,
                _options.FramesPerSecond,
                _options.VideoSpeed
            );
            rendition = new VideoRendition(this, codec, settings, _codecs, _packets);
            _renditions.Add(rendition);
        }

        return rendition;
    }

    /// <summary>Composes and encodes the scene as of <paramref name="now"/>, unless the last one is still at work.</summary>
    public void Tick(SceneBuilder builder, MediaTime now)
    {
        if (_busy)
        {
            SkippedTicks++;
            return;
        }

        CloseUnwatched();
        if (_framesLost)
        {
            _framesLost = false;
            _renditions.ForEach(static rendition => rendition.RequestKeyframe(KeyframeReason.Loss));
        }

        _running.Clear();
        var keyframe = false;
        foreach (var rendition in _renditions)
        {
            if (rendition.Subscribers.Count > 0)
            {
                keyframe |= rendition.PrepareFrame(now);
                _running.Add(rendition);
            }
        }

        if (_running.Count == 0)
        {
            return;
        }

        builder.Fill(_scene, Plan.Layout);
        var changed = keyframe || !IsAsShown();
        if (!changed && _settling == 0)
        {
            return;
        }

        _settling = changed ? SettlingFrames : _settling - 1;

        HoldSources();

        _time = now;
        _busy = true;
        _scheduler.Submit(this, now + TimeSpan.FromSeconds(1.0 / _options.FramesPerSecond));
    }

    public bool TryTakeEncoded(out RenditionFrame frame) => _encoded.TryDequeue(out frame);

    public void Execute()
    {
        // Until all frames are on their way: what follows would refer to frames that nobody got.
        var lost = true;
        try
        {
            _compositor.Compose(_scene);
            lost = !EncodeAll();
        }
        finally
        {
            // A job that failed is reported by the scheduler; the view goes on with a keyframe at its next tick.
            _framesLost |= lost;
            ReleaseSources();
            _busy = false;
            _wake();
        }
    }

    /// <summary>Gives everything back. Only while no job runs.</summary>
    public void Dispose()
    {
        while (_encoded.TryDequeue(out var left))
        {
            left.Frame.Release();
        }

        foreach (var rendition in _renditions)
        {
            rendition.Dispose();
        }

        _compositor.Dispose();
    }

    /// <summary>False where a frame found no room: the writer is far behind.</summary>
    private bool EncodeAll()
    {
        var delivered = true;
        foreach (var rendition in _running)
        {
            var frame = rendition.Encode(_compositor.Canvas, _compositor.Changed, _time);
            if (frame is not null && !_encoded.TryEnqueue(new RenditionFrame(rendition, frame)))
            {
                frame.Release();
                delivered = false;
            }
        }

        return delivered;
    }

    /// <summary>The scene is the one composed last, to the picture: there is nothing to do.</summary>
    private bool IsAsShown() =>
        _shownCount >= 0 && _shownNotice == _scene.Notice && _scene.Tiles.SequenceEqual(_shown.AsSpan(0, _shownCount));

    /// <summary>Takes a reference to each picture for the length of the job, and notes what is shown.</summary>
    private void HoldSources()
    {
        _shownCount = _scene.Count;
        _shownNotice = _scene.Notice;
        _scene.Tiles.CopyTo(_shown);
        foreach (ref var tile in _scene.Tiles)
        {
            tile.Frame?.AddReference();
        }
    }

    private void ReleaseSources()
    {
        foreach (ref var tile in _scene.Tiles)
        {
            tile.Frame?.Release();
        }

        _scene.Clear();
    }

    private void CloseUnwatched()
    {
        for (var i = _renditions.Count - 1; i >= 0; i--)
        {
            if (_renditions[i].Subscribers.Count == 0)
            {
                _renditions[i].Dispose();
                _renditions.RemoveAt(i);
            }
        }
    }
}
