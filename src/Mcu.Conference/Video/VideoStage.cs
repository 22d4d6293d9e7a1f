using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Mixing.Video;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Video;

/// <summary>
/// The video half of a conference, one call per video tick: <c>sources present their pictures → each participant's rung follows its network →
/// views are planned anew if anything changed → each watched view composes and encodes (on the video threads) → frames go to the subscribers</c>.
/// </summary>
internal sealed class VideoStage : IDisposable
{
    // given
    private readonly ConferenceOptions _options;
    private readonly ICodecFactory _codecs;
    private readonly IMediaScheduler _scheduler;
    private readonly IConferenceObserver _observer;
    private readonly OverlayRenderer _overlays;
    private readonly PacketizedFramePool _packets;
    private readonly Action _wake;

    // owned
    private readonly ViewPlanner _planner;
    private readonly NetworkFollower _follower;
    private readonly SceneBuilder _scenes;
    private readonly Dictionary<ViewKey, View> _views = [];
    private readonly List<View> _retired = [];
    private readonly HashSet<VideoSource> _visible = [];
    private readonly SenderHints _hints;
    private readonly SharedTiles _tiles;

    // state
    private bool _planStale = true;
    private int _reduction = VideoEffort.AsAsked;
    private VideoEffort _effort;
    private long _tick;

    public VideoStage(
        ConferenceOptions options,
        ICodecFactory codecs,
        IMediaScheduler scheduler,
        IConferenceObserver observer,
        OverlayRenderer overlays,
        PacketizedFramePool packets,
        Action wake
    )
    {
        _options = options;
        _codecs = codecs;
        _scheduler = scheduler;
        _observer = observer;
        _overlays = overlays;
        _packets = packets;
        _wake = wake;
        _effort = VideoEffort.At(_reduction, options);
        _follower = new NetworkFollower(options, new Ladder(_effort));
        _tiles = new SharedTiles(codecs.Scaler, VideoFramePool.Shared);
        _planner = new ViewPlanner(options);
        _scenes = new SceneBuilder(options);
        _hints = new SenderHints(observer);
    }

    public IReadOnlyCollection<View> Views => _views.Values;

    public int CanvasHeight => _effort.Height;

    /// <summary>From one video tick to the next.</summary>
    public TimeSpan Interval => TimeSpan.FromSeconds(1.0 / _effort.FramesPerSecond);

    /// <summary>Nobody sends pictures and nobody takes any.</summary>
    public bool IsIdle(List<Participant> participants)
    {
        if (_views.Count > 0 || _retired.Count > 0)
        {
            return false;
        }

        foreach (var participant in participants)
        {
            if (participant.Camera is not null || participant.Screen is not null)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Something changed that a view may show: who is there, who speaks, layouts, mutes.</summary>
    public void Invalidate() => _planStale = true;

    public void OnLeft(Participant participant)
    {
        Invalidate();
        if (participant.Camera is { } camera)
        {
            _visible.Remove(camera);
        }

        if (participant.Screen is { } screen)
        {
            _visible.Remove(screen);
        }
    }

    public void Tick(List<Participant> participants, RoomView room, MediaTime now)
    {
        Adapt();
        foreach (var participant in participants)
        {
            Present(participant, participant.Camera, now);
            Present(participant, participant.Screen, now);
            _planStale |= _follower.Follow(participant, now);
        }

        if (_planStale)
        {
            _planStale = false;
            Replan(participants, room, now);
        }

        _scenes.Begin(participants, room.Speakers);
        foreach (var view in _views.Values)
        {
            view.Tick(_scenes, _tick, Interval, now);
        }

        _tick++;
        _tiles.NextRound();
        Retire();
    }

    /// <summary>Begins the frames of the last tick that had to wait for the one before.</summary>
    public void CatchUp(List<Participant> participants, RoomView room, MediaTime now)
    {
        var hasBegun = false;
        foreach (var view in _views.Values)
        {
            if (!view.MayCatchUp(now))
            {
                continue;
            }

            if (!hasBegun)
            {
                hasBegun = true;
                _scenes.Begin(participants, room.Speakers);
            }

            view.Tick(_scenes, _tick - 1, Interval, now);
        }
    }

    /// <summary>Hands finished frames to their subscribers, and gives back views whose last job is done, also when nobody is left for a tick.</summary>
    public void DeliverEncoded()
    {
        foreach (var view in _views.Values)
        {
            Deliver(view);
        }

        foreach (var view in _retired)
        {
            Deliver(view);
        }

        DisposeRetired();
    }

    /// <summary>Nobody is left: views and encoders go.</summary>
    public void CloseViews()
    {
        foreach (var view in _views.Values)
        {
            view.Close();
            _retired.Add(view);
        }

        _views.Clear();
        _visible.Clear();
        DisposeRetired();
        _planStale = true;
    }

    public void Dispose() => CloseViews();

    /// <summary>Follows the scheduler's word on what video may cost.</summary>
    private void Adapt()
    {
        var reduction = Math.Min(_scheduler.VideoReduction, _options.MaxVideoReduction);
        if (reduction != _reduction)
        {
            _reduction = reduction;
            _effort = VideoEffort.At(reduction, _options);
            _follower.Ladder = new Ladder(_effort);
            _planStale = true;
        }
    }

    private void Present(Participant participant, VideoSource? source, MediaTime now)
    {
        if (source is not null)
        {
            source.Check(participant.Leg.RoundTripTime, now);
            source.Present(participant.LipSync, now, now + (Interval / 2));
        }
    }

    private static void Deliver(View view)
    {
        while (view.TryTakeEncoded(out var encoded))
        {
            var (rendition, frame) = encoded;
            // A subscription may leave the list while it is served (its old rendition, at a keyframe): backwards is safe.
            for (var i = rendition.Subscribers.Count - 1; i >= 0; i--)
            {
                var subscription = rendition.Subscribers[i];
                if (subscription.Takes(rendition, frame))
                {
                    subscription.Participant.Leg.SendVideo(frame);
                }
            }

            frame.Release();
        }
    }

    private void Replan(List<Participant> participants, RoomView room, MediaTime now)
    {
        _planner.Begin(participants, room, _effort);
        foreach (var view in _views.Values)
        {
            view.Wanted = false;
        }

        foreach (var participant in participants)
        {
            Announce(participant, _planner.ViewFor(participant, room, _follower.Ladder.Top));
            Subscribe(participant, room);
        }

        MarkVisible(participants, now);
        HintSenders(participants);
    }

    private void Subscribe(Participant participant, RoomView room)
    {
        var subscription = participant.Video;
        if (participant.Leg.Media.ReceiveVideoCodec is not { } preferred || subscription.Policy.Current is not { } rung)
        {
            subscription.Leave();
            return;
        }

        var codec = rung.Encoding.IsThrifty ? participant.Leg.Media.ThriftyVideoCodec ?? preferred : preferred;
        var view = ViewOf(_planner.ViewFor(participant, room, rung.Encoding.Shape));
        subscription.MoveTo(view.RenditionFor(codec, rung.Encoding), rung);
    }

    private View ViewOf(PlannedView plan)
    {
        if (!_views.TryGetValue(plan.Key, out var view))
        {
            view = new View(plan, _codecs, _scheduler, _overlays, _tiles, _packets, _wake);
            _views.Add(plan.Key, view);
        }

        view.Plan = plan;
        view.Wanted = true;
        return view;
    }

    /// <summary>A view that nobody wants any more is kept while somebody still watches it until his new view's keyframe.</summary>
    private void Retire()
    {
        var before = _retired.Count;
        foreach (var view in _views.Values)
        {
            if (!view.Wanted && !view.HasSubscribers)
            {
                view.Close();
                _retired.Add(view);
            }
        }

        for (var i = before; i < _retired.Count; i++)
        {
            _views.Remove(_retired[i].Plan.Key);
        }
    }

    private void DisposeRetired()
    {
        for (var i = _retired.Count - 1; i >= 0; i--)
        {
            if (!_retired[i].Busy)
            {
                _retired[i].Dispose();
                _retired.RemoveAt(i);
            }
        }

        if (_views.Count == 0 && _retired.Count == 0)
        {
            _tiles.Clear();
        }
    }

    /// <summary>Only what is on a watched canvas is decoded.</summary>
    private void MarkVisible(List<Participant> participants, MediaTime now)
    {
        _visible.Clear();
        foreach (var view in _views.Values)
        {
            foreach (var tile in view.Plan.Layout.Tiles)
            {
                var participant = participants.Find(p => p.Number == tile.SourceId);
                var source = tile.IsScreen ? participant?.Screen : participant?.Camera;
                if (source is not null)
                {
                    _visible.Add(source);
                }
            }
        }

        foreach (var participant in participants)
        {
            Show(participant.Camera, participant.VideoMutedBy == MutedBy.Nobody, now);
            Show(participant.Screen, true, now);
        }
    }

    /// <summary>Views that are only watched until a keyframe comes count no more.</summary>
    private void HintSenders(List<Participant> participants)
    {
        _hints.Begin();
        foreach (var view in _views.Values)
        {
            if (view.Wanted)
            {
                _hints.Add(view.Plan.Layout);
            }
        }

        _hints.Tell(participants, _effort.FramesPerSecond);
    }

    private void Show(VideoSource? source, bool allowed, MediaTime now) => source?.SetVisible(allowed && _visible.Contains(source), now);

    private void Announce(Participant participant, PlannedView plan)
    {
        var key = plan.Key;
        var state = new ViewState(key.Layout, plan.FollowsRoom, key.Pinned, plan.Layout.Page, plan.Layout.PageCount);
        if (state != participant.Video.Announced && !participant.IsHidden)
        {
            participant.Video.Announced = state;
            _observer.OnLayout(participant, state);
        }
    }
}
