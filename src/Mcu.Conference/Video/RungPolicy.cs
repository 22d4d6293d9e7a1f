using Mcu.Conference.Legs;
using Mcu.Media;

namespace Mcu.Conference.Video;

/// <summary>
/// Which rung one participant is on: the best that its network carries. Down at once where it carries the present one no more; up only
/// when it has carried a better one for a while, and later each time that proved wrong. Arithmetic; time is handed in.
/// </summary>
internal sealed class RungPolicy
{
    /// <summary>What a better rung takes must be there with so much to spare.</summary>
    private const double Headroom = 1.1;

    /// <summary>What is asked of the network beyond what a rung takes: its answer may fall a little short.</summary>
    private const double Asking = 1.25;

    /// <summary>Below this share of what it takes, a rung is left at once; between this and all of it, when it stays so.</summary>
    private const double Tolerance = 0.9;

    /// <summary>So many rungs up the network is asked what it carries.</summary>
    private const int Reach = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstHold = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxHold = TimeSpan.FromSeconds(32);

    /// <summary>An ascent that is undone within this time was wrong.</summary>
    private static readonly TimeSpan Trial = TimeSpan.FromSeconds(8);

    /// <summary>After so long on a rung earlier mistakes are forgotten.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(60);

    /// <summary>Packets that wait longer than this, for longer than a keyframe explains, say that too much is sent.</summary>
    private static readonly TimeSpan MaxQueue = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan QueuePatience = TimeSpan.FromMilliseconds(500);

    /// <summary>The same where a keyframe takes that long.</summary>
    private static readonly TimeSpan NarrowQueuePatience = TimeSpan.FromMilliseconds(1500);
    private const int NarrowBps = 100_000;

    private static readonly MediaTime Never = new(long.MinValue / 2);

    private IReadOnlyList<Rung> _rungs = [];
    private int _index;
    private int _candidate;
    private bool _hasChosen;
    private TimeSpan _hold = FirstHold;
    private MediaTime _changedAt = Never;
    private MediaTime _climbedAt = Never;
    private MediaTime? _carriesMoreSince;
    private MediaTime? _tightSince;
    private MediaTime? _queuesSince;

    /// <summary>The rung; null for no pictures at all.</summary>
    public Rung? Current => _index < _rungs.Count ? _rungs[_index] : null;

    /// <summary>Bit/s that pictures could use: what the next rungs up take.</summary>
    public long DemandBps { get; private set; }

    /// <summary>Looks at the network; true when the rung is another one now.</summary>
    /// <param name="rungs">Best first.</param>
    /// <param name="bestId">Nothing better than the rung with this id is wanted; <see cref="int.MaxValue"/> for no pictures.</param>
    /// <param name="budgetBps">Bit/s that pictures may take on the line; null where no limit is known.</param>
    public bool Update(IReadOnlyList<Rung> rungs, int bestId, long? budgetBps, in LegNetwork network, MediaTime now)
    {
        var before = _hasChosen ? Current : null;
        var isNew = !_hasChosen;
        Follow(rungs, bestId, out var best);
        var target = Choose(best, budgetBps, network, now);
        _hasChosen = true;
        Move(target, isNew, now);
        DemandBps = best < rungs.Count ? (long)(rungs[Math.Max(best, _index - Reach)].NeededBps(network.FractionLost) * Asking) : 0;
        return isNew || Current != before;
    }

    /// <summary>The ladder may have changed: goes on with the best rung that takes no more.</summary>
    private void Follow(IReadOnlyList<Rung> rungs, int bestId, out int best)
    {
        if (rungs != _rungs)
        {
            _index =
                Current is { } current ? IndexNotAbove(rungs, current.BitrateBps)
                : _hasChosen ? rungs.Count
                : 0;
            _rungs = rungs;
            _carriesMoreSince = null;
        }

        best = IndexOf(rungs, bestId);
    }

    private int Choose(int best, long? budgetBps, in LegNetwork network, MediaTime now)
    {
        if (budgetBps is not { } budget)
        {
            return best;
        }

        if (!_hasChosen)
        {
            return Fitting(best, budget, network.FractionLost, 1);
        }

        if (_index < best)
        {
            return Math.Max(best, Fitting(best, budget, network.FractionLost, 1));
        }

        return Descend(best, budget, network, now) ?? Climb(best, budget, network, now);
    }

    /// <summary>Where to if the present rung is too much; null if it is not.</summary>
    private int? Descend(int best, long budget, in LegNetwork network, MediaTime now)
    {
        if (Current is not { } current)
        {
            return null;
        }

        var needed = current.NeededBps(network.FractionLost);
        var isTight = Lasts(budget < needed, ref _tightSince, Patience, now);
        if (isTight || budget < needed * Tolerance)
        {
            return Math.Max(_index + 1, Fitting(best, budget, network.FractionLost, 1));
        }

        // A still picture takes seconds on the line it is meant for.
        var queues = network.QueueDelay > MaxQueue && !current.Encoding.IsStill;
        var patience = current.BitrateBps <= NarrowBps ? NarrowQueuePatience : QueuePatience;
        return Lasts(queues, ref _queuesSince, patience, now) && now - _changedAt >= patience ? _index + 1 : null;
    }

    private int Climb(int best, long budget, in LegNetwork network, MediaTime now)
    {
        var fitting = Fitting(best, budget, network.FractionLost, Headroom);
        if (fitting >= _index)
        {
            _carriesMoreSince = null;
            return _index;
        }

        _candidate = _carriesMoreSince is null ? fitting : Math.Max(_candidate, fitting);
        _hold = now - _changedAt > Memory ? FirstHold : _hold;
        return Lasts(true, ref _carriesMoreSince, _hold, now) ? _candidate : _index;
    }

    private void Move(int target, bool isNew, MediaTime now)
    {
        if (target == _index)
        {
            _changedAt = isNew ? now : _changedAt;
            return;
        }

        if (target < _index)
        {
            _climbedAt = now;
        }
        else if (now - _climbedAt < Trial)
        {
            _hold = _hold * 2 < MaxHold ? _hold * 2 : MaxHold;
            _climbedAt = Never;
        }

        _index = target;
        _changedAt = now;
        _carriesMoreSince = null;
        _tightSince = null;
        _queuesSince = null;
    }

    /// <summary>The best rung from <paramref name="best"/> on that the budget carries, or none.</summary>
    private int Fitting(int best, long budget, double fractionLost, double headroom)
    {
        var index = best;
        while (index < _rungs.Count && _rungs[index].NeededBps(fractionLost) * headroom > budget)
        {
            index++;
        }

        return index;
    }

    private static int IndexNotAbove(IReadOnlyList<Rung> rungs, int bitrateBps)
    {
        var index = 0;
        while (index < rungs.Count && rungs[index].BitrateBps > bitrateBps)
        {
            index++;
        }

        return index;
    }

    private static int IndexOf(IReadOnlyList<Rung> rungs, int id)
    {
        var index = 0;
        while (index < rungs.Count && rungs[index].Id < id)
        {
            index++;
        }

        return index;
    }

    /// <summary>Whether something has been so for as long as <paramref name="patience"/>.</summary>
    private static bool Lasts(bool holds, ref MediaTime? since, TimeSpan patience, MediaTime now)
    {
        since = holds ? since ?? now : null;
        return since is { } start && now - start >= patience;
    }
}
