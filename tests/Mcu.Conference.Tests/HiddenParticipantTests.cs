namespace Mcu.Conference.Tests;

/// <summary>A recorder takes what others share, and nobody is told of it.</summary>
[Collection(Alone.Name)]
public sealed class HiddenParticipantTests
{
    [Fact]
    public void Nobody_is_told_of_a_hidden_participant()
    {
        using var rig = new ConferenceRig();
        var a = rig.Join("a", ConferenceRig.Everything);
        using var recorder = new TestMember(rig.Codecs, 440, ConferenceRig.WatchOnly, seed: 9);
        rig.Events.Clear();

        var hidden = rig.Conference.JoinHidden("recorder", recorder, rig.Scheduler.Now);
        recorder.Participant = hidden;
        rig.Run(TimeSpan.FromSeconds(1));
        rig.Conference.Leave(hidden, "stopped", rig.Scheduler.Now);

        rig.Events.ShouldAllBe(e => !e.Contains("recorder"));
        rig.Conference.Participants.ShouldBe([a.Participant]);
        rig.Conference.Describe().Participants.Count.ShouldBe(1);
        rig.Conference.Find("recorder").ShouldBeNull();
        rig.Conference.Find(hidden.Number).ShouldBeNull();
    }

    [Fact]
    public void A_hidden_participant_hears_all_and_shares_the_picture_of_who_watches()
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything, toneHz: 500);
        rig.Join("b", ConferenceRig.Everything, toneHz: 900);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1));
        var encodes = rig.Conference.Describe().Renditions.Count;

        using var recorder = new TestMember(rig.Codecs, 440, ConferenceRig.WatchOnly, seed: 9);
        recorder.Participant = rig.Conference.JoinHidden("recorder", recorder, rig.Scheduler.Now);
        rig.Run(TimeSpan.FromSeconds(1));

        rig.Conference.Describe().Renditions.Count.ShouldBe(encodes, "it costs no encode of its own");
        recorder.VideoFrames[0].IsKeyframe.ShouldBeTrue();
        recorder.VideoFrames.ShouldBeSubsetOf(watcher.VideoFrames);
        recorder.AudioFrames.ShouldBe(50);
        recorder.PayloadsHeard.ShouldBe(watcher.PayloadsHeard[^50..]);
        rig.Conference.Leave(recorder.Participant, "stopped", rig.Scheduler.Now);
    }

    [Fact]
    public void A_hidden_participant_takes_no_place_in_a_full_conference_and_keeps_it_running_alone()
    {
        using var rig = new ConferenceRig(new ConferenceOptions { MaxParticipants = 1 });
        using var recorder = new TestMember(rig.Codecs, 440, ConferenceRig.ListenOnly, seed: 9);
        recorder.Participant = rig.Conference.JoinHidden("recorder", recorder, rig.Scheduler.Now);
        rig.Join("a", ConferenceRig.AudioOnly);
        Should.Throw<ConferenceFullException>(() => rig.Join("b", ConferenceRig.AudioOnly));

        rig.Leave(rig.Conference.Participants.Select(p => (TestMember)p.Leg).Single());
        rig.Run(TimeSpan.FromSeconds(1));

        rig.Events.ShouldContain("left a (left)");
        recorder.AudioFrames.ShouldBeInRange(49, 51);
        rig.Conference.Leave(recorder.Participant, "stopped", rig.Scheduler.Now);
        rig.Conference.Run(rig.Scheduler.Now).ShouldBe(Mcu.Media.MediaTime.Never);
    }
}
