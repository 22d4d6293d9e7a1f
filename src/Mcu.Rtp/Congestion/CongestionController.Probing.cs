using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <content>When to look for more, and how.</content>
public sealed partial class CongestionController
{
    private const double FirstProbe = 3;
    private const double NextProbe = 2;
    private const double ProbeSucceeded = 0.7;

    /// <summary>More than what is demanded is of no use but as a margin.</summary>
    private const double DemandMargin = 1.2;
    private const double EnoughMargin = 1.05;
    private const double ReturnShare = 0.85;
    private const double LargeDrop = 0.67;
    private const double NarrowBps = 60_000;

    private static readonly TimeSpan s_probeInterval = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_narrowProbeInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_returnAfter = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookAgain = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_longestSending = TimeSpan.FromMilliseconds(250);

    private double _demandBps;
    private int _backlogBytes;
    private double _returnBps;
    private MediaTime _nextProbe;
    private MediaTime _probeQueueUntil; // what is sent until then may stand behind the probe
    private bool _hasProbed;
    private bool _isProven; // the target rests on more than the options

    /// <summary>A probe is to be sent, and there is not enough else to send it with.</summary>
    public bool PaddingWanted => _probe.Sending != 0 && _demandBps > 0 && CanPad;

    /// <summary>Padding can be sent; else a probe begins only when enough waits to be sent.</summary>
    public bool CanPad { get; set; } = true;

    /// <summary>The size of a packet of it.</summary>
    public int PaddingBytes => _probe.PacketBytes;

    private double UsefulBps => _demandBps > 0 ? Math.Min(_demandBps * DemandMargin, _options.MaxBps) : _options.MaxBps;

    private MediaTime ProbeDeadline =>
        _probe.Sending != 0 ? _probe.StartedAt + s_longestSending
        : _probe.IsWaiting ? _probe.StartedAt + ProbeTimeout
        : _demandBps > 0 && CanPad && _hasFeedback && !_isUnreportable && (!_isProven || TargetBps * EnoughMargin < _demandBps) ? _nextProbe
        : MediaTime.Never;

    private TimeSpan ProbeTimeout => ResponseTime + s_longestSending + s_retryAfter;

    /// <summary>
    /// What would be of use: the rate grows and is probed up to that and a little more, with padding where there is not enough to send.
    /// 0: whatever there is to send; no padding then.
    /// </summary>
    public void SetDemand(long bps, MediaTime now)
    {
        var isMore = bps > _demandBps * EnoughMargin;
        _demandBps = bps;
        if (isMore && now - _overusedAt > s_probeInterval)
        {
            _nextProbe = MediaTime.Min(_nextProbe, MediaTime.Max(now, _probe.StartedAt + s_retryAfter));
        }
    }

    /// <summary>There is nothing to send a probe with.</summary>
    public void AbandonProbe(MediaTime now)
    {
        _probe.Abandon();
        _nextProbe = now + ProbeInterval;
    }

    /// <summary>How much waits to be sent: a probe needs something to send.</summary>
    public void SetBacklog(int bytes) => _backlogBytes = bytes;

    private void RunProbes(MediaTime now)
    {
        if (_probe.Sending != 0 && now - _probe.StartedAt >= s_longestSending)
        {
            _probe.Abandon(); // there was not enough to send
            _nextProbe = now + s_retryAfter;
        }
        else if (_probe.IsWaiting && now - _probe.StartedAt >= ProbeTimeout)
        {
            _probe.Abandon();
            _nextProbe = now + ProbeInterval;
        }

        if (_probe.IsBusy || now < _nextProbe)
        {
            return;
        }

        if (MayProbe())
        {
            StartProbe(now);
        }
        else if (_demandBps > 0)
        {
            _nextProbe = now + s_lookAgain;
        }
    }

    private TimeSpan ProbeInterval =>
        !_isProven ? s_retryAfter
        : TargetBps < NarrowBps ? s_narrowProbeInterval
        : s_probeInterval;

    private bool MayProbe()
    {
        var isGuess = !_isProven && _demandBps > 0;
        var wanted = isGuess || TargetBps * EnoughMargin < Math.Min(UsefulBps / DemandMargin, _remoteLimitBps);
        var isQuiet = !IsDraining && !_loss.IsTrying && _silentSteps == 0 && _trend.Use != PathUse.Over && _queue.Delay < s_drainFrom;
        var hasMeans = _demandBps > 0 && CanPad ? !_sent.IsEmpty : _backlogBytes > ProbeCluster.BytesOf(ProbeRate()) && !_isUnreportable;
        return wanted && isQuiet && hasMeans && (_hasFeedback || !_hasProbed);
    }

    private double ProbeRate()
    {
        var rate = _returnBps > TargetBps * NextProbe ? _returnBps : TargetBps * (_hasProbed ? NextProbe : FirstProbe);
        return Math.Min(rate, UsefulBps);
    }

    private void StartProbe(MediaTime now)
    {
        var rate = ProbeRate();
        _probe.Start(rate, now);
        _probeQueueUntil = now + s_shortBurst + TimeSpan.FromSeconds(Math.Min(1.0, ProbeCluster.BytesOf(rate) * 8 / TargetBps));
        _groups.Reset();
        _returnBps = 0;
        _hasProbed = true;
        _nextProbe = now + ProbeInterval;
    }

    private void ConcludeProbe(MediaTime now)
    {
        if (!_probe.TryConclude(_loss.Inherent, out var proven, out var isSaturated))
        {
            return;
        }

        if (!_isProven && proven < _rate.TargetBps && isSaturated)
        {
            _rate.Lower(proven, now); // the start was a guess, and too bold
        }
        else if (_trend.Use != PathUse.Over && !IsDraining && !_loss.IsTrying)
        {
            _isIncreasing |= proven > _rate.TargetBps;
            _rate.Raise(Math.Min(proven, UsefulBps));
        }

        _isProven = true;

        // Proved: look at once whether there is even more.
        _nextProbe = proven >= ProbeSucceeded * _probe.RateBps ? now : now + ProbeInterval;
    }

    private void PlanProbeAfterDecrease(double before, MediaTime now)
    {
        _probe.Abandon();
        if (_rate.TargetBps < before * LargeDrop)
        {
            _returnBps = Math.Max(_returnBps, before * ReturnShare);
            _nextProbe = now + s_returnAfter;
        }
        else
        {
            _nextProbe = MediaTime.Max(_nextProbe, now + (_returnBps > 0 ? s_returnAfter : ProbeInterval));
        }
    }
}
