using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.TestKit.Network;
using Mcu.WebRtc.Peer;
using Mcu.WebRtc.Tests.Dtls;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Peer;

public sealed class WebRtcPeerTests
{
    private static readonly BadNetworkOptions s_bad = new()
    {
        Delay = TimeSpan.FromMilliseconds(30),
        Jitter = TimeSpan.FromMilliseconds(200),
        JitterReorders = true,
        Loss = 0.2,
        Duplication = 0.02,
    };

    [Fact]
    public void A_call_connects_within_150_ms_and_audio_and_video_flow_both_ways()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(2);

        foreach (var end in new[] { call.Server, call.Client })
        {
            end.Peer.State.ShouldBe(PeerState.Connected);
            end.States[0].State.ShouldBe(PeerState.Connected);
            end.States[0].At.TotalMilliseconds.ShouldBeLessThan(190);
            end.AudioFrames.Count.ShouldBeInRange(85, 100);
            end.VideoFrames.Count.ShouldBeInRange(40, 50);
            end.KeyframeRequests.ShouldBe(0, end.VideoFrames[0].ToString());
            end.SenderReports.ShouldBeGreaterThan(0);
            end.Peer.SendStreamOf(MediaPurpose.Audio)!.LastReport.ExtendedHighestSequence.ShouldBeGreaterThan(0u);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_whole_call_goes_on_through_loss_of_a_fifth_200_ms_of_jitter_and_reordering(int seed)
    {
        using var call = new TestCall(s_bad, seed);
        call.Negotiate();
        call.RunFor(30);

        foreach (var end in new[] { call.Server, call.Client })
        {
            end.Peer.State.ShouldBeOneOf(PeerState.Connected, PeerState.Disconnected);
            var connected = end.States[0].At;
            connected.TotalMilliseconds.ShouldBeLessThan(10_000);
            var sent = (call.Now - connected).TotalSeconds * 50;
            (end.AudioFrames.Count / sent).ShouldBeInRange(0.74, 0.86);
            end.VideoFrames.Count.ShouldBeGreaterThan((int)(sent / 2 * 0.25), Story(end));
            LongestGap(end.VideoFrames).TotalMilliseconds.ShouldBeLessThan(2500, Story(end));
            LongestGap([.. end.AudioFrames.Values.Order()]).TotalMilliseconds.ShouldBeLessThan(400);
        }
    }

    [Theory]
    [InlineData(0, 0.65, 0.75)]
    [InlineData(1, 0.86, 0.95)]
    [InlineData(2, 0.95, 0.99)]
    [InlineData(3, 0.98, 1)]
    public void Sound_that_is_sent_once_more_survives_a_loss_of_30_percent(int redundancy, double least, double most)
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(25) }, seed: 5);
        call.Negotiate();
        call.RunFor(1);
        call.Server.Peer.SetAudioRedundancy(redundancy);
        call.RunFor(0.5);
        call.ToClient.Options = call.ToClient.Options with { Loss = 0.3 };
        var (before, from) = (call.Client.AudioFrames.Count, call.Now);
        call.RunFor(30);

        var sent = (call.Now - from).TotalSeconds * 50;
        ((call.Client.AudioFrames.Count - before) / sent).ShouldBeInRange(least, most);
    }

    [Fact]
    public void Lost_video_comes_back_by_retransmission_and_no_keyframe_is_needed()
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.05 });
        call.Negotiate();
        call.RunFor(10);

        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.PacketsRetransmitted.ShouldBeGreaterThan(5);
        call.Client.VideoFrames.Count.ShouldBeGreaterThan(240);
        call.Server.KeyframeRequests.ShouldBeLessThan(3);
    }

    [Fact]
    public void Transport_feedback_tells_what_arrives_of_all_that_is_sent()
    {
        using var call = new TestCall(new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.1 });
        call.Negotiate();
        call.RunFor(1);
        call.Server.Peer.NetworkAt(call.Now).TargetBps.ShouldNotBeNull();
        call.RunFor(20);

        var network = call.Server.Peer.NetworkAt(call.Now);
        network.ThroughputBps.ShouldBeInRange(550_000, 800_000); // 600 kbit/s of video and 32 of sound, with headers
        network.FractionLost.ShouldBeInRange(0.05, 0.16);
        network.PathQueue.TotalMilliseconds.ShouldBeLessThan(5);
    }

    [Fact]
    public void A_keyframe_request_reaches_the_sender_once()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        var before = call.Client.KeyframeRequests;
        for (var i = 0; i < 10; i++)
        {
            call.Server.Peer.RequestKeyframe(MediaPurpose.Video);
        }

        call.RunFor(0.2);
        call.Client.KeyframeRequests.ShouldBe(before + 1);
        call.Server.Keyframes.ShouldBe(before + 2);
    }

    [Fact]
    public void A_bitrate_estimate_reaches_the_sender()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        call.Server.Peer.SendBitrateEstimate(750_000, call.Now);
        call.RunFor(0.1);
        call.Client.Peer.NetworkAt(call.Now).TargetBps!.Value.ShouldBeLessThanOrEqualTo(750_000);
    }

    [Fact]
    public void A_screen_share_is_added_by_renegotiation_while_media_flows()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        call.Client.Peer.Offers.AddScreen();
        call.Negotiate();
        call.ScreenShared = true;
        call.RunFor(1);

        call.Server.ScreenPackets.ShouldBeGreaterThan(5);
        LongestGap([.. call.Server.AudioFrames.Values]).TotalMilliseconds.ShouldBeLessThanOrEqualTo(21);
        call.Server.States.Count.ShouldBe(1);
    }

    [Fact]
    public void After_an_ICE_restart_from_a_new_address_the_same_session_goes_on_without_a_gap()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(2);
        var ufrag = call.Server.Peer.LocalUfrag;
        call.Negotiate(iceRestart: true);
        call.Server.Peer.LocalUfrag.ShouldNotBe(ufrag);
        call.RunFor(2);
        call.ClientAddress = TestCall.Mobile;
        call.Negotiate(iceRestart: true);
        call.RunFor(2);

        call.Server.Peer.SelectedPath.ShouldBe(TestCall.Mobile);
        call.Server.States.Select(change => change.State).ShouldBe([PeerState.Connected]);
        call.Client.States.Select(change => change.State).ShouldBe([PeerState.Connected]);
        LongestGap([.. call.Client.AudioFrames.Values]).TotalMilliseconds.ShouldBeLessThan(150);
    }

    [Fact]
    public void An_ICE_restart_by_fragment_is_answered_with_fresh_credentials()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        var before = call.Server.Peer.LocalUfrag;

        var fragment = call.Server.Peer.RestartIce(new IceCredentials("freshufrag", "freshpasswordfreshpassword"));

        fragment.IceUfrag.ShouldBe(call.Server.Peer.LocalUfrag);
        fragment.IceUfrag.ShouldNotBe(before);
        fragment.Candidates.Count.ShouldBe(1);
        call.RunFor(3);
        call.Server.Peer.State.ShouldBe(PeerState.Connected);
    }

    [Fact]
    public void When_consent_is_lost_media_stops_and_a_restart_brings_it_back_with_the_same_keys()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(2);
        var healthy = call.ToServer.Options;
        call.ToServer.Options = healthy with { Loss = 1 };
        call.RunFor(35);
        call.Server.States.Select(change => change.State).ShouldBe([PeerState.Connected, PeerState.Disconnected, PeerState.ConsentLost]);
        call.Server.Peer.CanSend.ShouldBeFalse();
        var sent = call.ToClient.Sent;
        call.RunFor(5);
        call.ToClient.Sent.ShouldBe(sent);

        call.ToServer.Options = healthy;
        call.Negotiate(iceRestart: true);
        var heard = call.Client.AudioFrames.Count;
        call.RunFor(1);
        call.Server.Peer.State.ShouldBe(PeerState.Connected);
        call.Client.AudioFrames.Count.ShouldBeGreaterThan(heard + 40);
    }

    [Fact]
    public void Closing_says_goodbye_to_the_other_side()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        call.Client.Peer.Close(call.Now);
        call.Client.Peer.State.ShouldBe(PeerState.Closed);
        call.RunFor(0.2);

        call.Server.Peer.State.ShouldBe(PeerState.Closed);
        call.Server.Peer.NextDeadline.ShouldBe(MediaTime.Never);
        call.Server.Peer.CanSend.ShouldBeFalse();
    }

    [Fact]
    public void A_wrong_fingerprint_in_the_SDP_fails_the_session()
    {
        using var call = new TestCall();
        var right = DtlsPair.ClientCertificate.Fingerprint.Value;
        var wrong = DtlsPair.ServerCertificate.Fingerprint.Value;
        var offer = call.Client.Peer.CreateOffer().Replace(right, wrong, StringComparison.Ordinal);
        call.Server.Peer.TryAcceptOffer(offer, call.Now, out var answer, out _).ShouldBeTrue();
        call.Client.Peer.TryAcceptAnswer(answer!, call.Now, out _).ShouldBeTrue();
        call.RunFor(2);

        call.Server.Peer.State.ShouldBe(PeerState.Failed);
        call.Server.AudioFrames.ShouldBeEmpty();
    }

    [Fact]
    public void A_participant_who_may_only_listen_sends_nothing()
    {
        using var call = new TestCall(server: new TestEnd(PeerRole.Server, 5, policy: SessionPolicy.ReceiveOnly));
        call.Negotiate();
        call.RunFor(1);

        call.Server.AudioFrames.ShouldBeEmpty();
        call.Server.VideoFrames.ShouldBeEmpty();
        call.Client.AudioFrames.Count.ShouldBeGreaterThan(35);
    }

    [Fact]
    public void An_offer_that_cannot_be_served_is_refused_with_a_reason_and_changes_nothing()
    {
        using var end = new TestEnd(PeerRole.Server, 1);
        end.Peer.TryAcceptOffer("nonsense", MediaTime.Zero, out var answer, out SdpError? error).ShouldBeFalse();
        answer.ShouldBeNull();
        error.ShouldNotBeNull();
        end.Peer.Session.ShouldBeNull();
        end.Peer.NextDeadline.ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void A_peer_without_retransmission_is_never_sent_a_packet_twice()
    {
        var capabilities = LocalCapabilities.Default with { Rtx = false, Video = [VideoCodec.Vp8] };
        using var call = new TestCall(
            new BadNetworkOptions { Delay = TimeSpan.FromMilliseconds(20), Loss = 0.05 },
            server: new TestEnd(PeerRole.Server, 1, capabilities)
        );
        call.Negotiate();
        call.RunFor(5);

        call.Server.Peer.SendStreamOf(MediaPurpose.Video)!.PacketsRetransmitted.ShouldBe(0);
        call.Client.VideoFrames.Count.ShouldBeGreaterThan(50);
    }

    [Fact]
    public void All_frames_go_back_to_their_pool_at_the_end()
    {
        var call = new TestCall();
        call.Negotiate();
        call.RunFor(1);
        call.Server.FramesOutstanding.ShouldBeGreaterThan(0);
        call.Dispose();
        call.Server.FramesOutstanding.ShouldBe(0);
        call.Client.FramesOutstanding.ShouldBe(0);
    }

    [Fact]
    public void Packets_cost_no_allocation_once_the_call_runs()
    {
        using var call = new TestCall();
        call.Negotiate();
        call.RunFor(3);
        var received = CaptureFromClient(call);
        var audio = call.Server.PrepareAudio(call.Now);
        var video = call.Server.PrepareVideo(call.Now);
        call.Server.IsBlind = true;
        var now = call.Now;
        for (var i = 0; i < 1000; i++) // histories and queues grow to what is under way
        {
            now += TimeSpan.FromMilliseconds(5);
            call.Server.Peer.Send(MediaPurpose.Audio, audio, now);
            call.Server.Peer.Send(MediaPurpose.Video, video, now);
            call.Server.Peer.Run(now);
            call.Server.Output.Clear();
        }

        Exchange(call, now, received.AsSpan(0, 20), audio, video);
        now += TimeSpan.FromMilliseconds(100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(call, now, received.AsSpan(20), audio, video);
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        audio.Release();
        video.Release();
    }

    private static void Exchange(TestCall call, MediaTime now, ReadOnlySpan<byte[]> received, PacketizedFrame audio, PacketizedFrame video)
    {
        foreach (var datagram in received)
        {
            now += TimeSpan.FromMilliseconds(5);
            call.Server.Peer.Receive(datagram, TestCall.Home, now);
            call.Server.Peer.Send(MediaPurpose.Audio, audio, now);
            call.Server.Peer.Send(MediaPurpose.Video, video, now);
            call.Server.Peer.Run(now);
            call.Server.Output.Clear();
        }
    }

    /// <summary>Media and RTCP that the client sends, kept from the server.</summary>
    private static byte[][] CaptureFromClient(TestCall call)
    {
        var captured = new List<byte[]>();
        var now = call.Now;
        for (var i = 0; i < 100; i++)
        {
            now += TimeSpan.FromMilliseconds(20);
            call.Client.SendAudio(100_000 + i, now);
            call.Client.SendVideo(MediaPurpose.Video, now);
            call.Client.Peer.Run(now);
            foreach (var entry in call.Client.Output.Entries)
            {
                captured.Add(call.Client.Output.BytesOf(entry).ToArray());
            }

            call.Client.Output.Clear();
        }

        return [.. captured];
    }

    private static string Story(TestEnd end) =>
        $"{end.VideoFrames.Count} frames, {end.Keyframes} keyframes, asked for {end.KeyframeRequests}, round trip {end.Peer.RoundTripTime}, "
        + $"network {end.Peer.NetworkAt(end.VideoFrames[^1])}, resent {end.Peer.SendStreamOf(MediaPurpose.Video)!.PacketsRetransmitted} of {end.Peer.SendStreamOf(MediaPurpose.Video)!.PacketsSent}";

    private static TimeSpan LongestGap(List<MediaTime> times)
    {
        var longest = TimeSpan.Zero;
        for (var i = 1; i < times.Count; i++)
        {
            var gap = times[i] - times[i - 1];
            longest = gap > longest ? gap : longest;
        }

        return longest;
    }
}
