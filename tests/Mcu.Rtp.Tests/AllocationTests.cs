using System.Buffers.Binary;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Fec;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Rtp.Tests.Fec;
using Mcu.Rtp.Tests.Payloads;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests;

/// <summary>Steady state allocates nothing per packet, tick or frame.</summary>
public class AllocationTests
{
    private static void AllocatesNothing(Action<int> step)
    {
        for (var i = 0; i < 3000; i++)
        {
            step(i);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 3000; i < 5000; i++)
        {
            step(i);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void Jitter_buffer()
    {
        using var buffer = new AudioJitterBuffer(48000, new BufferPool());
        var payload = new byte[100];
        AllocatesNothing(i =>
        {
            var now = MediaTime.FromMilliseconds(i * 20);
            if (i % 7 != 0)
            {
                buffer.Insert((ushort)i, (uint)(i * 960), payload, 960, now);
            }

            buffer.Pull(now + TimeSpan.FromMilliseconds(5), out _);
        });
    }

    [Fact]
    public void Redundant_audio_from_packetizer_to_jitter_buffer()
    {
        var buffers = new BufferPool();
        var packetizer = new AudioPacketizer(new PacketizedFramePool(buffers));
        using var buffer = new AudioJitterBuffer(48000, buffers);
        var options = new SendStreamOptions
        {
            Ssrc = 1,
            PayloadType = 111,
            RedPayloadType = 63,
            ClockRateHz = 48000,
            HistoryPackets = 0,
        };
        using var stream = new SendStream(options);
        stream.Redundancy = 3;
        var payload = new byte[100];
        var packet = new byte[1500];
        AllocatesNothing(i =>
        {
            var now = MediaTime.FromMilliseconds(i * 20);
            var frame = packetizer.Packetize(payload, now);
            var length = stream.Write(frame, 0, now, packet);
            frame.Release();
            var isRead = RtpPacket.TryParse(packet.AsSpan(0, length), out var parsed);
            if (isRead && i % 3 == 0 && RedPayload.TryParse(parsed.Payload, out var red))
            {
                buffer.Insert(parsed.SequenceNumber, parsed.Timestamp, red.Primary.Payload, 960, now);
                for (var back = red.RedundantCount; back > 0; back--)
                {
                    var block = red.Before(back);
                    var timestamp = parsed.Timestamp - (uint)block.TimestampOffset;
                    buffer.InsertRedundant((ushort)(parsed.SequenceNumber - back), timestamp, block.Payload, 960, now);
                }
            }

            buffer.Pull(now, out _);
        });
        buffer.Statistics.Lost.ShouldBeLessThan(10);
    }

    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    [InlineData(VideoCodec.H264)]
    public void Video_from_packetizer_to_assembled_frame(VideoCodec codec)
    {
        var buffers = new BufferPool();
        var packetizer = VideoPayloads.CreatePacketizer(codec, new PacketizedFramePool(buffers));
        using var assembler = new VideoFrameAssembler(codec, buffers);
        var options = new SendStreamOptions
        {
            Ssrc = 1,
            PayloadType = 96,
            ClockRateHz = 90000,
            Extensions = new ExtensionMap(1, 0, 2, 3, 0),
            Mid = "0",
            HistoryPackets = 256,
        };
        using var stream = new SendStream(options, new TransportSequence());
        var key = Clips.Frame(codec, new Random(1), 5000, true);
        var packet = new byte[1500];
        AllocatesNothing(i =>
        {
            var now = MediaTime.FromMilliseconds(i * 33);
            var frame = packetizer.Packetize(key, true, now);
            for (var p = 0; p < frame.Count; p++)
            {
                var length = stream.Write(frame, p, now, packet);
                if (RtpPacket.TryParse(packet.AsSpan(0, length), out var parsed))
                {
                    assembler.Insert(parsed, now);
                }
            }

            stream.Retransmit((ushort)(stream.NextSequence - 1), now, packet);
            frame.Release();
            while (assembler.TryTake(now, out var assembled))
            {
                assembled.Data.Release();
            }
        });
        assembler.FramesTaken.ShouldBe(5000);
    }

    [Fact]
    public void Forward_error_correction()
    {
        var random = new Random(1);
        var packets = Enumerable.Range(0, 7).Select(i => FecPackets.Random(random, 0)).ToArray();
        var encoder = new UlpfecEncoder();
        using var decoder = new UlpfecDecoder(FecPackets.Ssrc, new BufferPool());
        var payload = new byte[1500];
        var restored = new byte[UlpfecDecoder.MaxPacket];
        ushort sequence = 0;
        AllocatesNothing(i =>
        {
            encoder.BeginFrame(packets.Length, 0.3, TimeSpan.Zero);
            for (var p = 0; p < packets.Length; p++)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packets[p].AsSpan(2), sequence++);
                encoder.Add(packets[p].AsSpan(0, 12), packets[p].AsSpan(12), MediaTime.FromMilliseconds(i * 33));
                if (p != 3 && RtpPacket.TryParse(packets[p], out var packet))
                {
                    decoder.AddMedia(packet, ExtensionMap.None);
                }

                while (encoder.TryTake(payload, out var length))
                {
                    decoder.AddFec(payload.AsSpan(0, length));
                    sequence++;
                }

                while (decoder.TryRestore(ExtensionMap.None, restored, out _)) { }
            }
        });
        decoder.RestoredPackets.ShouldBeGreaterThan(4990);
    }

    [Fact]
    public void Statistics_nacks_and_feedback()
    {
        var stream = new ReceiveStream(
            new ReceiveStreamOptions
            {
                Ssrc = 1,
                ClockRateHz = 90000,
                Nack = new NackOptions(),
            },
            new SenderClock()
        );
        var feedback = new TransportFeedbackBuilder(TimeSpan.FromMilliseconds(50));
        var rtp = new byte[60];
        var rtcp = new byte[1200];
        var lost = new ushort[50];
        var read = 0;
        AllocatesNothing(i =>
        {
            var now = MediaTime.FromMilliseconds(i * 5);
            var packet = new RtpWriter(rtp, new RtpHeader(96, true, (ushort)i, (uint)(i * 450), 1));
            if (i % 5 != 0 && RtpPacket.TryParse(rtp.AsSpan(0, packet.AddPayload([1])), out var parsed))
            {
                stream.OnRtp(parsed, now);
                feedback.OnPacket((ushort)i, now);
            }

            var writer = new RtcpWriter(rtcp);
            writer.TryAddReceiverReport(7, [stream.BuildReport(now)]);
            writer.TryAddNack(new FeedbackSources(7, 1), lost.AsSpan(0, stream.PollNacks(now, TimeSpan.Zero, lost)));
            while (feedback.TryWrite(now, new FeedbackSources(7, 1), ref writer)) { }

            var reader = new RtcpReader(writer.Written);
            while (reader.TryRead(out var part))
            {
                if (TransportFeedback.TryParse(part, out var statuses))
                {
                    foreach (var status in statuses)
                    {
                        read += status.Received ? 1 : 0;
                    }
                }
            }
        });
        read.ShouldBeGreaterThan(3900);
    }

    [Fact]
    public void Congestion_control_and_pacing()
    {
        var controller = new CongestionController(CongestionOptions.Default);
        controller.SetDemand(2_000_000, MediaTime.Zero);
        var pacer = new Pacer();
        var numbers = new TransportSequence(60_000);
        using var stream = new SendStream(
            new SendStreamOptions
            {
                Ssrc = 1,
                PayloadType = 96,
                ClockRateHz = 90000,
                Extensions = new ExtensionMap(1, 0, 2, 3, 0),
                Mid = "0",
                HistoryPackets = 0,
            },
            numbers
        );
        var sender = new CountingSender(controller, numbers);
        var packetizer = VideoPayloads.CreatePacketizer(VideoCodec.Vp8, new PacketizedFramePool(new BufferPool()));
        var content = new byte[5000];
        var feedback = new TransportFeedbackBuilder(TimeSpan.FromMilliseconds(50));
        var rtcp = new byte[1200];
        AllocatesNothing(i =>
        {
            var now = MediaTime.FromMilliseconds(1000 + (i * 10));
            var frame = packetizer.Packetize(content, i % 100 == 0, now);
            if (pacer.Admits(frame, stream))
            {
                pacer.Enqueue(frame, 0, stream, now);
            }

            frame.Release();
            controller.SetBacklog(pacer.QueuedBytes);
            controller.Run(now);
            pacer.SetRate(controller.PacingAt(now), now);
            pacer.Run(now, sender);
            foreach (var number in sender.TakeSent())
            {
                feedback.OnPacket(number, now + TimeSpan.FromMilliseconds(20));
            }

            var writer = new RtcpWriter(rtcp);
            if (feedback.TryWrite(now + TimeSpan.FromMilliseconds(20), new FeedbackSources(1, 2), ref writer))
            {
                var isReport = new RtcpReader(writer.Written).TryRead(out var packet) & TransportFeedback.TryParse(packet, out var report);
                isReport.ShouldBeTrue();
                controller.OnTransportFeedback(report, now);
            }
        });
        controller.ThroughputBps.ShouldBeGreaterThan(1_000_000);
    }

    private sealed class CountingSender(CongestionController controller, TransportSequence numbers) : IPacedSender
    {
        private readonly byte[] _packet = new byte[1500];
        private readonly ushort[] _sent = new ushort[1000];
        private int _count;

        public int SendPayload(SendStream stream, PacketizedFrame frame, int index, MediaTime now)
        {
            var bytes = stream.Write(frame, index, now, _packet);
            controller.OnSent(numbers.Last, bytes, now);
            _sent[_count++] = numbers.Last;
            return bytes;
        }

        public int SendRepair(SendStream stream, ushort sequence, MediaTime now) => 0;

        public ReadOnlySpan<ushort> TakeSent()
        {
            var sent = _sent.AsSpan(0, _count);
            _count = 0;
            return sent;
        }
    }
}
