namespace Mcu.Conference.Tests;

/// <summary>What a participant receives that wants less.</summary>
public sealed class ReceiveLimitTests : IDisposable
{
    private readonly ConferenceRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Audio_only_ends_the_picture_and_not_the_sound()
    {
        var (ana, boris) = (_rig.Join("ana", ConferenceRig.Everything), _rig.Join("boris", ConferenceRig.Everything));
        _rig.Run(TimeSpan.FromMilliseconds(500));
        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.AudioOnly);
        _rig.Run(TimeSpan.FromMilliseconds(200));
        var (frames, sounds) = (ana.VideoFrames.Count, ana.AudioFrames);

        _rig.Run(TimeSpan.FromSeconds(1));

        ana.VideoFrames.Count.ShouldBe(frames);
        ana.AudioFrames.ShouldBeGreaterThan(sounds + 45);
        ana.Participant.Picture.ShouldBeNull();
        boris.Participant.Picture.ShouldNotBeNull().Height.ShouldBe(360);
        _rig.Conference.Describe().Renditions.ShouldHaveSingleItem().Subscribers.ShouldBe(1);
    }

    [Fact]
    public void The_picture_comes_back_with_a_keyframe()
    {
        var ana = _rig.Join("ana", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        _rig.Join("boris", ConferenceRig.Everything);
        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.AudioOnly);
        _rig.Run(TimeSpan.FromMilliseconds(500));
        ana.VideoFrames.ShouldBeEmpty();

        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.Full);
        _rig.Run(TimeSpan.FromMilliseconds(500));
        ana.VideoFrames[0].IsKeyframe.ShouldBeTrue();
    }

    [Fact]
    public void What_it_sends_is_seen_as_before()
    {
        var (ana, boris) = (_rig.Join("ana", ConferenceRig.Everything), _rig.Join("boris", ConferenceRig.Everything));
        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.AudioOnly);
        _rig.Run(TimeSpan.FromSeconds(1));
        ana.Participant.ShowsCamera.ShouldBeTrue();
        ana.Participant.SendHint.ShouldBe(SendHint.ForTile(640, 360, 15));
        boris.Participant.SendHint.ShouldBe(SendHint.Hidden, "nobody looks at who is alone with a listener");
    }

    [Fact]
    public void The_roster_hears_of_it_once()
    {
        var ana = _rig.Join("ana", ConferenceRig.ListenOnly, talks: false);
        _rig.Events.Clear();
        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.SaveData);
        _rig.Conference.SetReceiveLimit(ana.Participant, ReceiveLimit.SaveData);
        _rig.Events.ShouldBe(["updated ana"]);
    }

    [Fact]
    public void Missing_sound_is_counted()
    {
        var ana = _rig.Join("ana", ConferenceRig.AudioOnly);
        _rig.Join("boris", ConferenceRig.ListenOnly, talks: false);
        _rig.Run(TimeSpan.FromSeconds(1));
        var before = ana.Participant.Sound.ShouldNotBeNull();
        before.Played.ShouldBeInRange(40 * 960, 52 * 960);
        before.Concealed.ShouldBe(0);

        ana.PacketsToLose = 3;
        _rig.Run(TimeSpan.FromSeconds(1));
        var after = ana.Participant.Sound.ShouldNotBeNull();
        (after.Concealed - before.Concealed).ShouldBeGreaterThanOrEqualTo(1);
        (after.Played - before.Played).ShouldBeInRange(45 * 960, 52 * 960);
    }
}
