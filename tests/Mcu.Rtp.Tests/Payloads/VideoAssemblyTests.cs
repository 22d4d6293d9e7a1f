using CsCheck;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Network;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Payloads;

public class VideoAssemblyTests
{
    private static readonly Gen<VideoCodec> s_codec = Gen.Enum<VideoCodec>();
    private static readonly TimeSpan s_delay = TimeSpan.FromMilliseconds(20);

    [Fact]
    public void Shuffled_and_repeated_packets_give_every_frame_byte_exact() =>
        Gen.Select(s_codec, Gen.Int[1, 10_000])
            .Sample(
                (codec, seed) =>
                {
                    var network = new BadNetworkOptions
                    {
                        Delay = s_delay,
                        Jitter = TimeSpan.FromMilliseconds(10),
                        JitterReorders = true,
                        Duplication = 0.3,
                    };
                    using var call = new VideoCallSimulation(codec, network, seed, repairs: false);
                    call.Run(30);
                    call.Received.ShouldBe(call.Sent);
                    call.Assembler.DuplicatePackets.ShouldBeGreaterThan(0);
                },
                iter: 20,
                threads: 1
            );

    [Fact]
    public void Lost_packets_come_back_by_rtx_and_every_frame_is_byte_exact() =>
        Gen.Select(s_codec, Gen.Int[1, 10_000])
            .Sample(
                (codec, seed) =>
                {
                    var network = new BadNetworkOptions { Delay = s_delay, Loss = 0.05 };
                    using var call = new VideoCallSimulation(codec, network, seed);
                    call.Assembler.RepairLimit = TimeSpan.FromSeconds(1);
                    call.Run(60);
                    call.Received.ShouldBe(call.Sent);
                },
                iter: 12,
                threads: 1
            );

    [Fact]
    public void Loss_that_is_not_repaired_costs_frames_up_to_a_keyframe_and_never_a_wrong_byte() =>
        Gen.Select(s_codec, Gen.Int[1, 10_000])
            .Sample(
                (codec, seed) =>
                {
                    var network = new BadNetworkOptions
                    {
                        Delay = s_delay,
                        Loss = 0.02,
                        Reordering = 0.1,
                    };
                    using var call = new VideoCallSimulation(codec, network, seed, repairs: false);
                    call.Run(200);
                    var positions = call.Received.Select(f => call.Sent.IndexOf(f)).ToList();
                    positions.ShouldAllBe(p => p >= 0);
                    positions.ShouldBe(positions.Order().Distinct());
                    call.Received.Count.ShouldBeGreaterThan(20);
                },
                iter: 12,
                threads: 1
            );

    [Fact]
    public void A_terrible_network_is_survived()
    {
        var network = new BadNetworkOptions
        {
            Delay = s_delay,
            Jitter = TimeSpan.FromMilliseconds(200),
            JitterReorders = true,
            Loss = 0.2,
            Duplication = 0.1,
        };
        using var call = new VideoCallSimulation(VideoCodec.Vp8, network, 5);
        call.Assembler.RepairLimit = TimeSpan.FromMilliseconds(600);
        call.Run(300);
        call.Received.Count.ShouldBeGreaterThan(100);
    }

    private readonly BufferPool _pool = new();

    private static byte[] Rtp(ushort sequence, uint timestamp, bool marker, params byte[] payload)
    {
        var bytes = new byte[100];
        var writer = new RtpWriter(bytes, new RtpHeader(96, marker, sequence, timestamp, 1));
        return bytes[..writer.AddPayload(payload)];
    }

    private static bool Insert(VideoFrameAssembler assembler, byte[] bytes, double ms = 0)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        return assembler.Insert(packet, MediaTime.FromMilliseconds(ms));
    }

    private static byte[]? Take(VideoFrameAssembler assembler, double ms = 0)
    {
        if (!assembler.TryTake(MediaTime.FromMilliseconds(ms), out var frame))
        {
            return null;
        }

        var bytes = frame.Data.Span.ToArray();
        frame.Data.Release();
        return bytes;
    }

    [Fact]
    public void Nothing_comes_before_a_keyframe()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        assembler.KeyframeNeeded.ShouldBeFalse();
        Insert(assembler, Rtp(1, 0, true, 0x10, 0x01)); // a delta frame
        Take(assembler).ShouldBeNull();
        assembler.KeyframeNeeded.ShouldBeTrue();
        Insert(assembler, Rtp(2, 3000, true, 0x10, 0x00));
        Take(assembler).ShouldBe([0]);
        assembler.KeyframeNeeded.ShouldBeFalse();
        Insert(assembler, Rtp(3, 6000, true, 0x10, 0x03));
        Take(assembler).ShouldBe([3]);
    }

    [Fact]
    public void A_gap_is_waited_for_up_to_the_limit_then_a_keyframe_is_needed()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Rtp(1, 0, true, 0x10, 0x00));
        Take(assembler).ShouldNotBeNull();
        Insert(assembler, Rtp(3, 6000, true, 0x10, 0x01), 100);
        Take(assembler, 150).ShouldBeNull();
        assembler.NextDeadline.ShouldBe(MediaTime.FromMilliseconds(300));
        assembler.KeyframeNeeded.ShouldBeFalse();
        Insert(assembler, Rtp(2, 3000, true, 0x10, 0x05), 200);
        Take(assembler, 200).ShouldBe([5]);
        Take(assembler, 200).ShouldBe([1]);

        Insert(assembler, Rtp(5, 9000, true, 0x10, 0x01), 400);
        Take(assembler, 600).ShouldBeNull();
        assembler.KeyframeNeeded.ShouldBeTrue();
        assembler.SyncLosses.ShouldBe(1);
    }

    [Fact]
    public void A_whole_keyframe_behind_a_gap_is_not_kept_waiting()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Rtp(1, 0, true, 0x10, 0x00));
        Take(assembler).ShouldNotBeNull();
        Insert(assembler, Rtp(3, 6000, true, 0x10, 0x02), 100);
        Take(assembler, 110).ShouldBeNull();
        Take(assembler, 140).ShouldBe([2]);
        Insert(assembler, Rtp(2, 3000, true, 0x10, 0x01), 150).ShouldBeFalse();
        assembler.LatePackets.ShouldBe(1);
    }

    [Fact]
    public void Padding_that_probes_bandwidth_belongs_to_no_frame()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Rtp(1, 0, true, 0x10, 0x00));
        Insert(assembler, Rtp(2, 0, false));
        Insert(assembler, Rtp(3, 0, false));
        Insert(assembler, Rtp(4, 3000, true, 0x10, 0x01));
        Take(assembler).ShouldBe([0]);
        Take(assembler).ShouldBe([1]);
    }

    /// <summary>VP8 with a 7-bit picture id.</summary>
    private static byte[] Numbered(ushort sequence, bool isStart, bool marker, byte pictureId, byte content) =>
        Rtp(sequence, pictureId * 3000u, marker, (byte)(0x80 | (isStart ? 0x10 : 0)), 0x80, pictureId, content);

    [Fact]
    public void Numbers_lost_between_two_frames_that_follow_each_other_were_fec_and_are_not_waited_for()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Numbered(1, true, true, 126, 0x00));
        Take(assembler).ShouldBe([0]);
        Insert(assembler, Numbered(3, true, true, 127, 0x01)); // 2 is lost
        Take(assembler).ShouldBe([1]);
        Insert(assembler, Numbered(8, true, true, 0, 0x03)); // 4 to 7 are, except for 5, which was FEC
        Take(assembler).ShouldBe([3]);
        Insert(assembler, Rtp(9, 0, false));
        Insert(assembler, Rtp(11, 0, false));
        Insert(assembler, Numbered(13, true, true, 1, 0x05));
        Take(assembler).ShouldBe([5]);
        assembler.SyncLosses.ShouldBe(0);
    }

    [Fact]
    public void Numbers_lost_where_media_may_have_been_are_waited_for()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Numbered(1, true, true, 1, 0x00));
        Take(assembler).ShouldNotBeNull();
        Insert(assembler, Numbered(3, true, true, 3, 0x01)); // frame 2 is lost
        Take(assembler).ShouldBeNull();
        Insert(assembler, Numbered(2, true, true, 2, 0x05));
        Take(assembler).ShouldBe([5]);
        Take(assembler).ShouldBe([1]);
        Insert(assembler, Numbered(5, false, true, 4, 0x07)); // the first packet of frame 4 is lost
        Take(assembler).ShouldBeNull();
        Insert(assembler, Numbered(4, true, false, 4, 0x05));
        Take(assembler).ShouldBe([5, 7]);
    }

    [Fact]
    public void A_decoder_that_failed_gets_nothing_until_a_keyframe()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Rtp(1, 0, true, 0x10, 0x00));
        Take(assembler).ShouldNotBeNull();
        assembler.WaitForKeyframe();
        Insert(assembler, Rtp(2, 3000, true, 0x10, 0x01));
        Take(assembler).ShouldBeNull();
        assembler.KeyframeNeeded.ShouldBeTrue();
        Insert(assembler, Rtp(3, 6000, true, 0x10, 0x00));
        Take(assembler).ShouldBe([0]);
    }

    [Fact]
    public void A_sender_that_starts_anew_far_behind_is_followed()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool);
        Insert(assembler, Rtp(30_000, 0, true, 0x10, 0x00));
        Take(assembler).ShouldNotBeNull();
        for (var i = 0; i < 60; i++)
        {
            Insert(assembler, Rtp((ushort)(5000 + i), (uint)(i * 3000), true, 0x10, 0x00));
        }

        Take(assembler).ShouldNotBeNull();
        Insert(assembler, Rtp(42, 0, true, 0x10, 0x00)); // and so is one that starts far ahead
        Insert(assembler, Rtp(20_000, 0, true, 0x10, 0x04));
        Take(assembler, 500).ShouldBe([4]);
    }

    [Fact]
    public void Rotation_stays_until_the_sender_says_otherwise()
    {
        var map = ExtensionMap.None.With(RtpHeaderExtensionKind.VideoOrientation, 4);
        using var assembler = new VideoFrameAssembler(VideoCodec.Vp8, _pool) { Extensions = map };
        var bytes = new byte[60];
        var writer = new RtpWriter(bytes, new RtpHeader(96, true, 1, 0, 1));
        map.WriteVideoOrientation(ref writer, VideoRotation.Clockwise90);
        Insert(assembler, bytes[..writer.AddPayload([0x10, 0])]);
        Insert(assembler, Rtp(2, 3000, true, 0x10, 1));
        for (var i = 0; i < 2; i++)
        {
            assembler.TryTake(MediaTime.Zero, out var frame).ShouldBeTrue();
            frame.Rotation.ShouldBe(VideoRotation.Clockwise90);
            frame.Data.Release();
        }
    }

    [Fact]
    public void Parameter_sets_sent_once_are_put_before_a_later_idr()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.H264, _pool);
        Insert(assembler, Rtp(1, 0, false, 0x67, 1));
        Insert(assembler, Rtp(2, 0, false, 0x68, 2));
        Insert(assembler, Rtp(3, 0, true, 0x65, 0x88));
        byte[] whole = [0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 0, 1, 0x65, 0x88];
        Take(assembler).ShouldBe(whole);
        Insert(assembler, Rtp(4, 3000, true, 0x65, 0x88));
        Take(assembler).ShouldBe(whole);
    }

    [Fact]
    public void An_idr_whose_parameter_sets_are_unknown_is_not_given()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.H264, _pool);
        Insert(assembler, Rtp(4, 3000, true, 0x65, 0x88));
        Take(assembler).ShouldBeNull();
        assembler.KeyframeNeeded.ShouldBeTrue();
    }

    [Fact]
    public void Senders_without_marker_bits_are_understood()
    {
        using var assembler = new VideoFrameAssembler(VideoCodec.H264, _pool);
        Insert(assembler, Rtp(1, 0, false, 0x67, 1));
        Insert(assembler, Rtp(2, 0, false, 0x65, 0x88));
        Take(assembler).ShouldBeNull();
        Insert(assembler, Rtp(3, 3000, false, 0x41, 0x88));
        Take(assembler).ShouldBe([0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x65, 0x88]);
    }

    [Fact]
    public void Random_packets_never_throw_and_leak_nothing()
    {
        foreach (var codec in Enum.GetValues<VideoCodec>())
        {
            var random = new Random(3);
            var assembler = new VideoFrameAssembler(codec, _pool);
            for (var i = 0; i < 20_000; i++)
            {
                var payload = new byte[random.Next(0, 30)];
                random.NextBytes(payload);
                var sequence = (ushort)(random.Next(200) == 0 ? random.Next(65536) : i + random.Next(-10, 10));
                Insert(assembler, Rtp(sequence, (uint)(i / 4 * 3000), random.Next(4) == 0, payload), i);
                Take(assembler, i);
            }

            assembler.Dispose();
        }

        _pool.Outstanding.ShouldBe(0);
    }
}
