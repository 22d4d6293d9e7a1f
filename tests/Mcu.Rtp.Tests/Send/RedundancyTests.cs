using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Send;

/// <summary>Earlier frames once more in later packets: towards one receiver, without anything encoded twice.</summary>
public sealed class RedundancyTests : IDisposable
{
    private const byte Opus = 111;
    private const byte Red = 63;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly BufferPool _buffers = new();
    private readonly PacketizedFramePool _pool;
    private readonly AudioPacketizer _packetizer;
    private readonly SendStream _stream;
    private readonly byte[] _packet = new byte[1500];
    private MediaTime _now = MediaTime.FromMilliseconds(10_000);
    private byte _number;

    public RedundancyTests()
    {
        _pool = new PacketizedFramePool(_buffers);
        _packetizer = new AudioPacketizer(_pool);
        _stream = new SendStream(Options());
    }

    public void Dispose()
    {
        _stream.Dispose();
        _pool.Outstanding.ShouldBe(0);
        _buffers.Outstanding.ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Each_packet_carries_the_frames_before_it(int depth)
    {
        _stream.Redundancy = depth;
        for (var number = 1; number <= 10; number++)
        {
            var packet = SendNext();
            if (number == 1)
            {
                packet.PayloadType.ShouldBe(Opus);
                continue;
            }

            packet.PayloadType.ShouldBe(Red);
            RedPayload.TryParse(packet.Payload, out var red).ShouldBeTrue();
            red.Primary.PayloadType.ShouldBe(Opus);
            red.Primary.Payload[0].ShouldBe((byte)number);
            red.RedundantCount.ShouldBe(Math.Min(depth, number - 1));
            for (var back = 1; back <= red.RedundantCount; back++)
            {
                red.Before(back).PayloadType.ShouldBe(Opus);
                red.Before(back).TimestampOffset.ShouldBe(960 * back);
                red.Before(back).Payload[0].ShouldBe((byte)(number - back));
            }
        }
    }

    [Fact]
    public void Sequence_numbers_timestamps_and_markers_stay_as_they_were()
    {
        _stream.Redundancy = 1;
        var first = SendNext(startsTalkspurt: true);
        (first.Marker, first.SequenceNumber).ShouldBe((true, (ushort)65535));
        var timestamp = first.Timestamp;
        var second = SendNext();
        (second.Marker, second.SequenceNumber, second.Timestamp).ShouldBe((false, (ushort)0, timestamp + 960));
        var third = SendNext(startsTalkspurt: true);
        (third.Marker, third.PayloadType, third.SequenceNumber).ShouldBe((true, Red, (ushort)1));
    }

    [Fact]
    public void Ending_it_lets_go_of_all_frames_and_packets_are_plain_again()
    {
        _stream.Redundancy = 3;
        for (var i = 0; i < 5; i++)
        {
            SendNext();
        }

        _pool.Outstanding.ShouldBe(3);
        _stream.Redundancy = 1;
        _pool.Outstanding.ShouldBe(1);
        _stream.Redundancy = 0;
        _pool.Outstanding.ShouldBe(0);
        SendNext().PayloadType.ShouldBe(Opus);
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void Frames_from_before_a_long_pause_are_left_out()
    {
        _stream.Redundancy = 2;
        SendNext();
        SendNext();
        _now += TimeSpan.FromMilliseconds(400);
        SendNext().PayloadType.ShouldBe(Opus);
        RedPayload.TryParse(SendNext().Payload, out var red).ShouldBeTrue();
        red.RedundantCount.ShouldBe(1);
    }

    [Fact]
    public void A_packet_never_grows_beyond_what_passes_every_path()
    {
        _stream.Redundancy = 3;
        SendNext(bytes: 300);
        SendNext(bytes: 300);
        SendNext(bytes: 300);
        RedPayload.TryParse(SendNext(bytes: 500).Payload, out var red).ShouldBeTrue();
        red.RedundantCount.ShouldBe(2);
        SendNext(bytes: 1100).PayloadType.ShouldBe(Opus);
        SendNext(bytes: 80).PayloadType.ShouldBe(Opus, "what is before it is too long for a block");
    }

    [Fact]
    public void Where_it_was_not_negotiated_nothing_changes()
    {
        using var plain = new SendStream(Options() with { RedPayloadType = null });
        plain.Redundancy = 3;
        plain.Redundancy.ShouldBe(0);
        var frame = _packetizer.Packetize(new byte[80], _now);
        plain.Write(frame, 0, _now, _packet);
        plain.Write(frame, 0, _now, _packet);
        frame.Release();
        (_packet[1] & 0x7F).ShouldBe(Opus);
    }

    [Fact]
    public void Sender_reports_count_what_was_sent()
    {
        _stream.Redundancy = 1;
        SendNext(bytes: 80);
        SendNext(bytes: 80);
        (_stream.PacketsSent, _stream.BytesSent).ShouldBe((2, 80 + 80 + 80 + 5));
    }

    private static SendStreamOptions Options() =>
        new()
        {
            Ssrc = 1,
            PayloadType = Opus,
            RedPayloadType = Red,
            ClockRateHz = 48_000,
            FirstSequence = 65535,
            TimestampOffset = uint.MaxValue - 480_500, // wraps
            Extensions = new ExtensionMap(1, 0, 2, 3, 0),
            Mid = "a",
            HistoryPackets = 0,
        };

    private RtpPacket SendNext(int bytes = 80, bool startsTalkspurt = false)
    {
        var payload = new byte[bytes];
        payload[0] = ++_number;
        var frame = _packetizer.Packetize(payload, _now, startsTalkspurt);
        var length = _stream.Write(frame, 0, _now, _packet);
        frame.Release();
        _now += s_tick;
        RtpPacket.TryParse(_packet.AsSpan(0, length), out var packet).ShouldBeTrue();
        return packet;
    }
}
