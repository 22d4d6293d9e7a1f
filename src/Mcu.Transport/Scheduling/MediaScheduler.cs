using Mcu.Media;
using Mcu.Media.Scheduling;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>How many threads of which niceness a <see cref="MediaScheduler"/> has.</summary>
public sealed record MediaSchedulerOptions
{
    /// <summary>Threads that run lanes, at least 1.</summary>
    public int RealTimeThreads { get; init; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Threads that run video jobs, at least 1.</summary>
    public int VideoThreads { get; init; } = Environment.ProcessorCount;

    /// <summary>Niceness of the lanes' threads; below 0 needs CAP_SYS_NICE and is asked for without insisting.</summary>
    public int RealTimeNice { get; init; } = -10;

    /// <summary>
    /// Niceness of the video threads where the lanes' may not be set: something must put sound first. Where it may, video has the usual 0,
    /// so that other programs of the machine do not push it aside.
    /// </summary>
    public int VideoNice { get; init; } = 5;

    /// <summary>Most video jobs that wait at a time: more than all cameras and views of a machine, of which each has one.</summary>
    public int MaxVideoJobs { get; init; } = 65_536;

    /// <summary>
    /// What the steps of <see cref="IMediaScheduler.VideoReduction"/> cost, relative to each other, from 0 on; with two of them video never gives
    /// anything up.
    /// </summary>
    public IReadOnlyList<double> VideoStepCosts { get; init; } = [1, 1];
}

/// <summary>Work that threw, which it must not.</summary>
public sealed class MediaWorkFailedEventArgs(object work, Exception exception) : EventArgs
{
    /// <summary>The <see cref="ISerialWork"/> or <see cref="IVideoJob"/>.</summary>
    public object Work { get; } = work;

    public Exception Exception { get; } = exception;
}

/// <summary>The scheduler's counters at one moment.</summary>
/// <param name="LaneRuns">Runs of lanes so far.</param>
/// <param name="LaneLatenessP50">From deadline or wake to the start of the run.</param>
/// <param name="LaneLatenessP99">The same, of the worst hundredth.</param>
/// <param name="LaneLatenessMax">The same, of the worst.</param>
/// <param name="JobsRun">Video jobs so far.</param>
/// <param name="JobsQueued">Video jobs that wait now.</param>
/// <param name="JobsLate">Video jobs that started after their deadline.</param>
/// <param name="JobLatenessP99">By how much, of the worst hundredth of all.</param>
public sealed record SchedulerStatistics(
    long LaneRuns,
    TimeSpan LaneLatenessP50,
    TimeSpan LaneLatenessP99,
    TimeSpan LaneLatenessMax,
    long JobsRun,
    int JobsQueued,
    long JobsLate,
    TimeSpan JobLatenessP99
);

/// <summary>What the media threads had to do in about the last second.</summary>
/// <param name="LaneCores">Lanes at work at a time, on average; time in which the kernel gave their core to others counts too.</param>
/// <param name="VideoCores">Video jobs at work at a time, likewise.</param>
/// <param name="LaneLatenessP99">From deadline or wake to the start of a lane's run, of the worst hundredth.</param>
public readonly record struct SchedulerLoad(double LaneCores, double VideoCores, TimeSpan LaneLatenessP99);

/// <summary>
/// The media threads: real-time ones that run lanes by earliest deadline, one thread per lane at a time, and video ones of lower priority.
/// A lane is idle until it is first woken. Waiting and running allocate nothing, idle lanes cost nothing.
/// </summary>
public sealed class MediaScheduler : IMediaScheduler, IDisposable
{
    private const int TimerSlackNanoseconds = 10_000;

    // given
    private readonly MediaClock _clock;
    private readonly MediaSchedulerOptions _options;

    // owned
    private readonly LaneQueue _lanes;
    private readonly VideoJobQueue _jobs;
    private readonly VideoGovernor _governor;
    private readonly List<Thread> _threads = [];
    private readonly BusyMeter[] _laneThreads;
    private readonly BusyMeter[] _videoThreads;

    // state
    private long _laneRuns;
    private long _jobsRun;
    private int _niceError;
    private bool _disposed;

    public MediaScheduler(MediaClock clock, MediaSchedulerOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _clock = clock;
        _options = options ?? new MediaSchedulerOptions();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.RealTimeThreads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.VideoThreads, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.VideoStepCosts.Count, 2, nameof(options));
        _lanes = new LaneQueue(clock, _options.RealTimeThreads);
        _jobs = new VideoJobQueue(clock, _options.MaxVideoJobs, _options.VideoThreads);
        _governor = new VideoGovernor(_options.VideoThreads, _options.VideoStepCosts);
        _laneThreads = Start("media-rt", _options.RealTimeThreads, RunLanes);
        _videoThreads = Start("media-video", _options.VideoThreads, RunJobs);
    }

    /// <summary>A lane's work threw and the lane was stopped. Raised on a media thread.</summary>
    public event EventHandler<MediaWorkFailedEventArgs>? UnhandledLaneException;

    /// <summary>A video job threw. Raised on a media thread.</summary>
    public event EventHandler<MediaWorkFailedEventArgs>? UnhandledJobException;

    public MediaTime Now => _clock.Now;

    public int VideoReduction => _governor.Step;

    /// <summary>The errno with which the system refused a thread its niceness, 0 where all have it. Without CAP_SYS_NICE it is 13 (EACCES): lanes then run at normal priority, still above video.</summary>
    public int NiceError => Volatile.Read(ref _niceError);

    public SchedulerStatistics Statistics =>
        new(
            Volatile.Read(ref _laneRuns),
            _lanes.Lateness.Percentile(0.5),
            _lanes.Lateness.Percentile(0.99),
            _lanes.Lateness.Max,
            Volatile.Read(ref _jobsRun),
            _jobs.Count,
            _jobs.Late,
            _jobs.Lateness.Percentile(0.99)
        );

    /// <summary>Readable by any thread at any time.</summary>
    public SchedulerLoad Load => new(CoresOf(_laneThreads), CoresOf(_videoThreads), _lanes.RecentLateness(0.99));

    public ILane AddLane(ISerialWork work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return _lanes.Add(work);
    }

    /// <exception cref="InvalidOperationException">As many jobs as allowed wait already.</exception>
    public void Submit(IVideoJob job, MediaTime deadline)
    {
        ArgumentNullException.ThrowIfNull(job);
        _jobs.Submit(job, deadline);
    }

    /// <summary>Ends all threads after what they run now; lanes and jobs that wait do not run any more. Not to be called from a media thread.</summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _lanes.Dispose();
        _jobs.Dispose();
        foreach (var thread in _threads)
        {
            thread.Join();
        }
    }

    /// <summary>Each thread counts for itself how busy it is.</summary>
    private BusyMeter[] Start(string name, int count, Action<Gate, BusyMeter> loop)
    {
        var meters = new BusyMeter[count];
        for (var i = 0; i < count; i++)
        {
            var meter = meters[i] = new BusyMeter();
            // The gate is left to its finalizer: a late wake may still signal it when the thread is gone.
            var thread = new Thread(() => loop(new Gate(), meter)) { Name = $"{name}-{i}", IsBackground = true };
            _threads.Add(thread);
            thread.Start();
        }

        return meters;
    }

    private double CoresOf(BusyMeter[] threads)
    {
        var now = _clock.Now;
        var cores = 0.0;
        foreach (var thread in threads)
        {
            cores += thread.Read(now);
        }

        return cores;
    }

    private void RunLanes(Gate gate, BusyMeter busy)
    {
        SetNice(_options.RealTimeNice);
        _ = ThreadNative.SetTimerSlack(TimerSlackNanoseconds);
        while (_lanes.Take(gate) is { } lane)
        {
            Interlocked.Increment(ref _laneRuns);
            try
            {
                var start = _clock.Now;
                var next = lane.Work.Run(start);
                var end = _clock.Now;
                busy.Add(start, end);
                lane.Busy.Add(start, end);
                lane.NoteRun(end - start);
                _lanes.Complete(lane, next);
            }
#pragma warning disable CA1031 // Whatever it is: one lane ends and is reported, the others go on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _lanes.Remove(lane);
                _lanes.Complete(lane, MediaTime.Never);
                UnhandledLaneException?.Invoke(this, new MediaWorkFailedEventArgs(lane.Work, exception));
            }
        }
    }

    private void RunJobs(Gate gate, BusyMeter busy)
    {
        var areLanesAhead = ThreadNative.SetNice(_options.RealTimeNice) == 0;
        SetNice(areLanesAhead ? Math.Max(_options.RealTimeNice, 0) : _options.VideoNice);
        while (_jobs.Take(gate, out var deadline) is { } job)
        {
            Interlocked.Increment(ref _jobsRun);
            var start = _clock.Now;
            try
            {
                job.Execute();
            }
#pragma warning disable CA1031 // Whatever it is: it is reported, and the thread goes on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                UnhandledJobException?.Invoke(this, new MediaWorkFailedEventArgs(job, exception));
            }

            var end = _clock.Now;
            busy.Add(start, end);
            _governor.OnJob(deadline, start, end);
        }
    }

    private void SetNice(int nice)
    {
        var result = ThreadNative.SetNice(nice);
        if (result != 0)
        {
            Volatile.Write(ref _niceError, -result);
        }
    }
}
