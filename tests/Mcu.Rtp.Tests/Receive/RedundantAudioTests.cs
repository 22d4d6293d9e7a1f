using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Receive;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Receive;

/// <summary>Frames that come once more in later packets, in the jitter buffer.</summary>
public sealed class RedundantAudioTests : IDisposable
{
    private const int Units = 960;

    private readonly BufferPool _pool = new();
    private readonly AudioJitterBuffer _buffer;

    public RedundantAudioTests() => _buffer = new AudioJitterBuffer(48_000, _pool);

    public void Dispose()
    {
        _buffer.Dispose();
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void A_lost_packet_is_played_from_the_one_after_it()
    {
        Insert(0);
        Insert(1);
        Insert(3);
        Redundant(2, carriedBy: 3).ShouldBeTrue();

        Play(from: 0, to: 3).ShouldBe([0, 1, 2, 3]);
        _buffer.Statistics.Lost.ShouldBe(0);
    }

    [Fact]
    public void What_is_there_already_or_was_played_is_not_taken_twice()
    {
        Insert(0);
        Insert(1);
        Redundant(0, carriedBy: 1).ShouldBeFalse();
        Insert(2);
        Redundant(1, carriedBy: 2).ShouldBeFalse();
        Play(from: 0, to: 2).ShouldBe([0, 1, 2]);
        Insert(3);
        Redundant(2, carriedBy: 3).ShouldBeFalse();
        Redundant(3, carriedBy: 3).ShouldBeFalse();
        var statistics = _buffer.Statistics;
        (statistics.Received, statistics.Duplicates, statistics.Late).ShouldBe((4, 0, 0));
    }

    [Fact]
    public void The_packet_itself_coming_late_is_then_a_duplicate()
    {
        Insert(0);
        Insert(2);
        Redundant(1, carriedBy: 2).ShouldBeTrue();
        Insert(1).ShouldBeFalse();
        Play(from: 0, to: 2).ShouldBe([0, 1, 2]);
        _buffer.Statistics.Duplicates.ShouldBe(1);
    }

    [Fact]
    public void Repair_that_comes_three_packets_behind_is_waited_for_until_10_s_after_it_was_needed()
    {
        Run(lost: number => number % 50 is 20 or 21 or 22, packets: 200);
        _buffer.Statistics.Lost.ShouldBe(0);
        _buffer.TargetDelay.TotalMilliseconds.ShouldBeInRange(60, 100);

        Run(lost: _ => false, packets: 600);
        _buffer.TargetDelay.TotalMilliseconds.ShouldBeLessThan(40);
        Run(lost: number => number % 50 is 20, packets: 100);
        _buffer.TargetDelay.TotalMilliseconds.ShouldBeLessThan(40, "one packet behind is what there was lately");
    }

    [Fact]
    public void Without_loss_nothing_is_waited_for()
    {
        Run(lost: _ => false, packets: 100);
        _buffer.TargetDelay.ShouldBeLessThanOrEqualTo(TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void Nothing_is_taken_before_the_first_packet()
    {
        Redundant(0, carriedBy: 1).ShouldBeFalse();
        Insert(5);
        Insert(7);
        _buffer.InsertRedundant(6, 6 * Units, [6], Units, At(7)).ShouldBeTrue();
    }

    private int _sent;

    /// <summary>A sender whose packets carry the three frames before, a line, and a mixer that pulls in between.</summary>
    private void Run(Func<int, bool> lost, int packets)
    {
        for (var end = _sent + packets; _sent < end; _sent++)
        {
            if (!lost(_sent))
            {
                Insert(_sent);
                for (var back = Math.Min(3, _sent); back > 0; back--)
                {
                    Redundant(_sent - back, carriedBy: _sent);
                }
            }

            _buffer.Pull(At(_sent) + TimeSpan.FromMilliseconds(7), out _);
        }
    }

    private List<int> Play(int from, int to)
    {
        List<int> played = [];
        for (var number = from; number <= to; number++)
        {
            if (_buffer.Pull(At(to) + TimeSpan.FromMilliseconds(10), out var frame) == JitterPull.Frame)
            {
                frame.Timestamp.ShouldBe((uint)(number * Units));
                played.Add(frame.Payload[0]);
            }
        }

        return played;
    }

    private bool Insert(int number) => _buffer.Insert((ushort)number, (uint)(number * Units), [(byte)number], Units, At(number));

    private bool Redundant(int number, int carriedBy) =>
        _buffer.InsertRedundant((ushort)number, (uint)(number * Units), [(byte)number], Units, At(carriedBy));

    private static MediaTime At(int number) => MediaTime.FromMilliseconds(1000 + (number * 20));
}
