namespace Mcu.Mixing.Video;

/// <summary>
/// Who sits where in one view, so that tiles keep their place while others come and go: a leaver's seat stays empty until a newcomer takes it,
/// or until so many are gone that the grid takes a smaller shape; then the seats close up in order.
/// </summary>
/// <remarks>A state machine without time or randomness. Not thread-safe: one owner.</remarks>
public sealed class SeatingPlan
{
    private readonly List<long?> _seats = [];

    /// <summary>Seats in order; null is an empty one. The last seat is never empty.</summary>
    public IReadOnlyList<long?> Seats => _seats;

    /// <summary>Participants seated.</summary>
    public int Count { get; private set; }

    /// <summary>Gives a newcomer the first empty seat, else a new one at the end; no effect if already seated.</summary>
    public void Join(long id)
    {
        if (_seats.Contains(id))
        {
            return;
        }

        Count++;
        var hole = _seats.IndexOf(null);
        if (hole >= 0)
        {
            _seats[hole] = id;
        }
        else
        {
            _seats.Add(id);
        }
    }

    /// <summary>Empties a seat; no effect if not seated.</summary>
    public void Leave(long id)
    {
        var seat = _seats.IndexOf(id);
        if (seat < 0)
        {
            return;
        }

        Count--;
        _seats[seat] = null;
        while (_seats.Count > 0 && _seats[^1] is null)
        {
            _seats.RemoveAt(_seats.Count - 1);
        }

        CloseUpIfSmallerGridSuffices();
    }

    /// <summary>
    /// Two participants change places. In a Speaker view, swapping the former speaker with the new one whenever the active speaker changes
    /// puts him into the place of the filmstrip that the new one leaves, so that nobody else moves.
    /// </summary>
    public void Swap(long a, long b)
    {
        var (seatA, seatB) = (_seats.IndexOf(a), _seats.IndexOf(b));
        if (seatA >= 0 && seatB >= 0)
        {
            (_seats[seatA], _seats[seatB]) = (_seats[seatB], _seats[seatA]);
        }
    }

    /// <summary>
    /// Brings a participant from a later page onto the first, in the place of whoever there spoke least recently
    /// (<paramref name="recentSpeakers"/>, latest first; those who never spoke go first, from the last seat backwards).
    /// Everybody else stays. Returns true if somebody moved.
    /// </summary>
    public bool BringToFirstPage(long id, int pageSize, ReadOnlySpan<long> recentSpeakers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(pageSize);
        var from = _seats.IndexOf(id);
        if (from < pageSize)
        {
            return false;
        }

        var to = SeatToGiveUp(pageSize, recentSpeakers);
        (_seats[from], _seats[to]) = (_seats[to], _seats[from]);
        while (_seats[^1] is null)
        {
            _seats.RemoveAt(_seats.Count - 1);
        }

        return true;
    }

    private int SeatToGiveUp(int pageSize, ReadOnlySpan<long> recentSpeakers)
    {
        var best = pageSize - 1;
        var bestRank = -1;
        for (var seat = pageSize - 1; seat >= 0; seat--)
        {
            if (_seats[seat] is not { } occupant)
            {
                return seat;
            }

            var rank = recentSpeakers.IndexOf(occupant);
            rank = rank < 0 ? int.MaxValue : rank;
            if (rank > bestRank)
            {
                (best, bestRank) = (seat, rank);
            }
        }

        return best;
    }

    private void CloseUpIfSmallerGridSuffices()
    {
        // Beyond one page the first pages stay full: holes are filled from the end, so that nobody waits on page 3 for an empty page 1.
        if (_seats.Count > GridShape.MaxTiles)
        {
            var hole = _seats.IndexOf(null);
            if (hole >= 0)
            {
                _seats[hole] = _seats[^1];
                _seats.RemoveAt(_seats.Count - 1);
            }
        }
        else if (GridShape.For(Count) != GridShape.For(_seats.Count))
        {
            _seats.RemoveAll(seat => seat is null);
        }
    }
}
