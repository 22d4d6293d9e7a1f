using Mcu.Mixing.Audio;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Video;

/// <summary>What the room shows to all who follow it.</summary>
internal readonly record struct RoomView(LayoutKind Layout, long? Pinned, ActiveSpeakerDetector Speakers);

/// <summary>Tells views apart: everything that makes a picture differ. <see cref="Viewer"/> is set for a personal view without its viewer.</summary>
internal readonly record struct ViewKey(LayoutKind Layout, long? Pinned, int Page, long? Viewer, CanvasShape Shape);

/// <summary>A view that somebody needs, and its layout.</summary>
internal sealed record PlannedView(ViewKey Key, LayoutResult Layout, bool FollowsRoom);

/// <summary>
/// Decides who sees which view: participants with the same wishes share one, and only who would see himself gets his own, without himself.
/// Arithmetic over seats; no pictures.
/// </summary>
internal sealed class ViewPlanner(ConferenceOptions options)
{
    /// <summary>Tiles of a first page: whoever speaks is brought onto it.</summary>
    private const int FirstPageSeats = 25;

    private readonly SeatingPlan _seats = new();
    private readonly HashSet<long> _seated = [];
    private readonly Dictionary<long, Participant> _byNumber = [];
    private readonly Dictionary<ViewKey, PlannedView> _plans = [];
    private readonly List<long> _gone = [];
    private List<LayoutParticipant> _layoutSeats = [];
    private List<long> _recentSpeakers = [];
    private long? _sharer;
    private VideoEffort _effort;

    /// <summary>Begins a new plan from who is there now, and what may be spent.</summary>
    public void Begin(List<Participant> participants, RoomView room, in VideoEffort effort)
    {
        _effort = effort;
        _plans.Clear();
        _byNumber.Clear();
        foreach (var participant in participants)
        {
            _byNumber.Add(participant.Number, participant);
        }

        Seat(participants);
        var speakers = room.Speakers.RecentSpeakers;
        if (speakers.Length > 0)
        {
            _seats.BringToFirstPage(speakers[0], FirstPageSeats, speakers);
        }

        _recentSpeakers = [.. speakers];
        _sharer = LatestSharer(participants);
        _layoutSeats = new List<LayoutParticipant>(_seats.Seats.Count);
        foreach (var seat in _seats.Seats)
        {
            _layoutSeats.Add(
                seat is { } number && _byNumber.TryGetValue(number, out var participant)
                    ? new LayoutParticipant(number, participant.ShowsCamera, AspectOf(participant))
                    : LayoutParticipant.Vacant
            );
        }
    }

    /// <summary>The view for one participant; the same object for all who share it.</summary>
    /// <param name="shape">Of the canvas, by the participant's rung.</param>
    public PlannedView ViewFor(Participant participant, RoomView room, CanvasShape shape)
    {
        var choice = participant.ViewChoice;
        var layout = _effort.SpeakerOnly ? LayoutKind.Single : choice.Layout ?? room.Layout;
        var pinned = choice.Pinned ?? (choice.Layout is null ? room.Pinned : null);
        var followsRoom = choice is { Layout: null, Pinned: null };
        var shared = PlanShared(layout, pinned, choice.Page, followsRoom, shape);
        var seesItself = choice.SelfView ?? options.SelfView;
        if (seesItself || !Shows(shared, participant.Number) || VisibleIn(shared) > _effort.MaxPersonalViews)
        {
            return shared;
        }

        return Plan(shared.Key with { Viewer = participant.Number }, followsRoom);
    }

    /// <summary>The view for those who see themselves, or are not in it. Who wants a page that is no more shares the last one.</summary>
    private PlannedView PlanShared(LayoutKind layout, long? pinned, int page, bool followsRoom, CanvasShape shape)
    {
        var planned = Plan(new ViewKey(layout, pinned, page, null, shape), followsRoom);
        return planned.Layout.Page == page ? planned : Plan(planned.Key with { Page = planned.Layout.Page }, followsRoom);
    }

    private PlannedView Plan(ViewKey key, bool followsRoom)
    {
        if (_plans.TryGetValue(key, out var planned))
        {
            return planned;
        }

        var input = new LayoutInput(key.Shape.Width, key.Shape.Height, key.Layout, _layoutSeats)
        {
            MaxTiles = key.Shape.MaxTiles,
            RecentSpeakers = _recentSpeakers,
            PinnedId = key.Pinned,
            ScreenSharer = _sharer,
            Page = key.Page,
            ViewerId = key.Viewer,
        };
        planned = new PlannedView(key, Layout.Arrange(input), followsRoom);
        _plans.Add(key, planned);
        return planned;
    }

    /// <summary>Everybody who may send gets a seat and keeps it; viewers get none.</summary>
    private void Seat(List<Participant> participants)
    {
        foreach (var participant in participants)
        {
            var media = participant.Leg.Media;
            var mayBeSeen = participant.Role != ParticipantRole.Viewer && (media.SendsAudio || media.SendsCamera || media.SendsScreen);
            if (mayBeSeen && _seated.Add(participant.Number))
            {
                _seats.Join(participant.Number);
            }
            else if (!mayBeSeen && _seated.Remove(participant.Number))
            {
                _seats.Leave(participant.Number);
            }
        }

        _gone.Clear();
        foreach (var number in _seated)
        {
            if (!_byNumber.ContainsKey(number))
            {
                _gone.Add(number);
            }
        }

        foreach (var number in _gone)
        {
            _seated.Remove(number);
            _seats.Leave(number);
        }
    }

    /// <summary>Whoever began to share last is shown.</summary>
    private long? LatestSharer(List<Participant> participants)
    {
        if (_sharer is { } current && _byNumber.TryGetValue(current, out var sharer) && sharer.ShowsScreen)
        {
            var newer = participants.FindLast(p => p.ShowsScreen && !p.Announced.Screen);
            return newer?.Number ?? current;
        }

        return participants.FindLast(p => p.ShowsScreen)?.Number;
    }

    private static double AspectOf(Participant participant)
    {
        if (participant.Camera?.Current is not { } picture)
        {
            return 0;
        }

        var turned = (int)picture.Rotation % 180 != 0;
        return turned ? (double)picture.Height / picture.Width : (double)picture.Width / picture.Height;
    }

    private static bool Shows(PlannedView view, long number)
    {
        foreach (var tile in view.Layout.Tiles)
        {
            if (tile.SourceId == number)
            {
                return true;
            }
        }

        return false;
    }

    private static int VisibleIn(PlannedView view) => view.Layout.Tiles.Count;
}
