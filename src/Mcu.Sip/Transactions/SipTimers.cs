using Mcu.Media;

namespace Mcu.Sip.Transactions;

/// <summary>One timer of a transaction, call or registration; off until it is set.</summary>
internal sealed class SipTimer(Action<MediaTime> due)
{
    public MediaTime At { get; internal set; } = MediaTime.Never;

    public bool IsSet => HeapIndex >= 0;

    /// <summary>Place in the heap; -1 while off.</summary>
    internal int HeapIndex { get; set; } = -1;

    internal void Fire(MediaTime now) => due(now);
}

/// <summary>All timers of a user agent by their time: a binary heap whose entries know their place, so that one that is cleared leaves nothing behind.</summary>
internal sealed class SipTimers
{
    private readonly List<SipTimer> _heap = [];

    public int Count => _heap.Count;

    public MediaTime NextDeadline => _heap.Count == 0 ? MediaTime.Never : _heap[0].At;

    /// <summary>Sets a timer anew; <see cref="MediaTime.Never"/> clears it.</summary>
    public void Set(SipTimer timer, MediaTime at)
    {
        if (at == MediaTime.Never)
        {
            Clear(timer);
            return;
        }

        timer.At = at;
        if (timer.HeapIndex < 0)
        {
            timer.HeapIndex = _heap.Count;
            _heap.Add(timer);
        }

        SiftDown(SiftUp(timer.HeapIndex));
    }

    public void Clear(SipTimer timer)
    {
        timer.At = MediaTime.Never;
        if (timer.HeapIndex is var index and >= 0)
        {
            timer.HeapIndex = -1;
            var last = _heap[^1];
            _heap.RemoveAt(_heap.Count - 1);
            if (last != timer)
            {
                Place(last, index);
                SiftDown(SiftUp(index));
            }
        }
    }

    /// <summary>Fires what is due, in the order of time. A timer is off when it fires, and may be set again from within.</summary>
    public void Run(MediaTime now)
    {
        // Whatever is set from within for a time that has passed already waits for the next call, so that this one ends.
        for (var budget = _heap.Count; budget > 0 && _heap.Count > 0 && _heap[0].At <= now; budget--)
        {
            var timer = _heap[0];
            Clear(timer);
            timer.Fire(now);
        }
    }

    private int SiftUp(int index)
    {
        while (index > 0 && _heap[index].At < _heap[(index - 1) / 2].At)
        {
            Swap(index, (index - 1) / 2);
            index = (index - 1) / 2;
        }

        return index;
    }

    private void SiftDown(int index)
    {
        while (true)
        {
            var child = (2 * index) + 1;
            if (child >= _heap.Count)
            {
                return;
            }

            child += child + 1 < _heap.Count && _heap[child + 1].At < _heap[child].At ? 1 : 0;
            if (_heap[index].At <= _heap[child].At)
            {
                return;
            }

            Swap(index, child);
            index = child;
        }
    }

    private void Swap(int a, int b)
    {
        var (first, second) = (_heap[a], _heap[b]);
        Place(first, b);
        Place(second, a);
    }

    private void Place(SipTimer timer, int index)
    {
        _heap[index] = timer;
        timer.HeapIndex = index;
    }
}
