using Mcu.Media;

namespace Mcu.Transport;

/// <summary>
/// Decides how far video is reduced (<see cref="Media.Scheduling.IMediaScheduler.VideoReduction"/>): one step more while jobs end after their
/// deadlines, one step back after there was time to spare for a while. A step back that proves wrong makes the next one wait twice as long.
/// Sees time only through the jobs, so that without video it costs nothing. Thread-safe.
/// </summary>
/// <param name="threads">Video threads.</param>
/// <param name="costs">What each step costs, relative to each other, from step 0 on; at least two.</param>
internal sealed class VideoGovernor(int threads, IReadOnlyList<double> costs)
{
    /// <summary>Where it begins: video as it was asked for.</summary>
    private const int AsAsked = 1;

    private const double LateShare = 0.1;

    /// <summary>A late job now and then is the machine's, and no reason to go on with less.</summary>
    private const double CalmLateShare = 0.04;

    /// <summary>A step back is tried where it will, by its cost, take no more than this share of the video threads' time.</summary>
    private const double RoomyShare = 0.8;

    /// <summary>The last step back spends time on sharper pictures: only where hardly anything is going on.</summary>
    private const double IdleShare = 0.25;

    /// <summary>A single hiccup of the machine, or compilation, is no reason: it takes two windows in a row.</summary>
    private const int BadWindows = 2;
    private const int MinJobs = 8;

    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MinPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MaxPatience = TimeSpan.FromSeconds(60);

    /// <summary>After so long without a job nothing that was measured holds any more.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly int _lastStep = costs.Count - 1;
    private MediaTime _windowStart;
    private MediaTime _calmSince;
    private MediaTime _steppedBack = new(long.MinValue / 2);
    private TimeSpan _patience = MinPatience;
    private TimeSpan _busy;
    private int _jobs;
    private int _late;
    private int _badWindows;
    private int _step = AsAsked;

    public int Step => Volatile.Read(ref _step);

    /// <summary>Takes one job that has ended.</summary>
    public void OnJob(MediaTime deadline, MediaTime started, MediaTime ended)
    {
        lock (_gate)
        {
            if (ended - _windowStart > Memory)
            {
                Forget(started);
            }

            _jobs++;
            _late += ended > deadline ? 1 : 0;
            _busy += ended - started;
            if (ended - _windowStart >= Window)
            {
                Judge(ended);
            }
        }
    }

    private void Forget(MediaTime now)
    {
        Volatile.Write(ref _step, AsAsked);
        _patience = MinPatience;
        _badWindows = 0;
        BeginWindow(now);
        _calmSince = now;
    }

    private void Judge(MediaTime now)
    {
        var share = _busy / ((now - _windowStart) * threads);
        var isBad = _jobs >= MinJobs && _late > _jobs * LateShare;
        _badWindows = isBad ? _badWindows + 1 : 0;
        if (_late > _jobs * CalmLateShare || !HasRoomFor(Step - 1, share))
        {
            _calmSince = now;
        }

        if (_badWindows >= BadWindows && Step < _lastStep)
        {
            StepUp(now);
        }
        else if (now - _calmSince >= _patience && Step > 0)
        {
            StepBack(now);
        }

        BeginWindow(now);
    }

    private bool HasRoomFor(int step, double share) =>
        step >= 0 && share * costs[step] / costs[step + 1] <= (step < AsAsked ? IdleShare : RoomyShare);

    private void StepUp(MediaTime now)
    {
        // So soon after a step back, that step was wrong.
        _patience = now - _steppedBack < _patience + (Window * 4) ? Min(_patience * 2, MaxPatience) : MinPatience;
        _badWindows = 0;
        Volatile.Write(ref _step, Step + 1);
    }

    private void StepBack(MediaTime now)
    {
        _steppedBack = now;
        _calmSince = now;
        Volatile.Write(ref _step, Step - 1);
    }

    private void BeginWindow(MediaTime now)
    {
        _windowStart = now;
        _jobs = 0;
        _late = 0;
        _busy = TimeSpan.Zero;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
