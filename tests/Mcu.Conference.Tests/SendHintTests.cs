using Mcu.Conference.Video;
using Mcu.Media.Video;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Tests;

/// <summary>What senders are asked for: as much as the largest tile that shows them needs.</summary>
public sealed class SendHintTests : IDisposable
{
    private readonly ConferenceRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(96, 54, 160, 90)]
    [InlineData(160, 90, 160, 90)]
    [InlineData(184, 102, 160, 90)]
    [InlineData(186, 104, 320, 180)]
    [InlineData(628, 352, 640, 360)]
    [InlineData(640, 480, 960, 540)]
    [InlineData(1280, 720, 1280, 720)]
    [InlineData(3000, 2000, 1920, 1080)]
    public void A_tile_needs_the_next_size_unless_it_enlarges_a_smaller_one_hardly(int width, int height, int wantedWidth, int wantedHeight)
    {
        var hint = SendHint.ForTile(width, height, 30);
        (hint.Width, hint.Height).ShouldBe((wantedWidth, wantedHeight));
    }

    [Fact]
    public void Larger_tiles_never_ask_for_less()
    {
        var before = SendHint.ForTile(2, 2, 15);
        for (var height = 4; height <= 1200; height += 2)
        {
            var hint = SendHint.ForTile(height * 16 / 9, height, 15);
            before.Exceeds(hint).ShouldBeFalse();
            before = hint;
        }
    }

    [Fact]
    public void Half_the_frames_need_three_quarters_of_the_bits() =>
        SendHint.ForTile(640, 360, 15).BitrateBps.ShouldBe(SendHint.ForTile(640, 360, 30).BitrateBps * 3 / 4);

    [Fact]
    public void The_largest_tile_of_all_layouts_counts_and_a_shared_screen_is_no_camera()
    {
        var hints = new SenderHints(_rig);
        hints.Add(new LayoutResult([TileOf(1, 160, 90), TileOf(2, 160, 90)], 0, 1));
        hints.Add(new LayoutResult([TileOf(1, 640, 360), TileOf(3, 1280, 720, isScreen: true)], 0, 1));

        hints.HintFor(1, 15).Height.ShouldBe(360);
        hints.HintFor(2, 15).Height.ShouldBe(90);
        hints.HintFor(2, 15).FramesPerSecond.ShouldBe(15);
        hints.HintFor(3, 15).ShouldBe(SendHint.Hidden);
        hints.Begin();
        hints.HintFor(1, 15).ShouldBe(SendHint.Hidden);
    }

    [Fact]
    public void Who_is_alone_is_hidden_and_who_is_watched_is_asked_for_the_whole_canvas()
    {
        var ana = _rig.Join("ana", ConferenceRig.Everything);
        _rig.Run(TimeSpan.FromMilliseconds(300));
        ana.Participant.SendHint.ShouldBe(SendHint.Hidden);

        _rig.Join("boris", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        _rig.Run(TimeSpan.FromMilliseconds(300));
        ana.Participant.SendHint.ShouldBe(SendHint.ForTile(640, 360, 15));
        _rig.Hints.Select(hint => hint.Hint).ShouldBe([SendHint.Hidden, SendHint.ForTile(640, 360, 15)]);
    }

    [Fact]
    public void A_muted_camera_and_one_on_another_page_are_hidden()
    {
        var ana = _rig.Join("ana", ConferenceRig.Everything);
        var boris = _rig.Join("boris", ConferenceRig.Everything);
        _rig.Run(TimeSpan.FromMilliseconds(300));
        boris.Participant.SendHint.ShouldBe(SendHint.ForTile(640, 360, 15));

        _rig.Conference.Mute(boris.Participant, video: true, MutedBy.Room);
        _rig.Run(TimeSpan.FromMilliseconds(200));
        boris.Participant.SendHint.ShouldBe(SendHint.Hidden);
        ana.Participant.SendHint.ShouldNotBe(SendHint.Hidden);
    }

    [Fact]
    public void Who_becomes_visible_is_asked_for_a_keyframe_at_once()
    {
        var ana = _rig.Join("ana", ConferenceRig.Everything);
        _rig.Run(TimeSpan.FromMilliseconds(500));
        var before = ana.KeyframeRequests;
        _rig.Join("boris", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        for (var waited = 0; ana.Participant.SendHint == SendHint.Hidden; waited++)
        {
            waited.ShouldBeLessThan(200);
            _rig.Run(TimeSpan.FromMilliseconds(1));
        }

        ana.KeyframeRequests.ShouldBe(before + 1);
    }

    private static Tile TileOf(long source, int width, int height, bool isScreen = false) =>
        new(source, isScreen, new PixelRect(0, 0, width, height), FitMode.Crop, 0);
}
