using Mcu.Media;
using Mcu.Media.Scheduling;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>Hands video jobs to the video threads, the earliest deadline first, equal ones in order of arrival. Bounded.</summary>
internal sealed class VideoJobQueue(MediaClock clock, int capacity, int threads) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<(IVideoJob Job, MediaTime Since), (MediaTime Deadline, long Order)> _jobs = new();
    private readonly Gate[] _idle = new Gate[threads];
    private int _idleCount;
    private long _order;
    private long _late;
    private bool _stopping;

    public LatenessHistogram Lateness { get; } = new();

    /// <summary>Jobs started after their deadline.</summary>
    public long Late => Volatile.Read(ref _late);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _jobs.Count;
            }
        }
    }

    /// <exception cref="InvalidOperationException">The queue is full: somebody submits without end instead of one job at a time.</exception>
    public void Submit(IVideoJob job, MediaTime deadline)
    {
        Gate? thread = null;
        lock (_lock)
        {
            if (_jobs.Count == capacity)
            {
                throw new InvalidOperationException($"{capacity} video jobs wait already; an owner has at most one at a time.");
            }

            _jobs.Enqueue((job, clock.Now), (deadline, _order++));
            thread = _idleCount > 0 ? _idle[--_idleCount] : null;
        }

        thread?.Signal();
    }

    /// <summary>Waits for a job; null when the queue is being disposed of.</summary>
    /// <param name="gate">The calling thread's own.</param>
    /// <param name="deadline">When the job should be done.</param>
    public IVideoJob? Take(Gate gate, out MediaTime deadline)
    {
        deadline = MediaTime.Never;
        while (true)
        {
            lock (_lock)
            {
                if (_stopping)
                {
                    return null;
                }

                if (_jobs.TryDequeue(out var waiting, out var priority))
                {
                    deadline = priority.Deadline;
                    RecordStart(waiting.Since, deadline);
                    return waiting.Job;
                }

                _idle[_idleCount++] = gate;
            }

            // Whoever signals has taken this gate off the idle ones.
            gate.Wait(MediaTime.Never);
        }
    }

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

    private void RecordStart(MediaTime since, MediaTime deadline)
    {
        var now = clock.Now;
        SchedulingMetrics.JobWait.Record((now - since).TotalSeconds);
        if (deadline == MediaTime.Never)
        {
            return;
        }

        var lateness = now - deadline;
        Lateness.Record(lateness);
        if (lateness > TimeSpan.Zero)
        {
            Interlocked.Increment(ref _late);
        }
    }
}
