using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>
/// One picture of the room that at least one participant watches: <c>scene → canvas → one encode per codec and rung</c>. The writer fills the scene
/// and submits; the job composes on a video thread, and then each rendition encodes the canvas in a job of its own. While they run, the canvas,
/// the scene and the encoders are theirs; a tick that finds one running waits for it, half a frame at most, and is then left out: overload costs
/// frame rate.
/// </summary>
internal sealed class View : IVideoJob, IDisposable
{
    // given
    private readonly ICodecFactory _codecs;
    private readonly IMediaScheduler _scheduler;
    private readonly PacketizedFramePool _packets;
    private readonly Action _wake;

    // owned
    private readonly Compositor _compositor;
    private readonly Scene _scene = new();
    private readonly List<VideoRendition> _renditions = [];
    private readonly List<VideoRendition> _watched = [];
    private readonly List<VideoRendition> _running = [];
    private readonly BoundedQueue<RenditionFrame> _encoded = new(16);
    private readonly SceneTile[] _shown = new SceneTile[Scene.MaxTiles];

    // state
    private MediaTime _deadline;
    private MediaTime _waitsUntil = MediaTime.Zero;
    private int _shownCount = -1;
    private string? _shownNotice;
    private int _encoding;
    private volatile bool _busy;
    private volatile bool _framesLost;
    private volatile bool _closed;

    public View(
        PlannedView plan,
        ICodecFactory codecs,
        IMediaScheduler scheduler,
        OverlayRenderer overlays,
        SharedTiles tiles,
        PacketizedFramePool packets,
        Action wake
    )
    {
        Plan = plan;
        _codecs = codecs;
        _scheduler = scheduler;
        _packets = packets;
        _wake = wake;
        _compositor = new Compositor(plan.Key.Shape.Width, plan.Key.Shape.Height, codecs.Scaler, VideoFramePool.Shared, overlays, tiles);
    }

    public PlannedView Plan { get; set; }

    /// <summary>The current plan has somebody for this view.</summary>
    public bool Wanted { get; set; } = true;

    public string Name => Plan.Key.Viewer is { } viewer ? $"{Plan.Key.Layout} without {viewer}" : $"{Plan.Key.Layout}";

    public IReadOnlyList<VideoRendition> Renditions => _renditions;

    public bool HasSubscribers => _renditions.Exists(r => r.Subscribers.Count > 0);

    /// <summary>A job is composing or encoding.</summary>
    public bool Busy => _busy;

    /// <summary>The frame is finished for which the last tick waits.</summary>
    public bool MayCatchUp(MediaTime now) => !_busy && now <= _waitsUntil;

    /// <summary>Nobody watches it any more, and nobody will: what waits to be done is not done.</summary>
    public bool IsClosed => _closed;

    /// <summary>The composed picture; for the renditions while their jobs run.</summary>
    public VideoFrame Canvas => _compositor.Canvas;

    /// <summary>The composed picture's place on the room's clock.</summary>
    public MediaTime Time { get; private set; }

    public VideoRendition RenditionFor(VideoCodec codec, RungEncoding encoding)
    {
        var rendition = _renditions.Find(r => r.Codec == codec && r.Encoding.Id == encoding.Id);
        if (rendition is null)
        {
            rendition = new VideoRendition(this, codec, encoding, _codecs, _packets);
            _renditions.Add(rendition);
        }

        rendition.Encoding = encoding;
        return rendition;
    }

    /// <summary>Composes and encodes the scene as of <paramref name="now"/>, unless the last one is still at work, or no rendition is due.</summary>
    /// <param name="tick">Counts video ticks.</param>
    /// <param name="interval">From one to the next.</param>
    public void Tick(SceneBuilder builder, long tick, TimeSpan interval, MediaTime now)
    {
        if (_busy)
        {
            _waitsUntil = now + (interval / 2);
            return;
        }

        _waitsUntil = MediaTime.Zero;
        CloseUnwatched();
        if (_framesLost)
        {
            _framesLost = false;
            _renditions.ForEach(static rendition => rendition.RequestKeyframe(KeyframeReason.Loss));
        }

        if (!FindWatched(tick, now))
        {
            return;
        }

        builder.Fill(_scene, Plan.Layout);
        var changed = !IsAsShown();
        _running.Clear();
        foreach (var rendition in _watched)
        {
            if (changed)
            {
                rendition.NoteChange();
            }

            if (rendition.IsDue(tick, now) && rendition.PrepareFrame(tick, now))
            {
                _running.Add(rendition);
            }
        }

        if (_running.Count == 0)
        {
            return;
        }

        HoldSources();

        Time = now;
        // Half a frame after the next tick: what ends later costs that tick.
        _deadline = now + (interval * 1.5);
        _busy = true;
        _scheduler.Submit(this, _deadline);
    }

    public bool TryTakeEncoded(out RenditionFrame frame) => _encoded.TryDequeue(out frame);

    /// <summary>Composes; then the renditions encode side by side, the first of them here.</summary>
    public void Execute()
    {
        if (_closed)
        {
            ReleaseSources();
            End();
            return;
        }

        _encoding = _running.Count;
        var composed = false;
        try
        {
            _compositor.Compose(_scene);
            composed = true;
            foreach (var rendition in _watched)
            {
                rendition.OnComposed(_compositor.Changed);
            }
        }
        finally
        {
            ReleaseSources();
            if (!composed)
            {
                // The scheduler reports it; the view goes on with a keyframe at its next tick.
                _framesLost = true;
                End();
            }
        }

        for (var i = 1; i < _running.Count; i++)
        {
            _scheduler.Submit(_running[i], _deadline);
        }

        _running[0].Execute();
    }

    /// <summary>A rendition's frame for its subscribers; false where it found no room: the writer is far behind.</summary>
    public bool TryDeliver(VideoRendition rendition, PacketizedFrame frame)
    {
        var delivered = _encoded.TryEnqueue(new RenditionFrame(rendition, frame));
        if (!delivered)
        {
            frame.Release();
        }

        return delivered;
    }

    /// <summary>A rendition's job is over; after the last one the view may begin its next frame.</summary>
    public void OnEncoded(bool delivered)
    {
        _framesLost |= !delivered;
        if (Interlocked.Decrement(ref _encoding) == 0)
        {
            End();
        }
    }

    /// <summary>The last of its subscribers is gone: a job that waits opens no encoder for nobody.</summary>
    public void Close() => _closed = true;

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

    private void End()
    {
        _busy = false;
        _wake();
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

    /// <summary>Notes the renditions that have subscribers; true if one of them is due.</summary>
    private bool FindWatched(long tick, MediaTime now)
    {
        _watched.Clear();
        var isDue = false;
        foreach (var rendition in _renditions)
        {
            if (rendition.Subscribers.Count > 0)
            {
                _watched.Add(rendition);
                isDue |= rendition.IsDue(tick, now);
            }
        }

        return isDue;
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
