using Mcu.Conference.Legs;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>What the others see while one has a bad network.</summary>
public sealed class KeyframeIsolationTests(ITestOutputHelper output)
{
    private static readonly ConferenceOptions s_options = new()
    {
        CanvasWidth = 640,
        CanvasHeight = 360,
        FramesPerSecond = 15,
        VideoBitrateBps = 400_000,
        MaxPersonalViews = 0,
    };

    [Fact]
    public void Losses_that_retransmission_repairs_cost_nobody_a_keyframe()
    {
        var network = new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(10), Loss = 0.2 };
        var (others, bad) = Run(new LadderViewer(network, seed: 3), TimeSpan.FromSeconds(20));
        var (alone, _) = Run(null, TimeSpan.FromSeconds(20));

        bad!.KeyframeRequests.ShouldBe(0);
        bad.Seen.Count.ShouldBeGreaterThan(280);
        others.FramesSent.ShouldBe(alone.FramesSent);
    }

    [Fact]
    public void Losses_beyond_repair_cost_the_others_a_few_keyframes_and_then_one_each_five_seconds()
    {
        // Half of the packets lost over a second of round trip: no repair is in time, and every keyframe loses packets too.
        var network = new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(500), Loss = 0.5 };
        var (others, bad) = Run(new LadderViewer(network, seed: 3), TimeSpan.FromSeconds(40));
        var (alone, _) = Run(null, TimeSpan.FromSeconds(40));

        var more = others.FramesSent.Count(f => f.IsKeyframe) - alone.FramesSent.Count(f => f.IsKeyframe);
        output.WriteLine($"{bad!.KeyframeRequests} requests, {more} keyframes");
        bad.KeyframeRequests.ShouldBeGreaterThan(20);
        more.ShouldBeInRange(3, 12);
        others.FramesSent.Count.ShouldBeInRange(alone.FramesSent.Count - 2, alone.FramesSent.Count + 2);
        bad.Participant.Video.RefusedKeyframes.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Who_has_a_rendition_for_himself_gets_the_keyframes_he_needs()
    {
        using var rig = Room();
        var network = new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(500), Loss = 0.5 };
        var bad = rig.Watch("bad", new LadderViewer(network, seed: 3));
        rig.Run(TimeSpan.FromSeconds(20));

        bad.Participant.Video.RefusedKeyframes.ShouldBe(0);
        bad.FramesSent.Count(f => f.IsKeyframe).ShouldBeGreaterThan(6);
        // At most one each second, however often he asks.
        var keyframes = bad.FramesSent.Where(f => f.IsKeyframe).Select(f => f.Time).ToList();
        keyframes.Zip(keyframes.Skip(1), (a, b) => b - a).Min().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void A_request_that_crosses_the_keyframe_on_its_way_is_no_request()
    {
        using var rig = Room();
        var viewer = rig.Watch("viewer", new LadderViewer(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(200) }));
        rig.Run(TimeSpan.FromMilliseconds(300));
        Conference.OnKeyframeRequest(viewer.Participant);
        rig.Run(TimeSpan.FromSeconds(3));
        viewer.FramesSent.Count(f => f.IsKeyframe).ShouldBe(1);

        Conference.OnKeyframeRequest(viewer.Participant);
        rig.Run(TimeSpan.FromSeconds(1));
        viewer.FramesSent.Count(f => f.IsKeyframe).ShouldBe(2);
    }

    [Fact]
    public void A_network_that_goes_down_and_up_changes_nothing_for_the_others_but_one_keyframe_at_its_return()
    {
        var (others, _) = Run(new LadderViewer(), TimeSpan.FromSeconds(20), Script);
        var (alone, _) = Run(null, TimeSpan.FromSeconds(20));

        others.FramesSent.Select(f => f.Time).ShouldBe(alone.FramesSent.Select(f => f.Time));
        (others.FramesSent.Count(f => f.IsKeyframe) - alone.FramesSent.Count(f => f.IsKeyframe)).ShouldBeLessThanOrEqualTo(1);

        static void Script(LadderViewer bad, double second) => bad.Carries(second is > 5 and < 12 ? 90_000 : 1_000_000);
    }

    [Fact]
    public void Better_pictures_wait_for_a_keyframe_that_others_do_not_pay_for_so_soon()
    {
        using var rig = Room();
        rig.Watch("other", new LadderViewer());
        var slow = rig.Watch("slow", new LadderViewer());
        slow.Carries(150_000);
        rig.Run(TimeSpan.FromSeconds(4));
        var late = rig.Watch("late", new LadderViewer());
        rig.Run(TimeSpan.FromMilliseconds(100));
        late.FramesSent.Count.ShouldBeGreaterThan(0, "who sees nothing yet is served at once");

        rig.Conference.SetReceiveLimit(slow.Participant, ReceiveLimit.Full);
        slow.Network = LegNetwork.Unlimited;
        rig.Run(TimeSpan.FromSeconds(1));
        late.FramesSent.Count(f => f.IsKeyframe).ShouldBe(1);
        rig.Run(TimeSpan.FromSeconds(2));
        late.FramesSent.Count(f => f.IsKeyframe).ShouldBe(2);
        slow.Seen[^1].Width.ShouldBe(640);
    }

    private static (LadderViewer Others, LadderViewer? Bad) Run(
        LadderViewer? bad,
        TimeSpan duration,
        Action<LadderViewer, double>? script = null
    )
    {
        using var rig = Room();
        var others = rig.Watch("other", new LadderViewer());
        for (var i = 0; i < 3; i++)
        {
            rig.Watch($"other {i}", new LadderViewer());
        }

        if (bad is not null)
        {
            rig.Watch("bad", bad);
        }

        var start = rig.Scheduler.Now;
        while (rig.Scheduler.Now - start < duration)
        {
            if (bad is not null)
            {
                script?.Invoke(bad, (rig.Scheduler.Now - start).TotalSeconds);
            }

            rig.Run(TimeSpan.FromMilliseconds(100));
        }

        return (others, bad);
    }

    private static ConferenceRig Room()
    {
        var rig = new ConferenceRig(s_options);
        foreach (var name in new[] { "a", "b" })
        {
            rig.Join(name, ConferenceRig.Everything with { ReceiveVideoCodec = null });
        }

        return rig;
    }
}
