using Mcu.Conference.Legs;
using Mcu.Conference.Video;
using Mcu.Media;
using Mcu.Mixing.Audio;
using Mcu.Mixing.Video;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Tests;

public sealed class ViewPlannerTests
{
    private readonly ActiveSpeakerDetector _speakers = new();
    private readonly List<Participant> _participants = [];
    private MediaTime _now = MediaTime.FromMilliseconds(1000);

    [Fact]
    public void Thirty_cameras_make_two_pages()
    {
        Join(30);
        var watcher = Watch();

        var first = Plan(watcher);
        var second = Plan(watcher, page: 1);

        (first.Layout.PageCount, second.Layout.PageCount).ShouldBe((2, 2));
        Shown(first).ShouldBe(Enumerable.Range(1, 25).Select(n => (long)n));
        Shown(second).ShouldBe([26, 27, 28, 29, 30]);
    }

    [Fact]
    public void Whoever_speaks_is_brought_to_the_first_page_and_all_but_one_keep_their_place()
    {
        Join(30);
        var watcher = Watch();
        var before = Plan(watcher).Layout.Tiles;

        Speak(28);
        var after = Plan(watcher).Layout.Tiles;

        after.Count.ShouldBe(25);
        after.ShouldContain(tile => tile.SourceId == 28);
        after.Zip(before).Count(pair => pair.First != pair.Second).ShouldBe(1);
        Shown(Plan(watcher, page: 1)).ShouldNotContain(28);
    }

    [Fact]
    public void The_first_page_is_left_by_who_spoke_least_recently()
    {
        Join(27);
        var watcher = Watch();
        for (var number = 1; number <= 24; number++)
        {
            Speak(number);
        }

        Speak(26);
        Shown(Plan(watcher)).ShouldNotContain(25);
        Speak(27);
        Shown(Plan(watcher)).ShouldNotContain(1);
        Shown(Plan(watcher)).ShouldContain(26);
    }

    [Fact]
    public void A_page_that_is_no_more_shows_the_last_one()
    {
        Join(26);
        var watcher = Watch();
        Shown(Plan(watcher, page: 1)).ShouldBe([26]);

        _participants.RemoveAt(3);

        var plan = Plan(watcher, page: 1);
        (plan.Layout.Page, plan.Layout.PageCount).ShouldBe((0, 1));
        Shown(plan).Count.ShouldBe(25);
    }

    [Fact]
    public void With_the_same_wishes_all_watchers_share_one_view()
    {
        Join(3);
        var (one, other) = (Watch(), Watch());
        var planner = Begin(new ConferenceOptions());

        planner.ViewFor(one, Room(), s_canvas).ShouldBeSameAs(planner.ViewFor(other, Room(), s_canvas));
    }

    [Fact]
    public void Who_is_seen_gets_a_view_without_himself_unless_he_wants_to_see_himself()
    {
        var shown = Join(3);

        Shown(Plan(shown[0])).ShouldBe([2, 3]);
        shown[0].ViewChoice = ViewChoice.FollowRoom with { SelfView = true };
        Shown(Plan(shown[0])).ShouldBe([1, 2, 3]);
        Shown(Plan(shown[1])).ShouldBe([1, 3]);
    }

    [Fact]
    public void With_more_in_view_than_get_a_view_of_their_own_all_share_one()
    {
        var shown = Join(4);
        var planner = Begin(new ConferenceOptions { MaxPersonalViews = 3 });

        planner.ViewFor(shown[0], Room(), s_canvas).ShouldBeSameAs(planner.ViewFor(shown[3], Room(), s_canvas));
    }

    [Fact]
    public void Who_chose_a_layout_follows_neither_the_rooms_nor_its_pin()
    {
        Join(3);
        var (follower, chooser) = (Watch(), Watch());
        chooser.ViewChoice = ViewChoice.FollowRoom with { Layout = LayoutKind.Grid };
        var room = Room(LayoutKind.Single, pinned: 2);
        var planner = Begin(new ConferenceOptions(), room);

        var followed = planner.ViewFor(follower, room, s_canvas);
        var chosen = planner.ViewFor(chooser, room, s_canvas);

        (followed.FollowsRoom, chosen.FollowsRoom).ShouldBe((true, false));
        Shown(followed).ShouldBe([2]);
        Shown(chosen).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public void An_own_pin_goes_before_the_rooms()
    {
        Join(3);
        var watcher = Watch();
        watcher.ViewChoice = ViewChoice.FollowRoom with { Pinned = 3 };
        var room = Room(LayoutKind.Single, pinned: 2);

        Shown(Begin(new ConferenceOptions(), room).ViewFor(watcher, room, s_canvas)).ShouldBe([3]);
    }

    [Fact]
    public void Small_canvases_show_who_spoke_last_and_the_smallest_the_speaker_alone()
    {
        var shown = Join(9);
        var watcher = Watch();
        Plan(watcher);
        Speak(7);
        Speak(5);

        Shown(_planner!.ViewFor(watcher, Room(), new CanvasShape(320, 180, 4))).ShouldBe([1, 2, 5, 7]);
        Shown(_planner.ViewFor(watcher, Room(), new CanvasShape(160, 90, 1))).ShouldBe([5]);
        Shown(_planner.ViewFor(shown[4], Room(), new CanvasShape(160, 90, 1))).ShouldBe([7], "the one before, for the speaker himself");
        _planner.ViewFor(shown[2], Room(), new CanvasShape(320, 180, 4)).Key.Viewer.ShouldBeNull("who is not on it shares it");
        Shown(_planner.ViewFor(watcher, Room(LayoutKind.Speaker), new CanvasShape(320, 180, 4))).ShouldBe([5], "no filmstrip");
    }

    [Fact]
    public void Viewers_and_those_who_send_nothing_take_no_seat()
    {
        Join(2);
        var watcher = Watch();
        Add(ParticipantRole.Guest, ConferenceRig.WatchOnly);

        Shown(Plan(watcher)).ShouldBe([1, 2]);
    }

    private List<Participant> Join(int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Add(ParticipantRole.Guest, ConferenceRig.Everything))];

    private Participant Watch() => Add(ParticipantRole.Viewer, ConferenceRig.WatchOnly);

    private Participant Add(ParticipantRole role, LegMedia media)
    {
        var number = _participants.Count + 1;
        var participant = new Participant(number, $"p{number}", $"p{number}", role, new SilentLeg(media));
        _participants.Add(participant);
        return participant;
    }

    /// <summary>Two seconds in which one talks and nobody else.</summary>
    private void Speak(long number)
    {
        for (var i = 0; i < 100; i++, _now += TimeSpan.FromMilliseconds(20))
        {
            _participants.ForEach(p => _speakers.SetLevel(p.Number, p.Number == number ? 20 : 127));
            _speakers.Update(_now);
        }

        _speakers.ActiveSpeaker.ShouldBe(number);
        _planner?.Begin(_participants, Room(), VideoEffort.At(VideoEffort.AsAsked, s_options));
    }

    private static readonly CanvasShape s_canvas = new(1280, 720, GridShape.MaxTiles);
    private static readonly ConferenceOptions s_options = new() { MaxPersonalViews = 25 };
    private ViewPlanner? _planner;

    private PlannedView Plan(Participant participant, int page = 0)
    {
        _planner ??= new ViewPlanner(s_options);
        _planner.Begin(_participants, Room(), VideoEffort.At(VideoEffort.AsAsked, s_options));
        participant.ViewChoice = participant.ViewChoice with { Page = page };
        return _planner.ViewFor(participant, Room(), s_canvas);
    }

    private ViewPlanner Begin(ConferenceOptions options, RoomView? room = null)
    {
        var planner = new ViewPlanner(options);
        planner.Begin(_participants, room ?? Room(), VideoEffort.At(VideoEffort.AsAsked, options));
        return planner;
    }

    private RoomView Room(LayoutKind layout = LayoutKind.Grid, long? pinned = null) => new(layout, pinned, _speakers);

    private static List<long> Shown(PlannedView view) => [.. view.Layout.Tiles.Select(tile => tile.SourceId)];

    private sealed class SilentLeg(LegMedia media) : IMediaLeg
    {
        public LegMedia Media => media;

        public TimeSpan RoundTripTime => TimeSpan.Zero;

        public void SendAudio(PacketizedFrame frame) { }

        public void SendVideo(PacketizedFrame frame) { }

        public void RequestKeyframe(TrackRole track) { }

        public void Close(string reason) { }
    }
}
