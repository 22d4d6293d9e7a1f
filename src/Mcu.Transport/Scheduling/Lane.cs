using Mcu.Media;
using Mcu.Media.Scheduling;

namespace Mcu.Transport;

internal enum LaneState
{
    /// <summary>Waits for a wake or for its deadline.</summary>
    Idle,

    /// <summary>Waits for a thread.</summary>
    Queued,
    Running,

    /// <summary>Woken while it runs: it runs once more.</summary>
    RunningWoken,

    /// <summary>Never runs again.</summary>
    Stopped,
}

/// <summary>
/// One lane's state. Idle to Queued and Running to RunningWoken happen without a lock, by whoever wakes it;
/// all other changes happen under the lock of <see cref="LaneQueue"/>.
/// </summary>
internal sealed class Lane(LaneQueue queue, ISerialWork work) : ILane
{
    private int _state;

    public ISerialWork Work { get; } = work;

    /// <summary>Written by the thread that runs it.</summary>
    public BusyMeter Busy { get; } = new();

    public double Load => Busy.Read(queue.Now);

    /// <summary>How long its next run will take, going by the longest of the last ones. Written by the thread that runs it.</summary>
    public TimeSpan ExpectedRun { get; private set; }

    public void NoteRun(TimeSpan length) => ExpectedRun = length > ExpectedRun ? length : ExpectedRun - ((ExpectedRun - length) / 8);

    /// <summary>Its deadline among the timers, or since when it has been ready.</summary>
    public MediaTime Key { get; set; }

    public LaneHeap? Heap { get; set; }

    public int HeapIndex { get; set; } = -1;

    /// <summary>Managed id of the thread that runs it now, or 0.</summary>
    public int Runner { get; set; }

    /// <summary>Set while somebody waits for its last run to end.</summary>
    public ManualResetEventSlim? Finished { get; set; }

    public LaneState State
    {
        get => (LaneState)Volatile.Read(ref _state);
        set => Volatile.Write(ref _state, (int)value);
    }

    public bool TryChange(LaneState from, LaneState to) => Interlocked.CompareExchange(ref _state, (int)to, (int)from) == (int)from;

    public void Wake()
    {
        while (true)
        {
            switch (State)
            {
                case LaneState.Idle:
                    if (TryChange(LaneState.Idle, LaneState.Queued))
                    {
                        queue.Enqueue(this);
                        return;
                    }

                    break;
                case LaneState.Running:
                    if (TryChange(LaneState.Running, LaneState.RunningWoken))
                    {
                        return;
                    }

                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>Stops the lane and waits for a run in progress to end, except when called from within that run.</summary>
    public void Dispose() => queue.Remove(this);
}
