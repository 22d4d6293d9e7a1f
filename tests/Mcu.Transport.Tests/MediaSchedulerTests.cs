using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Scheduling;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

public sealed class MediaSchedulerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly MediaClock _clock = new();
    private readonly List<MediaScheduler> _schedulers = [];

    public void Dispose() => _schedulers.ForEach(scheduler => scheduler.Dispose());

    [Fact]
    public void ALaneRunsWhenWokenAndNotBefore()
    {
        var scheduler = Create();
        using var ran = new SemaphoreSlim(0);
        var lane = scheduler.AddLane(new Work(_ => Then(ran.Release(), MediaTime.Never)));
        RunSomethingElse(scheduler);
        ran.CurrentCount.ShouldBe(0);
        lane.Wake();
        ran.Wait(s_patience).ShouldBeTrue();
        lane.Wake();
        ran.Wait(s_patience).ShouldBeTrue();
    }

    [Fact]
    public void ALaneRunsAtItsDeadlineAndNotBefore()
    {
        var scheduler = Create();
        var runs = new BlockingCollection<(MediaTime Due, MediaTime Now)>();
        var due = MediaTime.Zero;
        var lane = scheduler.AddLane(
            new Work(now =>
            {
                runs.Add((due, now));
                due = now + TimeSpan.FromMilliseconds(2);
                return due;
            })
        );
        lane.Wake();
        for (var run = 0; run < 5; run++)
        {
            runs.TryTake(out var time, s_patience).ShouldBeTrue();
            time.Now.ShouldBeGreaterThanOrEqualTo(time.Due);
        }

        lane.Dispose();
    }

    /// <summary>Deadlines are kept even when the thread that keeps time is busy with another lane.</summary>
    [Fact]
    public void ABusyLaneDoesNotHoldUpTheDeadlinesOfOthers()
    {
        var scheduler = Create(realTimeThreads: 2);
        using var blocked = new ManualResetEventSlim();
        using var release = new ManualResetEventSlim();
        using var ticks = new SemaphoreSlim(0);
        var ticker = scheduler.AddLane(new Work(now => Then(ticks.Release(), now + TimeSpan.FromMilliseconds(1))));
        ticker.Wake();
        var busy = scheduler.AddLane(
            new Work(_ =>
            {
                blocked.Set();
                release.Wait(s_patience);
                return MediaTime.Never;
            })
        );
        busy.Wake();
        blocked.Wait(s_patience).ShouldBeTrue();
        for (var tick = 0; tick < 20; tick++)
        {
            ticks.Wait(s_patience).ShouldBeTrue();
        }

        release.Set();
        ticker.Dispose();
    }

    [Fact]
    public async Task EveryWakeIsFollowedByARunAndNoTwoRunsMeet()
    {
        const int Lanes = 6;
        const int Wakers = 3;
        const int Each = 4000;
        var scheduler = Create(realTimeThreads: 4);
        var works = Enumerable.Range(0, Lanes).Select(_ => new CountingWork(Wakers * Each)).ToArray();
        var lanes = works.Select(scheduler.AddLane).ToArray();
        var wakers = Enumerable
            .Range(0, Wakers)
            .Select(waker =>
                Task.Run(() =>
                {
                    for (var i = 0; i < Lanes * Each; i++)
                    {
                        works[(i + waker) % Lanes].Post();
                        lanes[(i + waker) % Lanes].Wake();
                    }
                })
            );
        await Task.WhenAll(wakers);
        foreach (var work in works)
        {
            await work.Drained.WaitAsync(s_patience);
            work.Overlaps.ShouldBe(0);
        }
    }

    [Fact]
    public void WhatHasWaitedLongestRunsFirst()
    {
        var scheduler = Create(realTimeThreads: 1);
        var order = new BlockingCollection<int>();
        var lanes = Enumerable.Range(0, 5).Select(i => scheduler.AddLane(new Work(_ => Then(order, i, MediaTime.Never)))).ToArray();
        using (BlockLanes(scheduler))
        {
            foreach (var i in new[] { 3, 0, 4, 1, 2 })
            {
                lanes[i].Wake();
            }
        }

        foreach (var i in new[] { 3, 0, 4, 1, 2 })
        {
            order.TryTake(out var ran, s_patience).ShouldBeTrue();
            ran.ShouldBe(i);
        }
    }

    [Fact]
    public void WorkThatThrowsIsStoppedAndReported()
    {
        var scheduler = Create();
        var failures = new BlockingCollection<MediaWorkFailedEventArgs>();
        scheduler.UnhandledLaneException += (_, failure) => failures.Add(failure);
        scheduler.UnhandledJobException += (_, failure) => failures.Add(failure);
        var runs = 0;
        var work = new Work(_ =>
        {
            runs++;
            throw new InvalidOperationException("broken lane");
        });
        var lane = scheduler.AddLane(work);
        lane.Wake();
        failures.TryTake(out var failure, s_patience).ShouldBeTrue();
        failure!.Work.ShouldBe(work);
        failure.Exception.Message.ShouldBe("broken lane");
        lane.Wake();
        RunSomethingElse(scheduler);
        runs.ShouldBe(1);
        lane.Dispose();

        var job = new Job(() => throw new InvalidOperationException("broken job"));
        scheduler.Submit(job, _clock.Now);
        failures.TryTake(out failure, s_patience).ShouldBeTrue();
        failure!.Work.ShouldBe(job);
    }

    [Fact]
    public void DisposingALaneWaitsForItsRun()
    {
        var scheduler = Create();
        using var started = new ManualResetEventSlim();
        var running = false;
        var lane = scheduler.AddLane(
            new Work(now =>
            {
                Volatile.Write(ref running, true);
                started.Set();
                Thread.SpinWait(100_000);
                Volatile.Write(ref running, false);
                return now;
            })
        );
        lane.Wake();
        started.Wait(s_patience).ShouldBeTrue();
        lane.Dispose();
        Volatile.Read(ref running).ShouldBeFalse();
        lane.Dispose();
    }

    [Fact]
    public void ALaneMayDisposeOfItself()
    {
        var scheduler = Create();
        using var ran = new SemaphoreSlim(0);
        ILane? lane = null;
        lane = scheduler.AddLane(
            new Work(now =>
            {
                lane!.Dispose();
                ran.Release();
                return now;
            })
        );
        lane.Wake();
        ran.Wait(s_patience).ShouldBeTrue();
        lane.Wake();
        RunSomethingElse(scheduler);
        ran.CurrentCount.ShouldBe(0);
    }

    [Fact]
    public void VideoJobsRunByDeadlineThenByArrival()
    {
        var scheduler = Create(videoThreads: 1);
        var order = new BlockingCollection<int>();
        var now = _clock.Now;
        using (BlockVideo(scheduler))
        {
            foreach (var (job, deadline) in new[] { (0, 30), (1, 10), (2, 20), (3, 10), (4, -50) })
            {
                scheduler.Submit(new Job(() => order.Add(job)), now + TimeSpan.FromMilliseconds(deadline));
            }

            scheduler.Statistics.JobsQueued.ShouldBe(5);
        }

        foreach (var expected in new[] { 4, 1, 3, 2, 0 })
        {
            order.TryTake(out var ran, s_patience).ShouldBeTrue();
            ran.ShouldBe(expected);
        }

        scheduler.Statistics.JobsLate.ShouldBeGreaterThan(0);
    }

    [Fact]
    public void TheVideoQueueIsBounded()
    {
        var scheduler = Create(videoThreads: 1, maxJobs: 3);
        using (BlockVideo(scheduler))
        {
            for (var i = 0; i < 3; i++)
            {
                scheduler.Submit(new Job(() => { }), MediaTime.Never);
            }

            Should.Throw<InvalidOperationException>(() => scheduler.Submit(new Job(() => { }), MediaTime.Never));
        }
    }

    [Fact]
    public void WakingAndRunningAllocateNothing()
    {
        var scheduler = Create(realTimeThreads: 1);
        var results = new BlockingCollection<long>();
        ILane? self = null;
        var runs = 0;
        var before = 0L;
        self = scheduler.AddLane(
            new Work(now =>
            {
                switch (++runs)
                {
                    case 100:
                        before = GC.GetAllocatedBytesForCurrentThread();
                        break;
                    case 400:
                        results.Add(GC.GetAllocatedBytesForCurrentThread() - before);
                        return MediaTime.Never;
                }

                // Every other run follows a wake, the rest a deadline that has to be waited for.
                if (runs % 2 == 0)
                {
                    self!.Wake();
                }

                return now + TimeSpan.FromMicroseconds(200);
            })
        );
        self.Wake();
        results.TryTake(out var allocated, s_patience).ShouldBeTrue();
        allocated.ShouldBe(0);
        scheduler.Statistics.LaneRuns.ShouldBeGreaterThanOrEqualTo(400);
        scheduler.Statistics.LaneLatenessP50.ShouldBeLessThan(TimeSpan.FromMilliseconds(50));
    }

    [Fact]
    public void NicenessIsGivenOrTheReasonReported()
    {
        var scheduler = Create();
        RunSomethingElse(scheduler);
        scheduler.NiceError.ShouldBeOneOf(0, 1, 13);
    }

    private MediaScheduler Create(int realTimeThreads = 2, int videoThreads = 2, int maxJobs = 64)
    {
        var options = new MediaSchedulerOptions
        {
            RealTimeThreads = realTimeThreads,
            VideoThreads = videoThreads,
            MaxVideoJobs = maxJobs,
        };
        var scheduler = new MediaScheduler(_clock, options);
        _schedulers.Add(scheduler);
        return scheduler;
    }

    /// <summary>By the time this returns, lanes woken before have had every chance to run.</summary>
    private static void RunSomethingElse(MediaScheduler scheduler)
    {
        using var ran = new SemaphoreSlim(0);
        var lane = scheduler.AddLane(new Work(now => Then(ran.Release(), now)));
        lane.Wake();
        for (var i = 0; i < 20; i++)
        {
            ran.Wait(s_patience).ShouldBeTrue();
        }

        lane.Dispose();
    }

    private static Releaser BlockLanes(MediaScheduler scheduler)
    {
        var block = new Releaser();
        scheduler.AddLane(new Work(_ => Then(block.Hold(), MediaTime.Never))).Wake();
        block.Held.Wait(s_patience).ShouldBeTrue();
        return block;
    }

    private static Releaser BlockVideo(MediaScheduler scheduler)
    {
        var block = new Releaser();
        scheduler.Submit(new Job(() => block.Hold()), MediaTime.Never);
        block.Held.Wait(s_patience).ShouldBeTrue();
        return block;
    }

    private static MediaTime Then(int _, MediaTime next) => next;

    private static MediaTime Then(BlockingCollection<int> order, int value, MediaTime next)
    {
        order.Add(value);
        return next;
    }

    private sealed class Work(Func<MediaTime, MediaTime> run) : ISerialWork
    {
        public MediaTime Run(MediaTime now) => run(now);
    }

    private sealed class Job(Action execute) : IVideoJob
    {
        public void Execute() => execute();
    }

    /// <summary>Takes what was posted; ends when all is taken.</summary>
    private sealed class CountingWork(int total) : ISerialWork
    {
        private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _posted;
        private int _taken;
        private int _inside;

        public Task Drained => _drained.Task;

        public int Overlaps { get; private set; }

        public void Post() => Interlocked.Increment(ref _posted);

        public MediaTime Run(MediaTime now)
        {
            Overlaps += Interlocked.Increment(ref _inside) == 1 ? 0 : 1;
            _taken += Interlocked.Exchange(ref _posted, 0);
            if (_taken == total)
            {
                _drained.TrySetResult();
            }

            Interlocked.Decrement(ref _inside);
            return MediaTime.Never;
        }
    }

    private sealed class Releaser : IDisposable
    {
        private readonly ManualResetEventSlim _release = new();

        public ManualResetEventSlim Held { get; } = new();

        public int Hold()
        {
            Held.Set();
            _release.Wait(s_patience);
            return 0;
        }

        public void Dispose() => _release.Set();
    }
}
