using Mcu.Media;

namespace Mcu.Transport;

/// <summary>Lanes by time, earliest first: a binary heap in which each lane knows its place, so that it can be taken out. Guarded by its owner's lock.</summary>
internal sealed class LaneHeap
{
    private Lane[] _lanes = new Lane[64];

    public int Count { get; private set; }

    /// <summary>The earliest lane's time, or never.</summary>
    public MediaTime Earliest => Count > 0 ? _lanes[0].Key : MediaTime.Never;

    public void Push(Lane lane, MediaTime key)
    {
        if (Count == _lanes.Length)
        {
            Array.Resize(ref _lanes, Count * 2);
        }

        lane.Key = key;
        lane.Heap = this;
        SiftUp(Count++, lane);
    }

    public bool TryPop(out Lane? lane)
    {
        lane = Count > 0 ? _lanes[0] : null;
        if (lane is not null)
        {
            Remove(lane);
        }

        return lane is not null;
    }

    public void Remove(Lane lane)
    {
        var hole = lane.HeapIndex;
        var last = _lanes[--Count];
        _lanes[Count] = null!;
        lane.Heap = null;
        lane.HeapIndex = -1;
        if (last == lane)
        {
            return;
        }

        SiftUp(hole, last);
        SiftDown(last.HeapIndex, last);
    }

    private void SiftUp(int index, Lane lane)
    {
        while (index > 0)
        {
            var parent = (index - 1) / 2;
            if (_lanes[parent].Key <= lane.Key)
            {
                break;
            }

            Place(index, _lanes[parent]);
            index = parent;
        }

        Place(index, lane);
    }

    private void SiftDown(int index, Lane lane)
    {
        for (var child = (index * 2) + 1; child < Count; child = (index * 2) + 1)
        {
            if (child + 1 < Count && _lanes[child + 1].Key < _lanes[child].Key)
            {
                child++;
            }

            if (lane.Key <= _lanes[child].Key)
            {
                break;
            }

            Place(index, _lanes[child]);
            index = child;
        }

        Place(index, lane);
    }

    private void Place(int index, Lane lane)
    {
        _lanes[index] = lane;
        lane.HeapIndex = index;
    }
}
