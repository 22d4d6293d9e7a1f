using CsCheck;
using Mcu.Media;
using Mcu.Transport.Interop;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public class TimingTests
{
    [Fact]
    public void TheClockGoesForwardAndNtpWithIt()
    {
        var clock = new MediaClock();
        var first = clock.Now;
        clock.Now.ShouldBeGreaterThanOrEqualTo(first);
        clock.Ntp.ToMediaTime(clock.Ntp.At(first)).Ticks.ShouldBeInRange(first.Ticks - 1, first.Ticks + 1);
    }

    [Fact]
    public void GatesRememberOneSignal()
    {
        using var gate = new Gate();
        gate.Signal();
        gate.Signal();
        gate.Wait(MediaTime.Never).ShouldBeTrue();
        gate.Wait(MediaTime.Zero).ShouldBeFalse();
    }

    [Fact]
    public void GatesOpenAtTheirDeadlineAndNotBefore()
    {
        var clock = new MediaClock();
        using var gate = new Gate();
        var deadline = clock.Now + TimeSpan.FromMilliseconds(3);
        gate.Wait(deadline).ShouldBeFalse();
        clock.Now.ShouldBeGreaterThanOrEqualTo(deadline);
    }

    [Fact]
    public void PercentilesAreWithinABucket() =>
        Gen.Int[0, 5_000_000]
            .Array[1, 200]
            .Sample(
                microseconds =>
                {
                    var histogram = new LatenessHistogram();
                    foreach (var value in microseconds)
                    {
                        histogram.Record(TimeSpan.FromMicroseconds(value));
                    }

                    Array.Sort(microseconds);
                    var exact = microseconds[(int)Math.Ceiling(0.9 * microseconds.Length) - 1];
                    histogram.Percentile(0.9).TotalMicroseconds.ShouldBeInRange(exact, (exact * 1.125) + 1);
                    histogram.Max.ShouldBe(TimeSpan.FromMicroseconds(microseconds[^1]));
                    histogram.Count.ShouldBe(microseconds.Length);
                },
                iter: 200
            );

    [Fact]
    public void EarlyIsNotLateAndEmptyIsZero()
    {
        var histogram = new LatenessHistogram();
        histogram.Percentile(0.5).ShouldBe(TimeSpan.Zero);
        histogram.Record(TimeSpan.FromSeconds(-1));
        histogram.Percentile(1).ShouldBe(TimeSpan.Zero);
        histogram.Record(TimeSpan.FromDays(30));
        histogram.Percentile(1).ShouldBeLessThanOrEqualTo(histogram.Max);
    }

    /// <summary>The heap against a sorted list, lanes taken out of the middle included.</summary>
    [Fact]
    public void LanesComeOutByTime() =>
        Gen.Select(Gen.Long[0, 50].Array[1, 60], Gen.Int[0, 1000].Array[0, 30])
            .Sample(
                (keys, removals) =>
                {
                    var heap = new LaneHeap();
                    var lanes = keys.Select(_ => new Lane(null!, null!)).ToList();
                    foreach (var (lane, key) in lanes.Zip(keys))
                    {
                        heap.Push(lane, new MediaTime(key));
                    }

                    foreach (var removal in removals.Where(_ => lanes.Count > 0))
                    {
                        var lane = lanes[removal % lanes.Count];
                        heap.Remove(lane);
                        lane.Heap.ShouldBeNull();
                        lanes.Remove(lane);
                    }

                    heap.Count.ShouldBe(lanes.Count);
                    foreach (var expected in lanes.Select(lane => lane.Key).Order())
                    {
                        heap.Earliest.ShouldBe(expected);
                        heap.TryPop(out var lane).ShouldBeTrue();
                        lane!.Key.ShouldBe(expected);
                    }

                    heap.TryPop(out _).ShouldBeFalse();
                },
                iter: 200
            );
}
