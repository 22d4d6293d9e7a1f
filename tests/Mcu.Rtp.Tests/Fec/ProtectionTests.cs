using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Rtp.Tests.Payloads;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Fec;

public class ProtectionTests
{
    private const byte Vp8 = 96;
    private const byte Red = 116;
    private const byte Ulpfec = 118;

    private static readonly ExtensionMap s_extensions = new(1, 0, 2, 3, 4);
    private readonly PacketizedFramePool _frames = new(new BufferPool());

    private static SendStream NewStream(bool withFec = true) =>
        new(
            new SendStreamOptions
            {
                Ssrc = FecPackets.Ssrc,
                PayloadType = Vp8,
                ClockRateHz = 90000,
                RtxSsrc = 2,
                RtxPayloadType = 97,
                FirstSequence = 65_500,
                Extensions = s_extensions,
                Mid = "0",
                Fec = withFec ? new FecPayloadTypes(Red, Ulpfec) : null,
            },
            new TransportSequence()
        );

    /// <summary>A report that says so much was lost, over such a round trip.</summary>
    private static void Report(SendStream stream, double loss, double rttMs)
    {
        var sent = new NtpTimestamp(100UL << 32);
        var now = new NtpTimestamp((100UL << 32) + (ulong)(rttMs / 1000 * (1L << 32)));
        stream.OnReceiverReport(new ReportBlock(FecPackets.Ssrc, (byte)(loss * 256), 0, 0, 0, sent.Middle, 0), now);
    }

    /// <summary>What goes out for one frame.</summary>
    private List<byte[]> Send(SendStream stream, Random random, int bytes, double ms, bool isKeyframe = false)
    {
        var now = MediaTime.FromMilliseconds(ms);
        var packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, _frames);
        var frame = packetizer.Packetize(Clips.Frame(VideoCodec.Vp8, random, bytes, isKeyframe), isKeyframe, now);
        var packets = new List<byte[]>();
        var buffer = new byte[1500];
        for (var i = 0; i < frame.Count; i++)
        {
            packets.Add(buffer[..stream.Write(frame, i, now, buffer)]);
            while (stream.WriteFec(now, buffer) is > 0 and var fec)
            {
                packets.Add(buffer[..fec]);
            }
        }

        frame.Release();
        return packets;
    }

    [Theory]
    [InlineData(0, 300, 0)]
    [InlineData(0.01, 300, 0)] // hardly anything is lost
    [InlineData(0.05, 40, 0)] // RTX is in time
    [InlineData(0.05, 150, 0.3)]
    [InlineData(0.1, 300, 0.5)]
    [InlineData(0.3, 50, 0.5)] // RTX would be, but is lost as well
    [InlineData(0.9, 300, 0.5)]
    public void Loss_and_round_trip_decide(double loss, double rttMs, double rate)
    {
        var policy = new ProtectionPolicy();
        for (var i = 0; i < 40; i++)
        {
            policy.OnReport(loss, TimeSpan.FromMilliseconds(rttMs));
        }

        policy.Rate.ShouldBe(rate, 0.02);
        policy.KeyframeRate.ShouldBe(Math.Min(2 * rate, 0.5), 0.02);
    }

    [Theory]
    [InlineData(33, true)]
    [InlineData(100, false)] // RTX comes with the frame after next, which hardly shows
    public void Where_frames_are_rare_rtx_is_in_time_over_longer_lines(int frameMs, bool isProtected)
    {
        var stream = NewStream();
        for (var i = 0; i < 200; i++)
        {
            Report(stream, 0.1, 120);
            Send(stream, new Random(i), 6000, i * frameMs);
        }

        (stream.ProtectionRate > 0).ShouldBe(isProtected);
        if (!isProtected)
        {
            Report(stream, 0.1, 400);
            Send(stream, new Random(0), 6000, 200 * frameMs);
            Report(stream, 0.1, 400);
            Send(stream, new Random(0), 6000, 201 * frameMs);
            stream.ProtectionRate.ShouldBeGreaterThan(0);
        }
    }

    [Fact]
    public void It_does_not_flap()
    {
        var policy = new ProtectionPolicy();
        policy.OnReport(0.2, null);
        policy.Rate.ShouldBe(0); // nobody knows yet whether RTX is late
        policy.OnReport(0.05, TimeSpan.FromMilliseconds(120));
        var changes = 0;
        for (var i = 0; i < 200; i++)
        {
            var before = policy.Rate > 0;
            policy.OnReport(i % 2 == 0 ? 0.01 : 0.04, TimeSpan.FromMilliseconds(i % 3 == 0 ? 90 : 110));
            changes += policy.Rate > 0 != before ? 1 : 0;
        }

        changes.ShouldBe(0);
        policy.Rate.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void Without_loss_every_byte_is_as_without_it()
    {
        var (plain, guarded) = (NewStream(withFec: false), NewStream());
        for (var i = 0; i < 20; i++)
        {
            Report(guarded, 0.005, 300);
            var size = 200 + (i * 400);
            Send(guarded, new Random(i), size, i * 33).ShouldBe(Send(plain, new Random(i), size, i * 33));
        }

        guarded.FecPacketsSent.ShouldBe(0);
    }

    [Fact]
    public void Under_loss_media_goes_in_red_with_fec_behind_it_in_one_sequence_and_what_is_lost_is_restored()
    {
        var stream = NewStream();
        Report(stream, 0.4, 300);
        using var decoder = new UlpfecDecoder(FecPackets.Ssrc, new BufferPool());
        var random = new Random(1);
        var sequence = stream.NextSequence;
        var (fecPackets, restored) = (0, 0);
        for (var i = 0; i < 50; i++)
        {
            byte[]? lost = null;
            foreach (var packet in Send(stream, random, random.Next(100, 6000), i * 33))
            {
                RtpPacket.TryParse(packet, out var red).ShouldBeTrue();
                red.PayloadType.ShouldBe(Red);
                red.SequenceNumber.ShouldBe(sequence++);
                red.Timestamp.ShouldBe((uint)(i * 33 * 90));
                RedEncapsulation.TryUnwrap(packet, out var bytes).ShouldBeTrue();
                RtpPacket.TryParse(bytes, out var plain).ShouldBeTrue();
                if (plain.PayloadType == Ulpfec)
                {
                    plain.Marker.ShouldBeFalse();
                    decoder.AddFec(plain.Payload).ShouldBeTrue();
                    fecPackets++;
                }
                else
                {
                    plain.PayloadType.ShouldBe(Vp8);
                    if (i > 5 && lost is null && plain.Marker)
                    {
                        lost = bytes.ToArray();
                        continue;
                    }

                    decoder.AddMedia(plain, s_extensions);
                }

                var buffer = new byte[UlpfecDecoder.MaxPacket];
                while (decoder.TryRestore(s_extensions, buffer, out var found))
                {
                    restored++;
                    if (lost is not null)
                    {
                        s_extensions.ClearSendTimes(lost);
                        found.Bytes.ToArray().ShouldBe(lost);
                    }
                }
            }
        }

        stream.FecPacketsSent.ShouldBe(fecPackets);
        stream.PacketsSent.ShouldBe((ushort)(sequence - 65_500));
        restored.ShouldBeGreaterThan(25);
    }

    [Fact]
    public void Retransmissions_are_plain_and_fec_packets_are_not_repeated()
    {
        var stream = NewStream();
        Report(stream, 0.4, 300);
        var packets = Send(stream, new Random(1), 4000, 0);
        packets.Count.ShouldBe(6); // 4 of media, 2 of FEC for them
        var buffer = new byte[1500];
        for (var i = 0; i < packets.Count; i++)
        {
            var length = stream.Retransmit((ushort)(65_500 + i), MediaTime.FromMilliseconds(300), buffer);
            if (i >= 4)
            {
                length.ShouldBe(0);
                continue;
            }

            RtpPacket.TryParse(buffer.AsSpan(0, length), out var rtx).ShouldBeTrue();
            RtpPacket.TryParse(packets[i], out var original).ShouldBeTrue();
            rtx.PayloadType.ShouldBe((byte)97);
            rtx.Payload[2..].ToArray().ShouldBe(original.Payload[1..].ToArray());
        }
    }

    [Fact]
    public void It_ends_when_the_line_is_good_again()
    {
        var stream = NewStream();
        Report(stream, 0.4, 300);
        Send(stream, new Random(1), 500, 0)[0][1].ShouldBe((byte)(Red | 0x80));
        for (var i = 0; i < 20; i++)
        {
            Report(stream, 0, 300);
        }

        var packets = Send(stream, new Random(1), 500, 33);
        packets.ShouldHaveSingleItem()[1].ShouldBe((byte)(Vp8 | 0x80));
    }

    [Fact]
    public void Damaged_red_never_throws()
    {
        var stream = NewStream();
        Report(stream, 0.4, 300);
        var packet = Send(stream, new Random(1), 60, 0)[0];
        Damage.Survives(
            packet,
            bytes =>
            {
                var copy = bytes.ToArray();
                if (RedEncapsulation.TryUnwrap(copy, out var plain))
                {
                    RtpPacket.TryParse(plain, out var inside).ShouldBeTrue();
                    RtpPacket.TryParse(bytes, out var outside).ShouldBeTrue();
                    inside.Payload.ToArray().ShouldBe(outside.Payload[1..].ToArray());
                    inside.SequenceNumber.ShouldBe(outside.SequenceNumber);
                }
                else
                {
                    copy.ShouldBe(bytes.ToArray());
                }
            }
        );
    }
}
