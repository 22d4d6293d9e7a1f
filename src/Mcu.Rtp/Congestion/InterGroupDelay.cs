using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>How much later one group of packets came after another than it was sent after it.</summary>
/// <param name="Sent">Time between the last packets of the two groups when sent.</param>
/// <param name="Arrived">The same when they arrived.</param>
/// <param name="Arrival">When the later group had arrived, on the receiver's clock.</param>
internal readonly record struct GroupDelta(TimeSpan Sent, TimeSpan Arrived, MediaTime Arrival);

/// <summary>
/// Puts packets that were sent as one burst, or that a path held back and let go at once, into groups, and gives the inter-group delay
/// (draft-ietf-rmcat-gcc-02 sections 5.2 and 5.3).
/// </summary>
internal sealed class InterGroupDelay
{
    private static readonly TimeSpan s_burst = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_longestBurst = TimeSpan.FromMilliseconds(100);

    private Group _previous;
    private Group _current;

    /// <summary>Takes the next packet in the order of sending; true if that completed a group that has one before it.</summary>
    public bool TryAdd(MediaTime sentAt, MediaTime arrival, out GroupDelta delta)
    {
        delta = default;
        if (!_current.Exists)
        {
            _current = new Group(sentAt, arrival);
            return false;
        }

        if (sentAt < _current.FirstSent)
        {
            return false; // overtaken by a whole group: it says nothing of the queue
        }

        if (sentAt - _current.FirstSent <= s_burst || IsReleasedTogether(sentAt, arrival))
        {
            _current.Extend(sentAt, arrival);
            return false;
        }

        var complete = _previous.Exists && _current.LastArrival >= _previous.LastArrival;
        if (complete)
        {
            delta = new GroupDelta(
                _current.LastSent - _previous.LastSent,
                _current.LastArrival - _previous.LastArrival,
                _current.LastArrival
            );
        }

        _previous = _current;
        _current = new Group(sentAt, arrival);
        return complete;
    }

    public void Reset()
    {
        _previous = default;
        _current = default;
    }

    private bool IsReleasedTogether(MediaTime sentAt, MediaTime arrival)
    {
        var arrived = arrival - _current.LastArrival;
        return arrived <= s_burst && arrived < sentAt - _current.LastSent && arrival - _current.FirstArrival < s_longestBurst;
    }

    private struct Group(MediaTime sentAt, MediaTime arrival)
    {
        public MediaTime FirstSent = sentAt;
        public MediaTime LastSent = sentAt;
        public MediaTime FirstArrival = arrival;
        public MediaTime LastArrival = arrival;
        public bool Exists = true;

        public void Extend(MediaTime sent, MediaTime arrived)
        {
            LastSent = MediaTime.Max(LastSent, sent);
            LastArrival = MediaTime.Max(LastArrival, arrived);
        }
    }
}
