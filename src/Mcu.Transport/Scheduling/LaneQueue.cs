using Mcu.Media;
using Mcu.Media.Scheduling;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>
/// Hands lanes to the real-time threads: those that are ready by the time since when they are, the others at their deadlines.
/// Of the idle threads one keeps the time, i.e. waits until the next deadline; the others wait for a signal.
/// </summary>
internal sealed class LaneQueue(MediaClock clock, int threads) : IDisposable
{
    /// <summary>Deadlines are met so exactly: lanes that are due within it run after one waking of one thread.</summary>
    private static readonly TimeSpan Grid = TimeSpan.FromMilliseconds(1);

    private readonly Lock _lock = new();
    private readonly LaneHeap _ready = new();
    private readonly LaneHeap _timers = new();
    private readonly RecentLateness _recent = new();
    private readonly Gate[] _idle = new Gate[threads];
    private int _idleCount;
    private Gate? _timekeeper;
    private MediaTime _keptUntil;
    private bool _stopping;

    /// <summary>From a lane's deadline or wake to the start of its run.</summary>
    public LatenessHistogram Lateness { get; } = new();

    public MediaTime Now => clock.Now;

    /// <summary>The same, of the last whole second: what a part (0 to 1) of the runs did not exceed.</summary>
    public TimeSpan RecentLateness(double part)
    {
        lock (_lock)
        {
            return _recent.Percentile(part, clock.Now);
        }
    }

    /// <summary>Makes an idle lane; it first runs when it is first woken.</summary>
    public Lane Add(ISerialWork work) => new(this, work);

    /// <summary>Queues a lane that has just become Queued.</summary>
    public void Enqueue(Lane lane)
    {
        Gate? thread;
        lock (_lock)
        {
            if (lane.State != LaneState.Queued)
            {
                return;
            }

            var key = clock.Now;
            if (lane.Heap is { } timers)
            {
                key = MediaTime.Min(key, lane.Key);
                timers.Remove(lane);
            }

            _ready.Push(lane, key);
            thread = TakeIdle();
        }

        thread?.Signal();
    }

    /// <summary>Waits for a lane that is to run now; null when the queue is being disposed of. <paramref name="gate"/> is the calling thread's own.</summary>
    public Lane? Take(Gate gate)
    {
        while (true)
        {
            if (TryTake(gate, out var lane, out var helper, out var until))
            {
                helper?.Signal();
                return lane;
            }

            gate.Wait(until);
            NoLongerIdle(gate);
        }
    }

    /// <summary>Ends a run: the lane runs again at once if it was woken meanwhile, else at <paramref name="next"/>.</summary>
    public void Complete(Lane lane, MediaTime next)
    {
        lock (_lock)
        {
            lane.Runner = 0;
            if (lane.State == LaneState.Stopped)
            {
                lane.Finished?.Set();
            }
            else if (!lane.TryChange(LaneState.Running, LaneState.Idle))
            {
                lane.State = LaneState.Queued;
                _ready.Push(lane, clock.Now);
            }
            else if (next != MediaTime.Never)
            {
                // If it was woken between these two lines, Enqueue takes it out of the timers again.
                _timers.Push(lane, next.RoundUp(Grid));
            }
        }
    }

    /// <summary>Stops a lane for good. After this it does not run, unless the caller is its run.</summary>
    public void Remove(Lane lane)
    {
        ManualResetEventSlim? finished = null;
        lock (_lock)
        {
            lane.State = LaneState.Stopped;
            lane.Heap?.Remove(lane);
            if (lane.Runner != 0 && lane.Runner != Environment.CurrentManagedThreadId)
            {
                finished = lane.Finished ??= new ManualResetEventSlim();
            }
        }

        finished?.Wait();
    }

    /// <summary>Lets all threads go.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _stopping = true;
            while (_idleCount > 0)
            {
                _idle[--_idleCount].Signal();
            }
        }
    }

    /// <summary>There is a deadline that no idle thread will wake up for.</summary>
    private bool NeedsTimekeeper => _timers.Earliest < (_timekeeper is null ? MediaTime.Never : _keptUntil);

    private bool TryTake(Gate gate, out Lane? lane, out Gate? helper, out MediaTime until)
    {
        lock (_lock)
        {
            helper = null;
            lane = null;
            until = MediaTime.Never;
            if (_stopping)
            {
                return true;
            }

            var now = clock.Now;
            PromoteDue(now);
            if (_ready.TryPop(out lane))
            {
                Lateness.Record(now - lane!.Key);
                _recent.Record(now - lane.Key, now);
                lane.State = LaneState.Running;
                lane.Runner = Environment.CurrentManagedThreadId;
                // Waking a thread only to keep the time is for runs that will not be over by the next deadline.
                var mayMiss = NeedsTimekeeper && _timers.Earliest < now + lane.ExpectedRun;
                helper = _ready.Count > 0 || mayMiss ? TakeIdle() : null;
                return true;
            }

            _idle[_idleCount++] = gate;
            if (NeedsTimekeeper)
            {
                _timekeeper = gate;
                _keptUntil = until = _timers.Earliest;
            }

            return false;
        }
    }

    private void PromoteDue(MediaTime now)
    {
        while (_timers.Earliest <= now && _timers.TryPop(out var lane))
        {
            // A lane that is being woken at this moment is queued by its Enqueue.
            if (lane!.TryChange(LaneState.Idle, LaneState.Queued))
            {
                _ready.Push(lane, lane.Key);
            }
        }
    }

    /// <summary>An idle thread to wake, the timekeeper last; null if all are busy.</summary>
    private Gate? TakeIdle()
    {
        if (_idleCount == 0)
        {
            return null;
        }

        var last = _idleCount - 1;
        if (last > 0 && _idle[last] == _timekeeper)
        {
            (_idle[last], _idle[last - 1]) = (_idle[last - 1], _idle[last]);
        }

        var thread = _idle[last];
        _idleCount = last;
        if (_timekeeper == thread)
        {
            _timekeeper = null;
        }

        return thread;
    }

    private void NoLongerIdle(Gate gate)
    {
        lock (_lock)
        {
            var index = Array.IndexOf(_idle, gate, 0, _idleCount);
            if (index >= 0)
            {
                _idle[index] = _idle[--_idleCount];
            }

            if (_timekeeper == gate)
            {
                _timekeeper = null;
            }
        }
    }
}
