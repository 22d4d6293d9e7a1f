using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Send;

public class SendStreamTests
{
    private static readonly ExtensionMap s_map = new(1, 2, 3, 4, 0);
    private static readonly MediaTime s_start = MediaTime.FromMilliseconds(10_000);
    private readonly BufferPool _buffers = new();
    private readonly PacketizedFramePool _pool;
    private readonly byte[] _packet = new byte[1500];

    public SendStreamTests() => _pool = new PacketizedFramePool(_buffers);

    private static SendStreamOptions Options(bool rtx = true) =>
        new()
        {
            Ssrc = 1,
            PayloadType = 96,
            ClockRateHz = 90000,
            RtxSsrc = rtx ? 2 : null,
            RtxPayloadType = rtx ? 97 : null,
            FirstSequence = 65535,
            FirstRtxSequence = 500,
            TimestampOffset = 0xFFFF_0000,
            Extensions = s_map,
            Mid = "v",
        };

    private PacketizedFrame Frame(int bytes = 3000, MediaTime? time = null) =>
        new Vp8Packetizer(_pool).Packetize(Enumerable.Range(0, bytes).Select(i => (byte)i).ToArray(), true, time ?? s_start);

    private void Send(SendStream stream, MediaTime at, bool isKeyframe)
    {
        var frame = new Vp8Packetizer(_pool).Packetize(new byte[3000], isKeyframe, at);
        for (var i = 0; i < frame.Count; i++)
        {
            stream.Write(frame, i, at, _packet);
        }

        frame.Release();
    }

    private static RtpPacket Parse(ReadOnlySpan<byte> bytes)
    {
        RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
        return packet;
    }

    [Fact]
    public void Headers_are_the_streams_own_and_payloads_are_shared()
    {
        var transport = new TransportSequence(77);
        using var stream = new SendStream(Options(), transport);
        var frame = Frame();
        for (var i = 0; i < frame.Count; i++)
        {
            var packet = Parse(_packet.AsSpan(0, stream.Write(frame, i, s_start, new AudioLevel(9, true), _packet)));
            packet.Ssrc.ShouldBe(1u);
            packet.PayloadType.ShouldBe((byte)96);
            packet.SequenceNumber.ShouldBe((ushort)(65535 + i));
            packet.Timestamp.ShouldBe(unchecked(900_000 + 0xFFFF_0000u));
            packet.Marker.ShouldBe(i == frame.Count - 1);
            packet.Payload[6..].SequenceEqual(frame[i][6..]).ShouldBeTrue(); // behind the descriptor, whose numbers are the stream's own
            s_map.TryReadMid(packet, out var mid).ShouldBeTrue();
            mid.SequenceEqual("v"u8).ShouldBeTrue();
            s_map.TryReadTransportSequence(packet, out var sequence).ShouldBeTrue();
            sequence.ShouldBe((ushort)(77 + i));
            transport.Last.ShouldBe(sequence);
        }

        frame.Release();
    }

    [Fact]
    public void A_nack_is_answered_on_the_rtx_stream_and_restores_to_the_original()
    {
        using var stream = new SendStream(Options());
        var frame = Frame();
        stream.Write(frame, 0, s_start, _packet);
        var original = _packet[..stream.Write(frame, 1, s_start, _packet)];
        frame.Release();

        var length = stream.Retransmit(0, s_start, _packet);
        var rtx = Parse(_packet.AsSpan(0, length));
        rtx.Ssrc.ShouldBe(2u);
        rtx.PayloadType.ShouldBe((byte)97);
        rtx.SequenceNumber.ShouldBe((ushort)500);

        RtxDecapsulator.TryDecapsulate(_packet.AsSpan(0, length), 1, 96, out var restoredLength).ShouldBeTrue();
        _packet[..restoredLength].ShouldBe(original);
    }

    [Fact]
    public void Without_rtx_the_packet_itself_is_repeated()
    {
        using var stream = new SendStream(Options(rtx: false));
        var frame = Frame(100);
        var original = _packet[..stream.Write(frame, 0, s_start, _packet)];
        frame.Release();
        _packet[..stream.Retransmit(65535, s_start, _packet)].ShouldBe(original);
    }

    [Fact]
    public void A_packet_is_not_repeated_twice_within_half_a_round_trip()
    {
        using var stream = new SendStream(Options());
        var frame = Frame(100);
        stream.Write(frame, 0, s_start, _packet);
        frame.Release();
        var ntp = new NtpClock(DateTimeOffset.UnixEpoch);
        var reportSent = ntp.At(s_start).Middle;
        stream.OnReceiverReport(new ReportBlock(1, 64, 0, 0, 0, reportSent, 65536 / 10), ntp.At(s_start + TimeSpan.FromMilliseconds(150)));
        stream.RoundTripTime!.Value.TotalMilliseconds.ShouldBe(50, 1);
        stream.FractionLost.ShouldBe(0.25);

        stream.Retransmit(65535, s_start, _packet).ShouldBeGreaterThan(0);
        stream.Retransmit(65535, s_start + TimeSpan.FromMilliseconds(24), _packet).ShouldBe(0);
        stream.Retransmit(65535, s_start + TimeSpan.FromMilliseconds(27), _packet).ShouldBeGreaterThan(0);
        stream.PacketsRetransmitted.ShouldBe(2);
    }

    [Fact]
    public void What_came_long_before_a_keyframe_is_not_repeated_and_the_keyframe_is()
    {
        using var stream = new SendStream(Options());
        Send(stream, s_start, isKeyframe: true); // 65535 and on
        Send(stream, s_start + TimeSpan.FromMilliseconds(200), isKeyframe: false); // 2
        var keyframeAt = s_start + TimeSpan.FromMilliseconds(400);
        Send(stream, keyframeAt, isKeyframe: true); // 5
        Send(stream, keyframeAt, isKeyframe: false); // 8

        stream.Retransmit(65535, keyframeAt, _packet).ShouldBe(0);
        stream.Retransmit(2, keyframeAt, _packet).ShouldBeGreaterThan(0); // it may still be shown before the keyframe
        var later = keyframeAt + TimeSpan.FromMilliseconds(150);
        stream.Retransmit(3, later, _packet).ShouldBe(0);
        stream.Retransmit(5, later, _packet).ShouldBeGreaterThan(0);
        stream.Retransmit(8, later, _packet).ShouldBeGreaterThan(0);
        stream.ForgetSent();
        stream.Retransmit(6, later, _packet).ShouldBe(0);
    }

    [Fact]
    public void What_is_too_old_or_never_was_is_not_repeated()
    {
        using var stream = new SendStream(Options());
        var frame = Frame(100);
        stream.Write(frame, 0, s_start, _packet);
        frame.Release();
        stream.Retransmit(0, s_start, _packet).ShouldBe(0);
        stream.Retransmit(65535, s_start + TimeSpan.FromSeconds(4), _packet).ShouldBe(0);
        _buffers.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void The_history_is_bounded_and_gives_everything_back()
    {
        var stream = new SendStream(Options() with { HistoryPackets = 16 });
        for (var i = 0; i < 100; i++)
        {
            var frame = Frame(100);
            stream.Write(frame, 0, s_start, _packet);
            frame.Release();
        }

        _pool.Outstanding.ShouldBe(16);
        stream.Retransmit((ushort)(stream.NextSequence - 16), s_start, _packet).ShouldBeGreaterThan(0);
        stream.Retransmit((ushort)(stream.NextSequence - 17), s_start, _packet).ShouldBe(0);
        stream.Dispose();
        _pool.Outstanding.ShouldBe(0);
        _buffers.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void A_sender_report_ties_the_room_clock_to_the_rtp_clock()
    {
        using var stream = new SendStream(Options() with { TimestampOffset = 5 });
        var frame = Frame(100);
        stream.Write(frame, 0, s_start, _packet);
        var bytes = frame.TotalBytes;
        frame.Release();
        var info = stream.BuildSenderReport(s_start + TimeSpan.FromSeconds(1), new NtpTimestamp(42));
        info.ShouldBe(new SenderInfo(1, new NtpTimestamp(42), 990_005, 1, (uint)bytes));
    }

    [Fact]
    public void Switching_the_codec_keeps_ssrc_and_sequence_and_repeats_what_was_sent_as_what_it_was()
    {
        using var stream = new SendStream(Options());
        var frame = Frame(100);
        var original = _packet[..stream.Write(frame, 0, s_start, _packet)];
        stream.SwitchPayloadType(100, 101);
        var packet = Parse(_packet.AsSpan(0, stream.Write(frame, 0, s_start, _packet)));
        frame.Release();
        packet.PayloadType.ShouldBe((byte)100);
        packet.SequenceNumber.ShouldBe((ushort)0);

        Parse(_packet.AsSpan(0, stream.Retransmit(0, s_start, _packet))).PayloadType.ShouldBe((byte)101);
        var length = stream.Retransmit(65535, s_start, _packet);
        Parse(_packet.AsSpan(0, length)).PayloadType.ShouldBe((byte)97);
        RtxDecapsulator.TryDecapsulate(_packet.AsSpan(0, length), 1, 96, out var restored).ShouldBeTrue();
        _packet[..restored].ShouldBe(original);
    }

    [Fact]
    public void Picture_ids_run_on_over_renditions_codecs_and_frames_left_out()
    {
        using var stream = new SendStream(
            Options() with
            {
                FirstSequence = 0x7FFD,
                VideoPayloadTypes = new VideoPayloadTypes(new PayloadTypePair(96, 97), new PayloadTypePair(98, 99), null),
            }
        );
        var large = new Vp8Packetizer(_pool, 500);
        var small = new Vp9Packetizer(_pool, 900);
        List<(byte Type, int Id, int Base)> seen = [];

        Send(large, true, 0);
        Send(large, false, 1);
        large.Packetize([1], false, s_start).Release(); // goes to others only
        Send(large, false, 0);
        Send(small, true, 0);
        Send(small, false, 0);
        Send(small, false, 1);
        Send(small, false, 0);
        Send(large, true, 0);

        seen.ShouldBe([(96, 0x7FFD, 1), (96, 0x7FFE, 1), (96, 0x7FFF, 2), (98, 0, -1), (98, 1, 1), (98, 2, 1), (98, 3, 2), (96, 4, 6)]);

        void Send(IVideoPacketizer packetizer, bool isKeyframe, int layer)
        {
            var frame = packetizer.Packetize(new byte[1500], isKeyframe, s_start, layer);
            for (var i = 0; i < frame.Count; i++)
            {
                var packet = Parse(_packet.AsSpan(0, stream.Write(frame, i, s_start, _packet)));
                var (id, index) = Numbers(packetizer, packet.Payload);
                var picture = (packet.PayloadType, id, index);
                if (i == 0)
                {
                    seen.Add(picture);
                }

                picture.ShouldBe(seen[^1], "the same in all packets of a frame");
            }

            frame.Release();
        }

        static (int Id, int Base) Numbers(IVideoPacketizer packetizer, ReadOnlySpan<byte> payload)
        {
            if (packetizer is Vp8Packetizer)
            {
                Vp8Descriptor.TryParse(payload, out var vp8).ShouldBeTrue();
                return (vp8.PictureId, vp8.Tl0PictureIndex);
            }

            Vp9Descriptor.TryParse(payload, out var vp9).ShouldBeTrue();
            return (vp9.PictureId, vp9.InterPredicted ? payload[4] >> 1 : -1);
        }
    }

    [Fact]
    public void Pictures_of_one_instant_or_an_earlier_one_still_have_growing_timestamps()
    {
        using var stream = new SendStream(Options());
        List<uint> timestamps = [];
        foreach (var ms in new[] { 0, 33, 33, 20, 66 })
        {
            var frame = Frame(3000, s_start + TimeSpan.FromMilliseconds(ms));
            for (var i = 0; i < frame.Count; i++)
            {
                var packet = Parse(_packet.AsSpan(0, stream.Write(frame, i, s_start, _packet)));
                var timestamp = unchecked(packet.Timestamp - 900_000 - 0xFFFF_0000u);
                if (i == 0)
                {
                    timestamps.Add(timestamp);
                }

                timestamp.ShouldBe(timestamps[^1]);
                var rtx = Parse(_packet.AsSpan(0, stream.Retransmit(packet.SequenceNumber, s_start, _packet)));
                rtx.Timestamp.ShouldBe(unchecked(timestamp + 900_000 + 0xFFFF_0000u));
            }

            frame.Release();
        }

        timestamps.ShouldBe([0, 2970, 2971, 2972, 5940]);
    }

    [Fact]
    public void Padding_goes_on_the_rtx_stream_with_numbers_of_its_own_and_carries_no_media()
    {
        var transport = new TransportSequence(7);
        using var stream = new SendStream(Options(), transport);
        var packet = Parse(_packet.AsSpan(0, stream.WritePadding(1000, s_start, _packet)));
        packet.Ssrc.ShouldBe(2u);
        packet.PayloadType.ShouldBe((byte)97);
        packet.SequenceNumber.ShouldBe((ushort)500);
        packet.PaddingLength.ShouldBe(255);
        packet.Payload.Length.ShouldBe(0);
        s_map.TryReadTransportSequence(packet, out var number).ShouldBeTrue();
        number.ShouldBe(transport.Last);
        RtxDecapsulator.TryDecapsulate(_packet, 1, 96, out _).ShouldBeFalse();

        packet = Parse(_packet.AsSpan(0, stream.WritePadding(1, s_start, _packet)));
        packet.SequenceNumber.ShouldBe((ushort)501);
        packet.PaddingLength.ShouldBe(1);
        stream.PacketsSent.ShouldBe(0);
        stream.PacketsRetransmitted.ShouldBe(0);
        stream.BytesOfPadding.ShouldBe(256);
    }

    [Fact]
    public void Large_padding_repeats_a_packet_that_was_sent()
    {
        using var stream = new SendStream(Options());
        var frame = Frame();
        for (var i = 0; i < frame.Count; i++)
        {
            stream.Write(frame, i, s_start, _packet);
        }

        var length = stream.WritePadding(1100, s_start, _packet);
        RtxDecapsulator.TryDecapsulate(_packet.AsSpan(0, length), 1, 96, out length).ShouldBeTrue();
        var restored = Parse(_packet.AsSpan(0, length));
        restored.SequenceNumber.ShouldBe((ushort)(stream.NextSequence - 1));
        restored.Payload[^900..].SequenceEqual(frame[frame.Count - 1][^900..]).ShouldBeTrue();
        frame.Release();
    }

    [Fact]
    public void Without_rtx_there_is_no_padding()
    {
        using var stream = new SendStream(Options(rtx: false));
        stream.WritePadding(500, s_start, _packet).ShouldBe(0);
    }
}
