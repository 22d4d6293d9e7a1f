using CsCheck;
using Mcu.Media;
using Mcu.Media.Scheduling;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

/// <summary>How busy and how late media threads are: the meters in virtual time, and that the scheduler feeds them.</summary>
public sealed class SchedulerLoadTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public void TheBusyPartIsThatOfTheLastSecond()
    {
        var meter = new BusyMeter();
        for (var at = 0; at < 10_000; at += 20)
        {
            meter.Add(MediaTime.FromMilliseconds(at), MediaTime.FromMilliseconds(at + 5));
        }

        meter.Read(MediaTime.FromMilliseconds(10_000)).ShouldBe(0.25, 0.001);
        meter.Read(MediaTime.FromMilliseconds(10_500)).ShouldBe(0.125, 0.001);
        meter.Read(MediaTime.FromMilliseconds(11_000)).ShouldBe(0);
        meter.Read(MediaTime.FromMilliseconds(100_000)).ShouldBe(0);
    }

    [Fact]
    public void OneLongStretchIsABusySecondAndNoMore()
    {
        var meter = new BusyMeter();
        meter.Add(MediaTime.FromMilliseconds(500), MediaTime.FromMilliseconds(60_000));
        meter.Read(MediaTime.FromMilliseconds(60_000)).ShouldBe(1);
        meter.Read(MediaTime.FromMilliseconds(60_500)).ShouldBe(0.5);
    }

    /// <summary>Against the sum over all stretches.</summary>
    [Fact]
    public void NothingIsCountedTwiceNorLost() =>
        Gen.Select(Gen.Int[0, 400].Array[1, 60], Gen.Int[1, 2_000])
            .Sample(
                (lengths, later) =>
                {
                    var meter = new BusyMeter();
                    var stretches = new List<(int From, int To)>();
                    var at = 0;
                    for (var i = 0; i < lengths.Length; i++)
                    {
                        var end = at + lengths[i];
                        if (i % 2 == 0)
                        {
                            meter.Add(MediaTime.FromMilliseconds(at), MediaTime.FromMilliseconds(end));
                            stretches.Add((at, end));
                        }

                        at = end;
                    }

                    var now = at + later;
                    var until = now / 250 * 250;
                    var busy = stretches.Sum(stretch => Math.Max(Math.Min(stretch.To, until) - Math.Max(stretch.From, until - 1000), 0));
                    meter.Read(MediaTime.FromMilliseconds(now)).ShouldBe(busy / 1000.0, 1e-9);
                },
                iter: 200
            );

    [Fact]
    public void RecentLatenessForgetsAfterASecond()
    {
        var recent = new RecentLateness();
        for (var at = 0; at < 1000; at += 10)
        {
            recent.Record(TimeSpan.FromMilliseconds(at == 500 ? 30 : 1), MediaTime.FromMilliseconds(at));
        }

        recent.Percentile(1, MediaTime.FromMilliseconds(999)).ShouldBe(TimeSpan.Zero, "the second is not over");
        recent.Percentile(1, MediaTime.FromMilliseconds(1000)).ShouldBe(TimeSpan.FromMilliseconds(30));
        recent.Percentile(0.98, MediaTime.FromMilliseconds(1999)).TotalMilliseconds.ShouldBeInRange(1, 1.2);
        recent.Percentile(1, MediaTime.FromMilliseconds(2000)).ShouldBe(TimeSpan.Zero);

        recent.Record(TimeSpan.FromMilliseconds(40), MediaTime.FromMilliseconds(2500));
        recent.Record(TimeSpan.FromMilliseconds(2), MediaTime.FromMilliseconds(7500));
        recent.Percentile(1, MediaTime.FromMilliseconds(8000)).ShouldBe(TimeSpan.FromMilliseconds(2));
    }

    [Fact]
    public void MeteringAllocatesNothing()
    {
        var meter = new BusyMeter();
        var recent = new RecentLateness();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var at = 0; at < 5_000; at++)
        {
            var now = MediaTime.FromMilliseconds(at);
            meter.Add(now, now + TimeSpan.FromMicroseconds(300));
            recent.Record(TimeSpan.FromMicroseconds(at), now);
            meter.Read(now);
            recent.Percentile(0.99, now);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    [Fact]
    public void ALaneAndTheSchedulerTellHowBusyTheyAre()
    {
        using var scheduler = new MediaScheduler(new MediaClock(), new MediaSchedulerOptions { RealTimeThreads = 1 });
        using var seen = new SemaphoreSlim(0);
        ILane? busy = null;
        var idle = scheduler.AddLane(new Work(_ => MediaTime.Never));
        idle.Wake();
        busy = scheduler.AddLane(
            new Work(now =>
            {
                SpinFor(scheduler, TimeSpan.FromMilliseconds(1));
                if (busy!.Load < 0.5 || scheduler.Load.LaneCores < 0.5)
                {
                    return now;
                }

                seen.Release();
                return MediaTime.Never;
            })
        );
        busy.Wake();
        seen.Wait(s_patience).ShouldBeTrue();
        busy.Load.ShouldBeLessThanOrEqualTo(1);
        idle.Load.ShouldBeLessThan(0.1);
        scheduler.Load.VideoCores.ShouldBe(0);
    }

    [Fact]
    public void VideoThreadsTellHowBusyTheyAre()
    {
        using var scheduler = new MediaScheduler(new MediaClock(), new MediaSchedulerOptions { VideoThreads = 1 });
        using var seen = new SemaphoreSlim(0);
        var job = new Job();
        job.Run = () =>
        {
            SpinFor(scheduler, TimeSpan.FromMilliseconds(1));
            if (scheduler.Load.VideoCores >= 0.5)
            {
                seen.Release();
            }
            else
            {
                scheduler.Submit(job, scheduler.Now);
            }
        };
        scheduler.Submit(job, scheduler.Now);
        seen.Wait(s_patience).ShouldBeTrue();
        scheduler.Load.LaneCores.ShouldBe(0);
    }

    private static void SpinFor(MediaScheduler scheduler, TimeSpan duration)
    {
        var end = scheduler.Now + duration;
        SpinWait.SpinUntil(() => scheduler.Now >= end);
    }

    private sealed class Work(Func<MediaTime, MediaTime> run) : ISerialWork
    {
        public MediaTime Run(MediaTime now) => run(now);
    }

    private sealed class Job : IVideoJob
    {
        public Action Run { get; set; } = () => { };

        public void Execute() => Run();
    }
}
