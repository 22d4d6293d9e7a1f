using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Congestion;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Send;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Send;

public sealed class PacerTests : IPacedSender
{
    private static readonly MediaTime s_start = MediaTime.FromMilliseconds(10_000);
    private readonly PacketizedFramePool _pool = new(new BufferPool());
    private readonly Pacer _pacer = new();
    private readonly SendStream _stream = new(
        new SendStreamOptions
        {
            Ssrc = 1,
            PayloadType = 96,
            ClockRateHz = 90000,
            HistoryPackets = 0,
        }
    );
    private readonly List<(MediaTime At, string What)> _sent = [];
    private readonly byte[] _packet = new byte[1500];
    private MediaTime _now = s_start;

    private Vp8Packetizer Packetizer => field ??= new Vp8Packetizer(_pool, 0, 1010);

    public int SendPayload(SendStream stream, PacketizedFrame frame, int index, MediaTime now)
    {
        _sent.Add((now, $"{(frame.IsKeyframe ? "key" : "delta")} {index}"));
        return stream.Write(frame, index, now, _packet);
    }

    public int SendRepair(SendStream stream, ushort sequence, MediaTime now)
    {
        _sent.Add((now, $"repair {sequence}"));
        return 1000;
    }

    /// <summary>A frame of packets of 1000 bytes.</summary>
    private bool Enqueue(int packets, bool key = false)
    {
        var frame = Packetizer.Packetize(new byte[packets * 1000], key, _now);
        var admitted = _pacer.Admits(frame, _stream) && _pacer.Enqueue(frame, 0, _stream, _now);
        frame.Release();
        return admitted;
    }

    /// <summary>Runs the pacer whenever it asks for it; false if anything was dropped.</summary>
    private bool RunFor(int milliseconds)
    {
        var end = _now + TimeSpan.FromMilliseconds(milliseconds);
        var kept = true;
        while (_pacer.NextDeadline <= end)
        {
            var next = MediaTime.Max(_now, _pacer.NextDeadline);
            _now = next > _now ? next : _now + TimeSpan.FromMilliseconds(1);
            kept &= _pacer.Run(_now, this);
        }

        _now = end;
        return kept;
    }

    [Fact]
    public void Without_a_limit_everything_leaves_at_once_and_nothing_is_waited_for()
    {
        for (var i = 0; i < 1000; i++)
        {
            _pacer.MaySend(_now).ShouldBeTrue();
            _pacer.OnSent(1200, _now);
        }

        _pacer.NextDeadline.ShouldBe(MediaTime.Never);
        _pacer.QueueDelay(_now).ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void Packets_leave_at_the_rate()
    {
        _pacer.SetRate(new Pacing(800_000, TimeSpan.Zero), _now); // 1000 bytes take 10 ms
        Enqueue(10, key: true);
        _pacer.QueueDelay(_now).TotalMilliseconds.ShouldBeInRange(100, 120);
        RunFor(500).ShouldBeTrue();
        _sent.Count.ShouldBe(10);
        (_sent[^1].At - _sent[0].At).TotalMilliseconds.ShouldBeInRange(85, 105);
        _pacer.IsEmpty.ShouldBeTrue();
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void What_was_not_used_lately_may_be_sent_at_once()
    {
        _pacer.SetRate(new Pacing(800_000, TimeSpan.FromMilliseconds(40)), _now);
        var sent = 0;
        for (; _pacer.MaySend(_now); sent++)
        {
            _pacer.OnSent(1000, _now);
        }

        sent.ShouldBe(5); // four for the 40 ms, and one more
    }

    [Fact]
    public void Sound_does_not_wait_and_pushes_video_back()
    {
        _pacer.SetRate(new Pacing(80_000, TimeSpan.Zero), _now); // 1000 bytes take 100 ms
        Enqueue(1, key: true);
        _pacer.OnSent(100, _now);
        _pacer.MaySend(_now).ShouldBeFalse();
        RunFor(50);
        _sent.Count.ShouldBe(1);
        (_sent[0].At - s_start).TotalMilliseconds.ShouldBe(10, 0.5);
    }

    [Fact]
    public void Repairs_leave_before_frames()
    {
        _pacer.SetRate(new Pacing(800_000, TimeSpan.Zero), _now);
        Enqueue(3, key: true);
        _pacer.Run(_now, this);
        _pacer.EnqueueRepair(_stream, 7);
        RunFor(100);
        _sent.Select(s => s.What).ShouldBe(["key 0", "repair 7", "key 1", "key 2"]);
    }

    [Fact]
    public void Frames_that_waited_too_long_are_dropped_down_to_the_next_keyframe()
    {
        _pacer.SetRate(new Pacing(80_000, TimeSpan.Zero), _now);
        for (var i = 0; i < 10; i++)
        {
            Enqueue(1).ShouldBeTrue();
        }

        RunFor(400).ShouldBeFalse();
        _pacer.IsEmpty.ShouldBeTrue();
        _pacer.FramesDropped.ShouldBeInRange(6, 7);
        _pacer.AwaitsKeyframe(_stream).ShouldBeTrue();
        _pool.Outstanding.ShouldBe(0);
        Enqueue(1).ShouldBeFalse();
        Enqueue(1, key: true).ShouldBeTrue();
        Enqueue(1).ShouldBeTrue();
        RunFor(300).ShouldBeTrue();
        _sent[^1].What.ShouldBe("delta 0");
        _pacer.AwaitsKeyframe(_stream).ShouldBeFalse();
    }

    [Fact]
    public void A_keyframe_may_take_longer_and_what_follows_it_too()
    {
        _pacer.SetRate(new Pacing(80_000, TimeSpan.Zero), _now);
        Enqueue(8, key: true);
        RunFor(100);
        Enqueue(1);
        RunFor(1500).ShouldBeTrue();
        _sent.Count.ShouldBe(9);
        _pacer.FramesDropped.ShouldBe(0);
    }

    [Fact]
    public void A_keyframe_takes_the_place_of_what_would_hold_it_up_for_long()
    {
        _pacer.SetRate(new Pacing(80_000, TimeSpan.Zero), _now);
        Enqueue(8, key: true);
        Enqueue(1);
        Enqueue(1);
        RunFor(150);
        Enqueue(2, key: true).ShouldBeTrue();
        RunFor(1400).ShouldBeTrue();
        _sent
            .Select(s => s.What)
            .ShouldBe([.. Enumerable.Range(0, 8).Select(i => $"key {i}"), "key 0", "key 1"], "one that is under way is finished");
        _pacer.FramesDropped.ShouldBe(2);
        _pacer.QueuedBytes.ShouldBe(0);
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void A_keyframe_displaces_nothing_that_is_gone_soon()
    {
        _pacer.SetRate(new Pacing(800_000, TimeSpan.Zero), _now);
        Enqueue(10);
        Enqueue(5, key: true);
        RunFor(250).ShouldBeTrue();
        _sent.Count.ShouldBe(15);
        _pacer.FramesDropped.ShouldBe(0);
    }

    [Fact]
    public void Stills_may_take_10_s_and_the_next_one_waits_for_the_one_under_way()
    {
        _pacer.SetRate(new Pacing(8_000, TimeSpan.Zero), _now); // 1000 bytes take 1 s
        Enqueue(1, key: true);
        Enqueue(5, key: true);
        RunFor(3500).ShouldBeTrue();
        Enqueue(4, key: true);
        RunFor(1000);
        Enqueue(2, key: true);
        RunFor(6000).ShouldBeTrue();
        _sent.Select(s => s.What).ShouldBe(["key 0", "key 1", "key 2", "key 3", "key 4", "key 0", "key 1"]);
        _pacer.FramesDropped.ShouldBe(2, "each was replaced before it began");
        Enqueue(30, key: true);
        RunFor(11_000).ShouldBeFalse("no longer than that");
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void Held_packets_wait_and_are_not_kept_for_ever()
    {
        _pacer.SetRate(new Pacing(0, TimeSpan.Zero), _now);
        Enqueue(2);
        RunFor(200).ShouldBeTrue();
        _sent.ShouldBeEmpty();
        _pacer.QueueDelay(_now).TotalMilliseconds.ShouldBe(200);
        RunFor(200).ShouldBeFalse();
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void The_queue_is_bounded()
    {
        _pacer.SetRate(new Pacing(8000, TimeSpan.Zero), _now);
        Enqueue(1, key: true);
        var kept = 0;
        while (Enqueue(1))
        {
            kept++;
        }

        kept.ShouldBeInRange(50, 100);
        _pool.Outstanding.ShouldBe(0);
        for (var i = 0; i < 1000; i++)
        {
            _pacer.EnqueueRepair(_stream, (ushort)i);
        }

        _pacer.SetRate(Pacing.Unlimited, _now);
        RunFor(10);
        _sent.Count.ShouldBe(256);
        _sent[^1].What.ShouldBe("repair 999");
    }

    [Fact]
    public void What_waits_for_a_stream_that_ends_is_given_back()
    {
        using var other = new SendStream(
            new SendStreamOptions
            {
                Ssrc = 2,
                PayloadType = 96,
                ClockRateHz = 90000,
                HistoryPackets = 0,
            }
        );
        _pacer.SetRate(new Pacing(800_000, TimeSpan.Zero), _now);
        Enqueue(3, key: true);
        var frame = Packetizer.Packetize(new byte[2000], true, _now);
        _pacer.Enqueue(frame, 0, other, _now);
        frame.Release();
        _pacer.EnqueueRepair(_stream, 1);
        _pacer.Forget(_stream);
        _pool.Outstanding.ShouldBe(1);
        _pacer.QueuedBytes.ShouldBeInRange(2000, 2200);
        RunFor(100);
        _sent.Count.ShouldBe(2);
        _pacer.QueuedBytes.ShouldBe(0);
        _pool.Outstanding.ShouldBe(0);
    }
}
