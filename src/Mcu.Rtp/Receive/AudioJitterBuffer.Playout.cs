using Mcu.Media;

namespace Mcu.Rtp.Receive;

// The pulling side: what is to be played at a given moment.
public sealed partial class AudioJitterBuffer
{
    /// <summary>Gives what is to be played next. Called when the puller needs more samples, not before.</summary>
    /// <param name="now">Time of the mixer's tick.</param>
    /// <param name="frame">Payload, timestamp and duration, except for <see cref="JitterPull.Waiting"/>.</param>
    public JitterPull Pull(MediaTime now, out JitterFrame frame)
    {
        ReleaseLent();
        frame = default;
        ForgetLoss(now);
        DiscardOverdue(now);
        if (_count == 0)
        {
            return Wait(isUnderrun: _isPlaying);
        }

        var head = FirstBuffered();
        if (_isPlaying && head.Sequence == _nextSequence && !Follows(head.Timestamp))
        {
            _isPlaying = false; // the talker paused: timestamps jumped, sequence numbers did not
        }

        if (!_isPlaying && !TryResume(head, now))
        {
            return Wait(isUnderrun: false);
        }

        return head.Sequence == _nextSequence ? Give(now, out frame) : Miss(in head, now, out frame);
    }

    /// <summary>How long ago the fastest packet of this timestamp would have arrived.</summary>
    private TimeSpan HeldAt(MediaTime now, long timestamp) => new(now.Ticks - ToTicks(timestamp) - _estimator.FastestTransit);

    /// <summary>True if a frame of this timestamp continues what was played; rounding of durations is no gap.</summary>
    private bool Follows(long timestamp) => timestamp - _nextTimestamp < _lastDuration / 2;

    private Entry FirstBuffered()
    {
        var sequence = _nextSequence;
        while (EntryOf(sequence).Payload is null)
        {
            sequence++;
        }

        return EntryOf(sequence);
    }

    private JitterPull Wait(bool isUnderrun)
    {
        _isPlaying = false;
        if (isUnderrun)
        {
            _hasRunOut = true;
            _statistics = _statistics with { Underruns = _statistics.Underruns + 1 };
        }

        return JitterPull.Waiting;
    }

    /// <summary>
    /// After a pause, an underrun or at the start: begins to play at the first pull at which the target delay is reached. Missing packets
    /// whose time went by while we waited are skipped: that time has already been filled.
    /// </summary>
    private bool TryResume(in Entry head, MediaTime now)
    {
        var missing = head.Sequence - _nextSequence;
        var start = Math.Max(_nextTimestamp, head.Timestamp - (missing * _lastDuration));
        if (missing == 0 || start > head.Timestamp)
        {
            start = head.Timestamp;
        }

        if (missing > 0)
        {
            ExpectLoss(now);
        }

        // In the middle of a word less is enough to go on.
        var isUnderrun = _hasRunOut && Follows(start);
        var wanted = LaterInTick + (isUnderrun ? LeastDelay : TargetDelay);
        while (missing > 0 && HasPassed(start, missing, wanted, now))
        {
            missing--;
            start = missing == 0 ? head.Timestamp : Math.Min(start + _lastDuration, head.Timestamp);
            Advance(_lastDuration);
            _statistics = _statistics with { Lost = _statistics.Lost + 1 };
        }

        if (HeldAt(now, start) < wanted)
        {
            return false;
        }

        if (isUnderrun)
        {
            (_underrunBefore, _lastUnderrun) = (_lastUnderrun, now);
        }

        _nextTimestamp = start;
        _isPlaying = true;
        _hasRunOut = false;
        return true;
    }

    /// <summary>Whether the missing packet that was to be played at <paramref name="start"/> is given up, after nothing was played for a while.</summary>
    private bool HasPassed(long start, long missing, TimeSpan wanted, MediaTime now)
    {
        var isRepairable = missing == 1 && _options.NextRepairs;
        return HeldAt(now, start) > TargetDelay + _options.Tick || (!isRepairable && HeldAt(now, start + _lastDuration) >= wanted);
    }

    private JitterPull Give(MediaTime now, out JitterFrame frame)
    {
        var entry = EntryOf(_nextSequence);
        _lent = Advance(0);
        _hasPlayed = true;
        CurrentDelay = HeldAt(now, entry.Timestamp);
        frame = new JitterFrame(_lent!.Span, entry.Timestamp, entry.Duration, entry.Arrival);
        return JitterPull.Frame;
    }

    /// <summary>The next packet is missing and a later one is here.</summary>
    private JitterPull Miss(scoped in Entry head, MediaTime now, out JitterFrame frame)
    {
        frame = default;
        var missing = head.Sequence - _nextSequence;
        var gap = head.Timestamp - _nextTimestamp;
        if (gap <= 0)
        {
            SkipTo(head);
            return Give(now, out frame);
        }

        // Held for less than the target: it may well come, and waiting brings the delay to where it should be.
        if (HeldAt(now, _nextTimestamp) + _options.Tick <= TargetDelay)
        {
            return JitterPull.Waiting;
        }

        var duration = (int)Math.Clamp(gap / missing, 1, _lastDuration);
        var timestamp = _nextTimestamp;
        Advance(duration);
        _hasPlayed = true;
        ExpectLoss(now);
        _statistics = _statistics with { Lost = _statistics.Lost + 1 };
        CurrentDelay = HeldAt(now, timestamp);
        if (missing == 1 && Follows(head.Timestamp))
        {
            _statistics = _statistics with { Recovered = _statistics.Recovered + 1 };
            frame = new JitterFrame(head.Payload!.Span, timestamp, duration, head.Arrival);
            return JitterPull.RecoverFromNext;
        }

        _statistics = _statistics with { Concealed = _statistics.Concealed + 1 };
        frame = new JitterFrame(default, timestamp, duration, MediaTime.Zero);
        return JitterPull.Lost;
    }

    private void ExpectLoss(MediaTime now)
    {
        _lossExpectedUntil = now + s_lossMemory;
        _expectsLoss = true;
    }

    private void ForgetLoss(MediaTime now)
    {
        _expectsLoss = now < _lossExpectedUntil;
        _repairUnits = _expectsLoss ? _repairUnits : 0;
    }

    private void SkipTo(in Entry head)
    {
        while (_nextSequence < head.Sequence)
        {
            Advance(0);
            _statistics = _statistics with { Lost = _statistics.Lost + 1 };
        }
    }

    /// <summary>Nobody pulled for a while, or a stall ended: what is older than any target allows is not worth playing.</summary>
    private void DiscardOverdue(MediaTime now)
    {
        if (_count == 0 || HeldAt(now, FirstBuffered().Timestamp) <= _options.MaxDelay + (_options.MaxBuffered / 2))
        {
            return;
        }

        while (_count > 1 && HeldAt(now, FirstBuffered().Timestamp) > TargetDelay + _options.Tick)
        {
            DiscardNext();
        }

        _isPlaying = false;
    }
}
