using Mcu.Conference.Video;
using Mcu.Media.Codecs;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Tests;

public sealed class LadderTests
{
    private static Ladder LadderOf(ConferenceOptions options, int step = VideoEffort.AsAsked) => new(VideoEffort.At(step, options));

    [Fact]
    public void From_the_canvas_down_to_a_still_picture()
    {
        var rungs = LadderOf(new ConferenceOptions()).For(VideoCodec.Vp8);

        rungs
            .Select(rung => rung.Name)
            .ShouldBe([
                "720p30",
                "720p15",
                "360p30 500k",
                "360p15 300k",
                "180p15 150k",
                "180p10 70k",
                "180p10 35k",
                "90p10 25k",
                "90p5 16k",
                "still",
            ]);
        rungs.Select(rung => rung.Encoding.Shape.MaxTiles).ShouldBe([25, 25, 25, 25, 4, 4, 4, 1, 1, 1]);
        rungs.Select(rung => rung.Encoding.IsThrifty).ShouldBe([false, false, false, false, true, true, true, true, true, true]);
    }

    [Fact]
    public void The_lowest_with_pictures_that_move_fits_beside_sound_on_100_kbit_and_the_still_on_32()
    {
        var rungs = LadderOf(new ConferenceOptions()).For(VideoCodec.Vp8);

        var moving = rungs.Last(rung => rung.FramesPerSecond >= 8);
        moving.NeededBps(0.05).ShouldBeLessThan(60_000);
        rungs[^1].NeededBps(0.1).ShouldBeLessThan(12_000);
    }

    [Fact]
    public void H264_has_no_frames_to_leave_out()
    {
        var ladder = LadderOf(new ConferenceOptions());

        ladder.For(VideoCodec.H264).ShouldAllBe(rung => rung.TopLayer == Rung.AllLayers);
        LadderOf(new ConferenceOptions { VideoBitrateBps = 800_000 })
            .For(VideoCodec.H264)
            .Select(rung => rung.Name)
            .ShouldBe(["720p30", "360p30 500k", "180p15 150k", "180p10 70k", "180p10 35k", "90p10 25k", "90p5 16k", "still"]);
    }

    [Fact]
    public void A_canvas_upright_keeps_its_shape()
    {
        var rungs = LadderOf(new ConferenceOptions { CanvasWidth = 720, CanvasHeight = 1280 }).For(VideoCodec.Vp8);

        rungs
            .Select(rung => (rung.Encoding.Shape.Width, rung.Encoding.Shape.Height))
            .Distinct()
            .ShouldBe([(720, 1280), (360, 640), (180, 320), (90, 160)]);
    }

    /// <summary>Every canvas that options allow, under any load.</summary>
    [Fact]
    public void Whatever_the_canvas_rungs_are_worth_their_step_and_can_be_encoded()
    {
        int[] bitrates = [50_000, 100_000, 160_000, 400_000, 1_500_000, 4_000_000];
        foreach (var (width, height) in new[] { (320, 180), (640, 360), (640, 480), (1280, 720), (1920, 1080), (180, 320), (1920, 180) })
        {
            foreach (var fps in new[] { 5, 12, 15, 25, 30 })
            {
                foreach (var bitrate in bitrates)
                {
                    var options = new ConferenceOptions
                    {
                        CanvasWidth = Math.Max(width, 320),
                        CanvasHeight = Math.Max(height, 180),
                        FramesPerSecond = fps,
                        VideoBitrateBps = bitrate,
                    };
                    for (var step = 0; step <= VideoEffort.LastStep; step++)
                    {
                        Check(LadderOf(options, step).For(VideoCodec.Vp8), VideoEffort.At(step, options));
                        Check(LadderOf(options, step).For(VideoCodec.H264), VideoEffort.At(step, options));
                    }
                }
            }
        }
    }

    private static void Check(IReadOnlyList<Rung> rungs, VideoEffort effort)
    {
        rungs.Select(rung => rung.Name).ShouldBeUnique();
        rungs.Select(rung => rung.Id).ShouldBeUnique();
        rungs.Select(rung => rung.Id).ShouldBe(rungs.Select(rung => rung.Id).Order());
        rungs.Zip(rungs.Skip(1)).ShouldAllBe(pair => pair.Second.BitrateBps < pair.First.BitrateBps);
        rungs.Select(rung => rung.Encoding.Id).Distinct().Count().ShouldBeInRange(2, 9);
        rungs[^1].Encoding.IsStill.ShouldBeTrue();
        rungs.Count(rung => rung.Encoding.IsStill).ShouldBe(1);
        foreach (var rung in rungs)
        {
            var shape = rung.Encoding.Shape;
            shape.Width.ShouldBeInRange(64, effort.Width);
            shape.Height.ShouldBeInRange(64, effort.Height);
            ((shape.Width | shape.Height) & 1).ShouldBe(0);
            shape.MaxTiles.ShouldBeInRange(1, GridShape.MaxTiles);
            rung.FramesPerSecond.ShouldBeLessThanOrEqualTo(effort.FramesPerSecond);
            rung.Encoding.Settings.BitrateBps.ShouldBeGreaterThanOrEqualTo(15_000);
            rung.Encoding.Speed.ShouldBeInRange(0, 10);
            rung.LineBps.ShouldBeGreaterThan(rung.BitrateBps);
        }
    }
}
