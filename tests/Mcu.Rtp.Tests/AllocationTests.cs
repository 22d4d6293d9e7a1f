using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
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
}
