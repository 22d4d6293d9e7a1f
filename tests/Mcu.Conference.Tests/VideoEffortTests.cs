namespace Mcu.Conference.Tests;

public class VideoEffortTests
{
    private static readonly ConferenceOptions s_options = new();

    [Fact]
    public void The_first_step_is_what_was_asked_for()
    {
        var effort = VideoEffort.At(VideoEffort.AsAsked, s_options);

        (effort.Width, effort.Height, effort.FramesPerSecond).ShouldBe((1280, 720, 30));
        (effort.Speed, effort.BitrateBps).ShouldBe((s_options.VideoSpeed, s_options.VideoBitrateBps));
    }

    [Fact]
    public void Each_step_gives_up_something_and_costs_less()
    {
        static double Cost(VideoEffort e) =>
            (double)e.Width * e.Height * e.FramesPerSecond * (11 - e.Speed) * (e.MaxPersonalViews + 1) * (e.SpeakerOnly ? 1 : 2);

        for (var step = 0; step < VideoEffort.LastStep; step++)
        {
            Cost(VideoEffort.At(step + 1, s_options)).ShouldBeLessThan(Cost(VideoEffort.At(step, s_options)), $"step {step + 1}");
        }
    }

    [Fact]
    public void Each_step_has_its_cost()
    {
        VideoEffort.StepCosts.Count.ShouldBe(VideoEffort.LastStep + 1);
        VideoEffort.StepCosts.ShouldBe(VideoEffort.StepCosts.OrderDescending());
    }

    [Fact]
    public void The_order_is_effort_frames_size_views_tiles()
    {
        VideoEffort[] steps = [.. Enumerable.Range(0, VideoEffort.LastStep + 1).Select(step => VideoEffort.At(step, s_options))];

        steps[2].Speed.ShouldBe(10);
        steps[2..6].Select(e => e.FramesPerSecond).ShouldBe([30, 20, 15, 10]);
        steps[..6].ShouldAllBe(e => e.Width == 1280);
        steps[6..].ShouldAllBe(e => e.Width == 640 && e.Height == 360);
        steps[..7].ShouldAllBe(e => e.MaxPersonalViews == s_options.MaxPersonalViews);
        steps[7..].ShouldAllBe(e => e.MaxPersonalViews == 0);
        steps[..8].ShouldAllBe(e => !e.SpeakerOnly);
        steps[8].SpeakerOnly.ShouldBeTrue();
    }

    [Fact]
    public void Small_and_slow_conferences_stay_within_their_ranges()
    {
        var small = new ConferenceOptions
        {
            CanvasWidth = 320,
            CanvasHeight = 180,
            FramesPerSecond = 5,
            VideoSpeed = 0,
        };
        for (var step = 0; step <= VideoEffort.LastStep; step++)
        {
            var effort = VideoEffort.At(step, small);
            (effort.Width, effort.Height, effort.FramesPerSecond).ShouldBe((320, 180, 5));
            effort.Speed.ShouldBeInRange(0, 10);
        }
    }
}
