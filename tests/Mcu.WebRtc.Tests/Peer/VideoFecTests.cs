using Mcu.Media;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Network;
using Mcu.WebRtc.Peer;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Peer;

public class VideoFecTests(ITestOutputHelper output)
{
    private const double Seconds = 60;
    private static readonly LocalCapabilities s_without = LocalCapabilities.Default with { VideoFec = false };

    private static TestCall NewCall(double loss, double roundTripMs, int seed, bool withFec = true, double burst = 1)
    {
        var network = new BadNetworkOptions
        {
            Delay = TimeSpan.FromMilliseconds(roundTripMs / 2),
            Loss = loss,
            LossBurst = burst,
        };
        var server = new TestEnd(PeerRole.Server, seed, withFec ? null : s_without);
        return new TestCall(network, seed, server);
    }

    /// <summary>How long the picture stood still in all, beyond 100 ms each time, once FEC has had time to begin.</summary>
    private static TimeSpan Frozen(TestEnd end)
    {
        var frozen = TimeSpan.Zero;
        var arrivals = end.VideoFrames.Where(at => at > MediaTime.FromMilliseconds(10_000)).ToList();
        for (var i = 1; i < arrivals.Count; i++)
        {
            var gap = arrivals[i] - arrivals[i - 1] - TimeSpan.FromMilliseconds(100);
            frozen += gap > TimeSpan.Zero ? gap : TimeSpan.Zero;
        }

        return frozen;
    }

    [Theory]
    [InlineData(0.05, 1, 4.0, 0.98)]
    [InlineData(0.1, 1, 1.8, 1.0)]
    [InlineData(0.1, 2, 1.2, 1.0)]
    [InlineData(0.2, 1, 1.0, 1.4)] // so much is lost that half of the bits in FEC save the keyframes, but not every pause
    public void Where_a_repair_takes_long_the_picture_stands_still_for_less_time(double loss, double burst, double freezes, double frames)
    {
        var (with, without) = (TimeSpan.Zero, TimeSpan.Zero);
        var (framesWith, framesWithout) = (0, 0);
        for (var seed = 1; seed <= 3; seed++)
        {
            using var guarded = NewCall(loss, 300, seed, burst: burst);
            using var plain = NewCall(loss, 300, seed, withFec: false, burst: burst);
            foreach (var call in new[] { guarded, plain })
            {
                call.Negotiate();
                call.RunFor(Seconds);
            }

            plain.Server.Peer.SendStreamOf(MediaPurpose.Video)!.FecPacketsSent.ShouldBe(0);
            foreach (var end in new[] { guarded.Server, guarded.Client })
            {
                var stream = end.Peer.SendStreamOf(MediaPurpose.Video)!;
                stream.FecBytesSent.ShouldBeInRange(1, stream.BytesSent * 4 / 10); // half of the media's
                end.Peer.ReceiveStreamOf(MediaPurpose.Video)!.PacketsRestoredByFec.ShouldBeGreaterThan(20);
            }

            with += Frozen(guarded.Server) + Frozen(guarded.Client);
            without += Frozen(plain.Server) + Frozen(plain.Client);
            framesWith += guarded.Client.VideoFrames.Count + guarded.Server.VideoFrames.Count;
            framesWithout += plain.Client.VideoFrames.Count + plain.Server.VideoFrames.Count;
            output.WriteLine(
                $"loss {loss} burst {burst} seed {seed}: frozen {Frozen(guarded.Client)} with, {Frozen(plain.Client)} without; "
                    + $"frames {guarded.Client.VideoFrames.Count} and {plain.Client.VideoFrames.Count}; "
                    + $"FEC packets {guarded.Server.Peer.SendStreamOf(MediaPurpose.Video)!.FecPacketsSent} of "
                    + $"{guarded.Server.Peer.SendStreamOf(MediaPurpose.Video)!.PacketsSent}"
            );
        }

        without.ShouldBeGreaterThan(with * freezes);
        framesWith.ShouldBeGreaterThan((int)(framesWithout * frames));
    }

    [Theory]
    [InlineData(0, 300)]
    [InlineData(0.05, 40)]
    public void Where_nothing_is_lost_or_a_repair_is_in_time_there_is_no_fec(double loss, double roundTripMs)
    {
        using var call = NewCall(loss, roundTripMs, 5);
        call.Negotiate();
        call.RunFor(20);
        foreach (var end in new[] { call.Server, call.Client })
        {
            end.Peer.SendStreamOf(MediaPurpose.Video)!.FecPacketsSent.ShouldBe(0);
            end.Peer.SendStreamOf(MediaPurpose.Video)!.ProtectionRate.ShouldBe(0);
            end.VideoFrames.Count.ShouldBeGreaterThan(400);
        }
    }

    [Fact]
    public void Lost_fec_packets_hold_no_frame_up_and_cost_no_keyframe()
    {
        using var call = NewCall(0, 300, 6);
        call.Negotiate();
        call.RunFor(2);
        call.ToServer.Options = call.ToServer.Options with { Loss = 0.06 };
        call.RunFor(Seconds);
        call.Client.Peer.SendStreamOf(MediaPurpose.Video)!.ProtectionRate.ShouldBeInRange(0.2, 0.5);
        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.ProtectionRate.ShouldBe(0); // its own way is good
        call.Client.KeyframeRequests.ShouldBeLessThanOrEqualTo(2);
        call.Server.VideoFrames.Count.ShouldBeGreaterThan((int)(Seconds * 25 * 0.97));
    }
}
