using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.TestKit.Video;

namespace Mcu.Conference.Tests;

[Collection(Alone.Name)]
public sealed class VideoConferenceTests
{
    [Fact]
    public void A_watcher_sees_every_sender_in_his_tile()
    {
        using var rig = new ConferenceRig();
        var a = rig.Join("a", ConferenceRig.Everything with { SendsAudio = false });
        var b = rig.Join("b", ConferenceRig.Everything with { SendsAudio = false });
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);

        rig.Run(TimeSpan.FromSeconds(2));

        watcher.Seen.ShouldNotBeNull();
        TilesOf(watcher.Seen, [a, b]).ShouldAllBe(ssim => ssim > 0.8);
    }

    [Fact]
    public void Who_is_visible_gets_a_view_without_himself_and_the_others_share_one()
    {
        using var rig = new ConferenceRig();
        var a = rig.Join("a", ConferenceRig.Everything);
        var b = rig.Join("b", ConferenceRig.Everything);
        for (var i = 0; i < 5; i++)
        {
            rig.Join($"watcher {i}", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        }

        rig.Run(TimeSpan.FromSeconds(2));

        rig.Conference.Describe().Renditions.Count.ShouldBe(3);
        var expected = b.PictureSent(VideoFramePool.Shared, b.FramesSent - 3);
        BestMatch(a.Seen!, new PixelRect(0, 0, a.Seen!.Width, a.Seen.Height), b).ShouldBeGreaterThan(0.7);
        expected.Release();
    }

    [Fact]
    public void Reduced_video_goes_on_slower_and_smaller_and_comes_back()
    {
        var options = new ConferenceOptions { FramesPerSecond = 15, VideoBitrateBps = 800_000 };
        using var rig = new ConferenceRig(options with { CanvasWidth = 640, CanvasHeight = 360 });
        rig.Join("a", ConferenceRig.Everything);
        rig.Join("b", ConferenceRig.Everything);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1.5));
        watcher.Seen!.Width.ShouldBe(640);

        rig.Scheduler.VideoReduction = 5;
        var before = watcher.VideoFrames.Count;
        rig.Run(TimeSpan.FromSeconds(2));
        (watcher.VideoFrames.Count - before).ShouldBeInRange(9, 11);

        rig.Scheduler.VideoReduction = 7;
        rig.Run(TimeSpan.FromSeconds(1.5));
        watcher.Seen!.Width.ShouldBe(320);
        rig.Conference.Describe().Renditions.Count.ShouldBe(1, "nobody has a view of his own");

        rig.Scheduler.VideoReduction = VideoEffort.AsAsked;
        before = watcher.VideoFrames.Count;
        rig.Run(TimeSpan.FromSeconds(2));
        watcher.Seen!.Width.ShouldBe(640);
        (watcher.VideoFrames.Count - before).ShouldBeInRange(28, 31);
        rig.Conference.Describe().Renditions.Count.ShouldBe(3);
    }

    [Theory]
    [InlineData(5, 13)] // now and then one is left out, when the delay has grown to half a frame
    [InlineData(40, 7)] // every second one
    public void A_frame_that_ends_late_delays_the_next_one_before_it_costs_one(int lateMs, int frames)
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1));
        var before = watcher.VideoFrames.Count;

        rig.Scheduler.JobTime = TimeSpan.FromSeconds(1.0 / rig.Options.FramesPerSecond) + TimeSpan.FromMilliseconds(lateMs);
        rig.Run(TimeSpan.FromSeconds(1));

        (watcher.VideoFrames.Count - before).ShouldBeInRange(frames, frames + 1);
    }

    [Fact]
    public void Who_leaves_before_his_first_picture_costs_no_encode()
    {
        using var rig = new ConferenceRig();
        var visitor = rig.Join("visitor", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Scheduler.HoldJobs = true;
        rig.Run(TimeSpan.FromMilliseconds(200));
        var rendition = visitor.Participant.Video.Next.ShouldNotBeNull();
        rig.Leave(visitor);

        rig.Scheduler.RunHeld();

        rendition.FramesEncoded.ShouldBe(0);
        visitor.Dispose();
    }

    [Fact]
    public void Codecs_of_one_view_are_encoded_side_by_side()
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything with { ReceiveVideoCodec = null });
        var one = rig.Join("vp8", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        var other = rig.Join(
            "h264",
            ConferenceRig.WatchOnly with
            {
                ReceiveVideoCodec = VideoCodec.H264,
            },
            role: ParticipantRole.Viewer,
            talks: false
        );
        rig.Run(TimeSpan.FromSeconds(1));
        var (before, otherBefore) = (one.VideoFrames.Count, other.VideoFrames.Count);

        rig.Run(TimeSpan.FromSeconds(1));

        (one.VideoFrames.Count - before).ShouldBeInRange(14, 16);
        (other.VideoFrames.Count - otherBefore).ShouldBeInRange(14, 16);
    }

    [Fact]
    public void A_joiner_starts_with_a_keyframe_and_the_others_do_not_get_more_than_one()
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything);
        var first = rig.Join("w1", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(2));
        var before = first.VideoFrames.Count(f => f.IsKeyframe);

        TestMember[] joiners =
        [
            .. Enumerable.Range(0, 5).Select(i => rig.Join($"j{i}", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false)),
        ];
        rig.Run(TimeSpan.FromSeconds(1));

        joiners.ShouldAllBe(j => j.VideoFrames.Count > 5 && j.VideoFrames[0].IsKeyframe);
        first.VideoFrames.Count(f => f.IsKeyframe).ShouldBe(before + 1);
    }

    [Fact]
    public void A_canvas_that_does_not_change_is_not_encoded_once_it_is_sharp()
    {
        using var rig = new ConferenceRig();
        rig.Join("silent", ConferenceRig.AudioOnly, talks: false);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1.5));
        var before = watcher.VideoFrames.Count;

        rig.Run(TimeSpan.FromSeconds(2));

        before.ShouldBeGreaterThan(0);
        watcher.VideoFrames.Count.ShouldBe(before);
    }

    [Fact]
    public void Pictures_that_nobody_sees_are_not_decoded()
    {
        using var rig = new ConferenceRig();
        var shown = rig.Join("shown", ConferenceRig.Everything);
        var hidden = rig.Join("hidden", ConferenceRig.Everything with { ReceiveVideoCodec = null });
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Conference.SetRoomLayout(Mixing.Video.LayoutKind.Single, shown.Participant.Number);
        rig.Conference.SetView(shown.Participant, shown.Participant.ViewChoice with { SelfView = true });

        rig.Run(TimeSpan.FromSeconds(2));

        var report = rig.Conference.Describe();
        report.Participants.Single(p => p.Name == "shown").Camera!.FramesDecoded.ShouldBeGreaterThan(10);
        report.Participants.Single(p => p.Name == "hidden").Camera!.FramesDecoded.ShouldBe(0);
        watcher.Seen.ShouldNotBeNull();
        hidden.KeyframeRequests.ShouldBe(0);
    }

    [Fact]
    public void Nobody_freezes_when_others_come_and_go()
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1));

        for (var i = 0; i < 4; i++)
        {
            var guest = rig.Join($"guest {i}", ConferenceRig.Everything);
            rig.Run(TimeSpan.FromMilliseconds(700));
            rig.Leave(guest);
            guest.Dispose();
            rig.Run(TimeSpan.FromMilliseconds(500));
        }

        LongestGap(watcher).ShouldBeLessThan(TimeSpan.FromMilliseconds(300));
    }

    [Fact]
    public void Overloaded_video_threads_cost_frames_and_never_sound()
    {
        using var rig = new ConferenceRig();
        rig.Join("a", ConferenceRig.Everything);
        var watcher = rig.Join("watcher", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Run(TimeSpan.FromSeconds(1));
        var soundBefore = watcher.AudioFrames;

        rig.Scheduler.HoldJobs = true;
        rig.Run(TimeSpan.FromSeconds(1));
        (watcher.AudioFrames - soundBefore).ShouldBe(50);
        rig.Scheduler.HoldJobs = false;
        rig.Scheduler.RunHeld();
        var framesBefore = watcher.VideoFrames.Count;
        rig.Run(TimeSpan.FromSeconds(2));

        (watcher.VideoFrames.Count - framesBefore).ShouldBeGreaterThan(15);
    }

    [Fact]
    public void Everything_is_given_back_when_the_last_one_leaves()
    {
        var framesBefore = VideoFramePool.Shared.Outstanding;
        var buffersBefore = Media.Memory.BufferPool.Shared.Outstanding;
        using (var rig = new ConferenceRig())
        {
            rig.Join("a", ConferenceRig.Everything);
            rig.Join("b", ConferenceRig.Everything);
            rig.Run(TimeSpan.FromSeconds(1));
        }

        VideoFramePool.Shared.Outstanding.ShouldBe(framesBefore);
        Media.Memory.BufferPool.Shared.Outstanding.ShouldBe(buffersBefore);
    }

    [Fact]
    public void A_view_that_is_composed_while_the_last_one_leaves_is_given_back()
    {
        var framesBefore = VideoFramePool.Shared.Outstanding;
        using var rig = new ConferenceRig();
        var last = rig.Join("last", ConferenceRig.WatchOnly, role: ParticipantRole.Viewer, talks: false);
        rig.Scheduler.HoldJobs = true;
        rig.Run(TimeSpan.FromMilliseconds(200));

        rig.Leave(last);
        rig.Scheduler.RunHeld();
        rig.Run(TimeSpan.FromMilliseconds(1));

        VideoFramePool.Shared.Outstanding.ShouldBe(framesBefore);
    }

    private static TimeSpan LongestGap(TestMember member) =>
        member.VideoFrames.Zip(member.VideoFrames.Skip(1), (a, b) => b.Time - a.Time).Max();

    private static List<double> TilesOf(VideoFrame composite, TestMember[] members)
    {
        var layout = Mixing.Video.Layout.Arrange(
            new Mixing.Video.LayoutInput(
                composite.Width,
                composite.Height,
                Mixing.Video.LayoutKind.Grid,
                [.. members.Select(m => new Mixing.Video.LayoutParticipant(m.Participant.Number))]
            )
        );
        return [.. layout.Tiles.Select((tile, i) => BestMatch(composite, tile.Area, members[i]))];
    }

    /// <summary>SSIM of a tile's middle against the best of the pictures its member sent last, fitted as the layout says: cropped.</summary>
    private static double BestMatch(VideoFrame composite, PixelRect tile, TestMember member)
    {
        var best = 0.0;
        var scaler = new Codecs.NativeCodecFactory().Scaler;
        for (var index = Math.Max(member.FramesSent - 8, 0); index < member.FramesSent; index++)
        {
            var sent = member.PictureSent(VideoFramePool.Shared, index);
            var expected = VideoFramePool.Shared.Rent(composite.Width, composite.Height);
            expected.Fill(16, 128, 128);
            scaler.Scale(sent, CropOf(sent, tile), VideoRotation.None, expected, tile);
            var middle = new PixelRect(tile.X + (tile.Width / 4), tile.Y + (tile.Height / 4), tile.Width / 2, tile.Height / 2);
            best = Math.Max(best, PictureQuality.Ssim(expected, composite, middle));
            sent.Release();
            expected.Release();
        }

        return best;
    }

    /// <summary>The middle of a picture that has the shape of its tile, in even pixels.</summary>
    private static PixelRect CropOf(VideoFrame picture, PixelRect tile)
    {
        var width = Math.Min(picture.Width, (int)Math.Round((double)picture.Height * tile.Width / tile.Height)) & ~1;
        var height = Math.Min(picture.Height, (int)Math.Round((double)picture.Width * tile.Height / tile.Width)) & ~1;
        return new PixelRect((picture.Width - width) / 2 & ~1, (picture.Height - height) / 2 & ~1, width, height);
    }
}
