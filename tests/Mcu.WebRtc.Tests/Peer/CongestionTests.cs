using Mcu.Media;
using Mcu.Rtp.Congestion;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Network;
using Mcu.WebRtc.Peer;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Peer;

/// <summary>What a peer sends and when: over whole calls, with real packets and reports.</summary>
public sealed class CongestionTests
{
    private static readonly TimeSpan s_oneWay = TimeSpan.FromMilliseconds(40);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Sound_passes_while_video_is_three_times_what_the_line_carries(int seed)
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = s_oneWay, RateBps = 200_000 }, seed);
        call.Negotiate();
        call.RunFor(5);
        var before = call.Client.AudioFrames.Count;
        call.RunFor(20);

        var network = call.Server.Peer.NetworkAt(call.Now);
        network.TargetBps!.Value.ShouldBeInRange(100_000, 220_000);
        (call.Client.AudioFrames.Count - before).ShouldBeGreaterThan(970); // of 1000
        var late = call.Client.AudioFrames.Where(frame => frame.Value > MediaTime.FromMilliseconds(6000)).ToList();
        var waits = late.Select(frame => (frame.Value - MediaTime.FromMilliseconds(1 + (frame.Key * 20))).TotalMilliseconds)
            .Order()
            .ToList();
        waits[waits.Count * 95 / 100].ShouldBeLessThan(s_oneWay.TotalMilliseconds + 175);
        call.Server.KeyframeRequests.ShouldBeGreaterThan(0); // what was dropped cannot be decoded on
    }

    [Fact]
    public void What_is_demanded_is_proved_with_padding_that_disturbs_nothing()
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = s_oneWay });
        call.Server.Peer.SetDemand(2_000_000, call.Now);
        call.Negotiate();
        call.RunFor(4);

        call.Server.Peer.NetworkAt(call.Now).TargetBps!.Value.ShouldBeInRange(2_000_000, 2_500_000);
        var padding = call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.BytesOfPadding;
        padding.ShouldBeInRange(1, 60_000);
        call.Client.VideoFrames.Count.ShouldBeGreaterThan(85);
        call.Server.KeyframeRequests.ShouldBe(0);
        call.RunFor(10);
        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.BytesOfPadding.ShouldBe(padding);
    }

    [Fact]
    public void Nobody_is_sent_padding_that_nobody_demanded()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(10);

        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.BytesOfPadding.ShouldBe(0);
        call.Client.VideoFrames.Count.ShouldBeGreaterThan(235);
        call.Server.KeyframeRequests.ShouldBe(0);
    }

    [Fact]
    public void A_peer_that_offers_no_more_than_its_own_estimate_is_sent_no_more_than_that()
    {
        var capabilities = LocalCapabilities.Default with { TransportCc = false };
        using var call = new TestCall(new BadNetworkOptions { Delay = s_oneWay }, server: new TestEnd(PeerRole.Server, 1, capabilities));
        call.Negotiate();
        call.RunFor(3);
        call.Server.Peer.NetworkAt(call.Now).TargetBps.ShouldBeNull();
        call.Client.VideoFrames.Count.ShouldBeGreaterThan(65);

        call.Client.Peer.SendBitrateEstimate(250_000, call.Now);
        call.RunFor(0.5);
        var sent = Sent(call);
        var sound = call.Client.AudioFrames.Count;
        call.RunFor(10);
        call.Server.Peer.NetworkAt(call.Now).TargetBps!.Value.ShouldBeInRange(240_000, 250_000);
        ((Sent(call) - sent) * 8 / 10.0).ShouldBeLessThan(250_000 * 2.5);
        (call.Client.AudioFrames.Count - sound).ShouldBeInRange(498, 502);
    }

    [Fact]
    public void A_new_path_is_measured_anew()
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = s_oneWay });
        call.Negotiate();
        call.RunFor(5);
        call.ClientAddress = TestCall.Mobile;
        call.ToClient.Options = call.ToClient.Options with { Delay = TimeSpan.FromMilliseconds(300) };
        call.Negotiate(iceRestart: true);
        call.RunFor(3);

        var network = call.Server.Peer.NetworkAt(call.Now);
        network.PathQueue.TotalMilliseconds.ShouldBeLessThan(20);
        network.State.ShouldNotBe(CongestionState.Decreasing);
    }

    [Theory]
    [InlineData(false, 1.5)]
    [InlineData(false, 4)]
    [InlineData(true, 0.3)]
    [InlineData(true, 1.5)]
    [InlineData(true, 4)]
    public void After_an_outage_the_picture_goes_on_with_a_keyframe_and_not_with_what_was_lost(bool onAnotherPath, double seconds)
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = s_oneWay });
        call.Negotiate();
        call.RunFor(8);
        var whole = call.ToClient.Options;
        call.ToClient.Options = call.ToServer.Options = whole with { Loss = 1 };
        call.RunFor(seconds);

        call.ToClient.Options = call.ToServer.Options = whole;
        if (onAnotherPath)
        {
            call.ClientAddress = TestCall.Mobile;
            call.Negotiate(iceRestart: true);
        }

        var back = call.Now;
        var stream = call.Server.Peer.SendStreamOf(MediaPurpose.Video)!;
        var repairs = stream.PacketsRetransmitted;
        call.RunFor(3);
        var first = call.Client.VideoFrames.First(at => at > back);
        (first - back).TotalMilliseconds.ShouldBeLessThan(600);
        call.Client.VideoFrames.Count(at => at > back).ShouldBeGreaterThan(45); // of 75
        (stream.PacketsRetransmitted - repairs).ShouldBeLessThan(30); // of 150 or more that were lost: what was asked for before the first report
        call.Server.Peer.NetworkAt(call.Now).FractionLost.ShouldBeLessThan(0.05);
        call.Server.Peer.NetworkAt(call.Now).State.ShouldNotBe(CongestionState.TryingLoss);
    }

    private static long Sent(TestCall call) =>
        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.BytesSent + call.Server.Peer.SendStreamOf(MediaPurpose.Audio)!.BytesSent;
}
