using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>
/// How long a queue on the path has not been empty for: the least one-way delay of the latest report or two above the least of half a minute.
/// The trend sees a queue grow; this sees one stand, tells jitter from a queue, and says when it is drained.
/// </summary>
/// <remarks>The two clocks need not agree: only differences count. 50 ppm of drift are 1.5 ms in that time.</remarks>
internal sealed class StandingQueue
{
    private const int EnoughPackets = 5;
    private static readonly TimeSpan s_longReport = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan s_baseWindow = TimeSpan.FromSeconds(15);

    private TimeSpan _base = TimeSpan.MaxValue;
    private TimeSpan _olderBase = TimeSpan.MaxValue;
    private TimeSpan _least = TimeSpan.MaxValue;
    private TimeSpan _earlierLeast = TimeSpan.MaxValue;
    private TimeSpan _most = TimeSpan.MinValue;
    private MediaTime _baseSince;
    private MediaTime _lastReport;
    private int _packets;

    /// <summary>Zero before anything arrived.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>The longest that any packet of the last report stood.</summary>
    public TimeSpan Peak { get; private set; }

    /// <summary>How long a packet stood, going by the least delay known; zero before there is one.</summary>
    public TimeSpan WaitOf(MediaTime sentAt, MediaTime arrival)
    {
        var least = Least(_base, _olderBase);
        return least == TimeSpan.MaxValue ? TimeSpan.Zero : arrival - sentAt - least;
    }

    /// <summary>Takes a packet of a report.</summary>
    public void Add(MediaTime sentAt, MediaTime arrival)
    {
        var delay = arrival - sentAt;
        _packets++;
        _least = delay < _least ? delay : _least;
        _most = delay > _most ? delay : _most;
    }

    /// <summary>The report is over. Two short ones make a level: one alone may hold a single large packet.</summary>
    public void EndReport(MediaTime now)
    {
        if (_least == TimeSpan.MaxValue)
        {
            return;
        }

        if (now - _baseSince > s_baseWindow)
        {
            _olderBase = _base;
            _base = TimeSpan.MaxValue;
            _baseSince = now;
        }

        _base = Least(_base, _least);
        var isEnough = _packets >= EnoughPackets && now - _lastReport >= s_longReport;
        Delay = (isEnough ? _least : Least(_least, _earlierLeast)) - Least(_base, _olderBase);
        _packets = 0;
        _lastReport = now;
        Peak = _most - Least(_base, _olderBase);
        _earlierLeast = _least;
        _least = TimeSpan.MaxValue;
        _most = TimeSpan.MinValue;
    }

    /// <summary>What stands now is the path itself: it became longer.</summary>
    public void Rebase()
    {
        _base = _earlierLeast;
        _olderBase = TimeSpan.MaxValue;
        Delay = TimeSpan.Zero;
    }

    public void Reset()
    {
        _base = TimeSpan.MaxValue;
        _olderBase = TimeSpan.MaxValue;
        _least = TimeSpan.MaxValue;
        _earlierLeast = TimeSpan.MaxValue;
        Delay = TimeSpan.Zero;
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
