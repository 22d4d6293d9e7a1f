using Mcu.Media;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// What RTCP takes of the path to the peer. On a narrow one feedback, requests for repair and reports may each take a fortieth of what the path
/// carries, near the twentieth for all of RFC 3550 section 6.2: on 32 kbit/s, as much as on a fast path would take a third of it from sound.
/// Elsewhere a repair asked for late costs more than it saves.
/// </summary>
internal sealed class ControlTraffic
{
    /// <summary>Added to a packet's length to have what it takes on the wire: IPv4, UDP, index and tag of SRTCP.</summary>
    private const int WireOverhead = 20 + 8 + 4 + 16;

    private const double HalfShare = 0.025;
    private const long NarrowBps = 150_000;
    private const double RateSeconds = 2;
    private static readonly TimeSpan s_longestReportInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_burst = TimeSpan.FromSeconds(1);

    private double _bps;
    private MediaTime _measuredAt;
    private MediaTime _freeAt;
    private int _uncounted;

    /// <summary>Feedback on what arrives may take so much, bit/s; infinite on a path that is not known to be narrow.</summary>
    public double FeedbackBps { get; private set; } = double.PositiveInfinity;

    /// <summary>The path is known to be narrow: there RTCP is a share of note, and counts beside media.</summary>
    public bool IsOfNote => !double.IsPositiveInfinity(FeedbackBps);

    /// <summary>When a request for repair may leave.</summary>
    public MediaTime FreeAt => _freeAt;

    /// <summary>What the path carries, bit/s; null: unknown, or plenty.</summary>
    public void SetTarget(long? bps) => FeedbackBps = bps is < NarrowBps ? bps.Value * HalfShare : double.PositiveInfinity;

    /// <summary>A packet was sent.</summary>
    /// <param name="bytes">Its length before encryption.</param>
    /// <param name="now">The time.</param>
    public void OnSent(int bytes, MediaTime now)
    {
        bytes += WireOverhead;
        _uncounted += bytes;
        _bps = BpsAt(now) + (bytes * 8 / RateSeconds);
        _measuredAt = now;
    }

    /// <summary>A request for repair was sent.</summary>
    public void OnRepairAsked(int bytes, MediaTime now)
    {
        OnSent(bytes, now);
        _freeAt = MediaTime.Max(_freeAt, now - s_burst) + TimeFor(bytes);
    }

    /// <summary>The time between two reports of this length, before encryption; no less than a least one.</summary>
    public TimeSpan ReportInterval(int bytes, TimeSpan least)
    {
        var interval = TimeFor(bytes);
        return interval < least ? least
            : interval > s_longestReportInterval ? s_longestReportInterval
            : interval;
    }

    /// <summary>Bit/s during the last seconds.</summary>
    public double BpsAt(MediaTime now) => _bps * Math.Exp(-Math.Max(0, (now - _measuredAt).TotalSeconds) / RateSeconds);

    /// <summary>Bytes on the wire since it was asked last.</summary>
    public int TakeUncounted()
    {
        var bytes = _uncounted;
        _uncounted = 0;
        return bytes;
    }

    private TimeSpan TimeFor(int bytes) => TimeSpan.FromSeconds((bytes + WireOverhead) * 8 / FeedbackBps);
}
