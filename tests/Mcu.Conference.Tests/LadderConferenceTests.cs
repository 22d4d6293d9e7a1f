using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>Participants on the rungs that their networks carry, with real codecs.</summary>
public sealed class LadderConferenceTests(ITestOutputHelper output)
{
    private static readonly ConferenceOptions s_options = new()
    {
        CanvasWidth = 640,
        CanvasHeight = 360,
        FramesPerSecond = 30,
        VideoBitrateBps = 800_000,
    };

    private static readonly TimeSpan s_longestFreeze = TimeSpan.FromMilliseconds(200);

    [Fact]
    public void A_network_that_goes_down_and_up_is_followed_over_both_codecs_without_a_freeze_or_damage()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        viewer.Carries(1_100_000);
        rig.Run(TimeSpan.FromSeconds(2));
        RungOf(rig, viewer).ShouldBe("360p30");

        foreach (var (carries, seconds, rung, width, codec) in Script())
        {
            viewer.Carries(carries);
            rig.Run(TimeSpan.FromSeconds(seconds));
            RungOf(rig, viewer).ShouldBe(rung);
            (viewer.Seen[^1].Width, viewer.Seen[^1].Codec).ShouldBe((width, codec), rung);
        }

        viewer.Seen.ShouldAllBe(frame => frame.Status == VideoDecodeStatus.Picture);
        viewer.KeyframeRequests.ShouldBe(0);
        LongestGap(viewer).ShouldBeLessThanOrEqualTo(s_longestFreeze);
        viewer
            .Seen.Select(frame => frame.Codec)
            .Aggregate("", (text, c) => text.EndsWith(c.ToString(), StringComparison.Ordinal) ? text : text + c)
            .ShouldBe("Vp8Vp9Vp8Vp9Vp8");

        static IEnumerable<(long, double, string, int, VideoCodec)> Script()
        {
            yield return (230_000, 2, "180p15 150k", 320, VideoCodec.Vp9);
            yield return (120_000, 2, "180p10 70k", 320, VideoCodec.Vp9);
            yield return (1_100_000, 4, "360p30", 640, VideoCodec.Vp8);
            yield return (62_000, 2, "90p10 25k", 160, VideoCodec.Vp9);
            yield return (900_000, 4, "360p15", 640, VideoCodec.Vp8);
        }
    }

    [Fact]
    public void Half_the_frames_come_without_another_encode_and_the_others_see_them_all()
    {
        using var rig = RoomOfThree();
        var fast = rig.Watch("fast", new LadderViewer());
        var half = rig.Watch("half", new LadderViewer());
        half.Carries(700_000);
        rig.Run(TimeSpan.FromSeconds(3));
        RungOf(rig, half).ShouldBe("360p15");
        var (fastBefore, halfBefore) = (fast.Seen.Count, half.Seen.Count);
        rig.Run(TimeSpan.FromSeconds(2));

        (fast.Seen.Count - fastBefore).ShouldBeInRange(59, 61);
        (half.Seen.Count - halfBefore).ShouldBeInRange(29, 31);
        half.Seen.Concat(fast.Seen).ShouldAllBe(frame => frame.Status == VideoDecodeStatus.Picture);
        rig.Conference.Describe()
            .Renditions.Count(r => r.View == rig.Conference.Describe().Participants.Single(p => p.Name == "fast").SeesView)
            .ShouldBe(1);

        half.Carries(1_300_000);
        rig.Run(TimeSpan.FromSeconds(3));
        var keyframes = half.Seen.Count(frame => frame.IsKeyframe);
        RungOf(rig, half).ShouldBe("360p30");
        keyframes.ShouldBe(1, "the change of frames alone needs no keyframe");
        LongestGap(half).ShouldBeLessThan(TimeSpan.FromMilliseconds(80));
    }

    [Fact]
    public void What_protects_pictures_comes_out_of_their_share()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        viewer.Carries(1_100_000);
        rig.Run(TimeSpan.FromSeconds(2));
        RungOf(rig, viewer).ShouldBe("360p30");

        viewer.Network = viewer.Network with { VideoProtection = 0.5 };
        rig.Run(TimeSpan.FromSeconds(2));
        RungOf(rig, viewer).ShouldBe("360p15");
    }

    [Fact]
    public void Rungs_are_encoded_only_while_somebody_is_on_them()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        var other = rig.Watch("other", new LadderViewer());
        rig.Run(TimeSpan.FromSeconds(1));
        Rungs(rig).ShouldBe(["360p30"]);

        viewer.Carries(60_000 + 64_000);
        rig.Run(TimeSpan.FromSeconds(1));
        Rungs(rig).ShouldBe(["180p10 70k", "360p30"], ignoreOrder: true);

        other.Carries(64_000 + 64_000);
        rig.Run(TimeSpan.FromSeconds(1));
        Rungs(rig).ShouldBe(["180p10 70k"]);
        rig.Conference.Describe().Renditions.Single(r => r.Rung == "180p10 70k").Subscribers.ShouldBe(2);

        rig.Conference.SetReceiveLimit(viewer.Participant, ReceiveLimit.AudioOnly);
        rig.Conference.SetReceiveLimit(other.Participant, ReceiveLimit.AudioOnly);
        rig.Run(TimeSpan.FromSeconds(1));
        Rungs(rig).ShouldBeEmpty();
    }

    [Fact]
    public void A_line_that_breaks_down_is_not_flooded_while_the_keyframe_is_awaited()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        viewer.Carries(1_500_000);
        rig.Run(TimeSpan.FromSeconds(2));
        rig.Scheduler.HoldJobs = true; // no keyframe comes
        viewer.Carries(90_000);
        rig.Run(TimeSpan.FromMilliseconds(100));
        rig.Scheduler.HoldJobs = false;
        var before = rig.Scheduler.Now;
        rig.Scheduler.RunHeld();
        rig.Run(TimeSpan.FromSeconds(1));

        var bits = viewer.Sent.Where(sent => sent.At >= before - TimeSpan.FromMilliseconds(60)).Sum(sent => sent.Bytes * 8);
        bits.ShouldBeLessThan(90_000);
        viewer.Seen[^1].Width.ShouldBe(320);
    }

    [Fact]
    public void Demand_is_what_the_next_rungs_up_take_beside_the_sound()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        viewer.Carries(100_000);
        rig.Run(TimeSpan.FromSeconds(1));
        viewer.Demand.ShouldBeInRange(250_000, 400_000);
        rig.Conference.SetReceiveLimit(viewer.Participant, ReceiveLimit.AudioOnly);
        rig.Run(TimeSpan.FromSeconds(1));
        viewer.Demand.ShouldBeInRange(40_000, 70_000);
    }

    [Fact]
    public void Who_saves_data_or_wants_sound_alone_gets_it_and_can_change_his_mind()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        rig.Run(TimeSpan.FromSeconds(1));
        viewer.Seen[^1].Width.ShouldBe(640);

        rig.Conference.SetReceiveLimit(viewer.Participant, ReceiveLimit.SaveData);
        rig.Run(TimeSpan.FromSeconds(1));
        RungOf(rig, viewer).ShouldBe("180p15 150k");
        viewer.Seen[^1].Width.ShouldBe(320);

        rig.Conference.SetReceiveLimit(viewer.Participant, ReceiveLimit.AudioOnly);
        rig.Run(TimeSpan.FromSeconds(0.1));
        var frames = viewer.FramesSent.Count;
        rig.Run(TimeSpan.FromSeconds(2));
        RungOf(rig, viewer).ShouldBeNull();
        viewer.FramesSent.Count.ShouldBe(frames);

        rig.Conference.SetReceiveLimit(viewer.Participant, ReceiveLimit.Full);
        rig.Run(TimeSpan.FromSeconds(1));
        viewer.Seen[^1].Width.ShouldBe(640);
        rig.Conference.Describe().Participants.Single(p => p.Name == "viewer").Limit.ShouldBe(ReceiveLimit.Full);
    }

    [Fact]
    public void On_the_thinnest_line_there_are_still_pictures_of_who_speaks()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer());
        viewer.Carries(28_000);
        rig.Run(TimeSpan.FromSeconds(31));

        RungOf(rig, viewer).ShouldBe("still");
        viewer.Seen.ShouldAllBe(frame => frame.IsKeyframe && frame.Status == VideoDecodeStatus.Picture && frame.Width == 320);
        viewer.Seen.Count.ShouldBeInRange(6, 8);
        var later = viewer.Sent.Where(sent => sent.At > MediaTime.FromMilliseconds(7_000)).ToList();
        output.WriteLine(string.Join(", ", viewer.Sent.Select(sent => sent.Bytes)));
        (later.Sum(sent => sent.Bytes) * 8 / 25.0).ShouldBeLessThan(12_000);
    }

    /// <summary>Behind 100 kbit/s with 100 ms of round trip and 5 % loss, of which sound takes its part.</summary>
    [Fact]
    public void On_100_kbit_with_losses_pictures_move_and_faces_stay_recognisable()
    {
        using var rig = new ConferenceRig(new ConferenceOptions());
        foreach (var name in new[] { "a", "b", "c" })
        {
            rig.Join(name, ConferenceRig.Everything with { ReceiveVideoCodec = null });
        }

        var line = new BadNetworkOptions
        {
            Delay = TimeSpan.FromMilliseconds(50),
            Loss = 0.05,
            RateBps = 70_000,
        };
        var viewer = rig.Watch("viewer", new LadderViewer(line, seed: 5));
        viewer.Network = new LegNetwork(95_000, 0.05, TimeSpan.FromMilliseconds(100), TimeSpan.Zero);
        rig.Run(TimeSpan.FromSeconds(5));
        var (from, sent) = (viewer.Seen.Count, viewer.FramesSent.Count);
        viewer.MeasuresQuality = true;
        rig.Run(TimeSpan.FromSeconds(20));

        var late = viewer.Delays.Skip(from).Order().ToList();
        output.WriteLine(
            $"{RungOf(rig, viewer)}: {(viewer.Seen.Count - from) / 20.0} of {(viewer.FramesSent.Count - sent) / 20.0} frames/s, "
                + $"SSIM {viewer.Quality.Average():F3}, late p95 {late[late.Count * 95 / 100].TotalMilliseconds:F0} ms, "
                + $"{viewer.KeyframeRequests} keyframes asked for"
        );
        viewer.Seen.ShouldAllBe(frame => frame.Status == VideoDecodeStatus.Picture);
        ((viewer.Seen.Count - from) / 20.0).ShouldBeGreaterThan(8);
        viewer.Quality.Average().ShouldBeGreaterThan(0.87);
    }

    [Fact]
    public void A_participant_that_takes_one_codec_gets_it_on_every_rung()
    {
        using var rig = RoomOfThree();
        var viewer = rig.Watch("viewer", new LadderViewer { Media = ConferenceRig.WatchOnly });
        foreach (var carries in new long[] { 1_500_000, 200_000, 100_000, 70_000, 30_000 })
        {
            viewer.Carries(carries);
            rig.Run(TimeSpan.FromSeconds(1.5));
        }

        viewer.Seen.ShouldAllBe(frame => frame.Codec == VideoCodec.Vp8 && frame.Status == VideoDecodeStatus.Picture);
        viewer.Seen[^1].Width.ShouldBe(320, "the still");
    }

    private static ConferenceRig RoomOfThree()
    {
        var rig = new ConferenceRig(s_options);
        foreach (var name in new[] { "a", "b", "c" })
        {
            rig.Join(name, ConferenceRig.Everything with { ReceiveVideoCodec = null });
        }

        return rig;
    }

    private static string? RungOf(ConferenceRig rig, LadderViewer viewer) =>
        rig.Conference.Describe().Participants.Single(p => p.Id == viewer.Participant.Id).Picture?.Rung;

    private static List<string> Rungs(ConferenceRig rig) =>
        [.. rig.Conference.Describe().Renditions.Where(r => r.Subscribers > 0).Select(r => r.Rung)];

    private static TimeSpan LongestGap(LadderViewer viewer) => viewer.Seen.Zip(viewer.Seen.Skip(1), (a, b) => b.At - a.At).Max();
}
