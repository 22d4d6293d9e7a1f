using Mcu.Media;
using Mcu.Rtp.Rtcp;

namespace Mcu.Rtp.Congestion;

/// <content>What the receiver reports, and that it does not.</content>
public sealed partial class CongestionController
{
    /// <summary>With more than this lost since the last report, silence was no accident of the reports.</summary>
    private const double HeavyLoss = 0.3;

    /// <summary>How long the share lost looks back: what is older counts less than a third.</summary>
    private const double LossMemorySeconds = 4;
    private const double SilentCut = 0.9;
    private const double RegainPerEstimate = 1.05;

    /// <summary>A receiver that agreed to send feedback and has sent none after so many steps of silence will not.</summary>
    private const int GivenUpAfter = 2;

    private static readonly TimeSpan s_arrivalWrap = TimeSpan.FromTicks(TransportFeedback.ReferenceTicks << 24);
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_silentStep = TimeSpan.FromMilliseconds(500);

    private bool _hasFeedback;
    private bool _isUnreportable;
    private MediaTime _lastReport;
    private TimeSpan _reportInterval = TimeSpan.FromMilliseconds(100);
    private MediaTime _silentAt; // when what is under way now has been so for too long
    private int _silentSteps;
    private double _rateBeforeSilence;
    private TimeSpan? _feedbackRoundTrip;
    private TimeSpan _rawArrival;
    private MediaTime _arrival;
    private int _missing; // packets since the last report of one that arrived
    private double _lossCounted;
    private double _lossLost;
    private MediaTime _lossAgedAt;
    private MediaTime _lossCountsFrom; // what was sent before says nothing of how much the path loses
    private long _remoteLimitBps = long.MaxValue;

    /// <summary>When silence is to be noted or a probe is due.</summary>
    public MediaTime NextDeadline
    {
        get
        {
            var silent = _sent.BytesSent > _reportedUpTo && !_isUnreportable ? _silentAt : MediaTime.Never;
            return MediaTime.Min(silent, ProbeDeadline);
        }
    }

    /// <summary>Takes a transport-wide feedback. Nonsense in it changes nothing.</summary>
    /// <returns>Whether it ends an outage: nothing was reported for a second or more, and what was sent meanwhile is lost.</returns>
    public bool OnTransportFeedback(in TransportFeedback feedback, MediaTime now)
    {
        if (_sent.IsEmpty || feedback.StatusCount > short.MaxValue)
        {
            return false;
        }

        var newest = default(SentPacket);
        var arrived = 0;
        foreach (var status in feedback)
        {
            if (!_sent.TryFind(status.Sequence, out var slot))
            {
                continue;
            }

            ref var packet = ref _sent[slot];
            TakeGap(packet, status, now);
            if (status.Received && packet.Fate != PacketFate.Arrived)
            {
                OnArrived(ref packet, ArrivalOf(status.Arrival));
                newest = packet;
                arrived++;
            }
            else if (!status.Received && packet.Fate == PacketFate.Unknown)
            {
                packet.Fate = PacketFate.Missing;
                _missing++;
                CountLoss(packet.SentAt, lost: true);
                _sending.Add(packet.Bytes, packet.SentAt);
            }
        }

        return arrived > 0 && EndReport(newest, _missing > HeavyLoss * (_missing + arrived), now);
    }

    /// <summary>What the receiver says it can take (REMB): a limit, and all there is where no other feedback comes.</summary>
    public void OnBitrateEstimate(long bitrateBps, MediaTime now)
    {
        _isUnreportable = false;
        _remoteLimitBps = Math.Max(bitrateBps, _options.MinBps);
        if (!_hasFeedback && !_loss.IsTrying)
        {
            // The receiver has measured it; only where loss spoke against it the rate comes back slowly.
            _rate.Raise(now - _overusedAt > s_tightFor ? _remoteLimitBps : Math.Min(_remoteLimitBps, _rate.TargetBps * RegainPerEstimate));
        }
    }

    /// <summary>What a receiver report says of lost packets; used where no transport-wide feedback comes.</summary>
    /// <param name="fractionLost">0 to 1.</param>
    /// <param name="packets">How many the report is about.</param>
    /// <param name="sentBps">The rate at which they were sent.</param>
    /// <param name="now">The time.</param>
    public void OnReceiverReport(double fractionLost, int packets, double sentBps, MediaTime now)
    {
        if (_hasFeedback || packets <= 0)
        {
            return;
        }

        var lost = (int)Math.Round(fractionLost * packets);
        for (var i = 0; i < Math.Min(packets, 1000); i++)
        {
            CountLoss(now, i < lost);
        }

        AgeLoss(now);
        JudgeLoss(sentBps, sentBps * (1 - fractionLost), now);
    }

    /// <summary>Does what is due.</summary>
    public void Run(MediaTime now)
    {
        if (!_isUnreportable && _sent.BytesSent > _reportedUpTo && now >= _silentAt)
        {
            OnSilence(now);
        }

        RunProbes(now);
    }

    private void OnArrived(ref SentPacket packet, MediaTime arrival)
    {
        if (packet.Fate == PacketFate.Missing)
        {
            _lossLost = Math.Max(0, _lossLost - 1);
            _loss.Uncount();
        }
        else
        {
            CountLoss(packet.SentAt, lost: false);
            _sending.Add(packet.Bytes, packet.SentAt);
        }

        packet.Fate = PacketFate.Arrived;
        _throughput.Add(packet.Bytes, arrival);
        _busy.Add(packet, arrival, _queue.WaitOf(packet.SentAt, arrival));
        _probe.OnArrived(packet, arrival);
        if (packet.SentAt >= _probe.StartedAt && packet.SentAt < _probeQueueUntil)
        {
            return; // a probe makes a queue on purpose
        }

        _queue.Add(packet.SentAt, arrival);
        if (_groups.TryAdd(packet.SentAt, arrival, out var delta))
        {
            _trend.Add(delta);
        }
    }

    /// <summary>Packets between two reports that neither tells of, as one was lost: they are taken to have arrived, but not for loss or delay.</summary>
    private void TakeGap(in SentPacket packet, in PacketStatus status, MediaTime now)
    {
        var before = packet.BytesUpTo - packet.Bytes;
        if (before > _reportedUpTo && _hasFeedback)
        {
            var bytes = before - _reportedUpTo;
            _sending.AddSince(bytes, packet.SentAt);
            if (status.Received)
            {
                _throughput.AddSince(bytes, ArrivalOf(status.Arrival));
            }
        }

        _reportedUpTo = Math.Max(_reportedUpTo, packet.BytesUpTo);
    }

    private bool EndReport(in SentPacket newest, bool isHeavyLoss, MediaTime now)
    {
        var isOutage = _silentSteps > 0 && isHeavyLoss;
        _missing = 0;
        if (isOutage)
        {
            EndOutage(now);
        }
        else if (_silentSteps > 0)
        {
            _silentSteps = 0;
            _rate.Raise(_rateBeforeSilence); // it was the reports that were lost; if not, the next ones will say so
        }

        if (_hasFeedback)
        {
            var interval = now - _lastReport;
            interval = interval < s_longestInterval ? interval : s_longestInterval;
            _reportInterval = ((_reportInterval * 7) + interval) / 8;
        }

        _lastReport = now;
        _hasFeedback = true;
        _isUnreportable = false;
        _silentAt = now + s_silence;
        var sample = now - newest.SentAt;
        _feedbackRoundTrip = _feedbackRoundTrip is { } smoothed ? ((smoothed * 7) + sample) / 8 : sample;
        _queue.EndReport(now);
        AgeLoss(now);
        UpdateRate(now);
        ConcludeProbe(now);
        RunProbes(now);
        return isOutage;
    }

    /// <summary>What an outage swallowed is neither the path's usual loss nor caused by the rate. How much the path carries now is looked for at once.</summary>
    private void EndOutage(MediaTime now)
    {
        _silentSteps = 0;
        _lossCounted = 0;
        _lossLost = 0;
        _lossCountsFrom = now;
        _loss.Restart(now);
        _returnBps = Math.Max(_returnBps, _rateBeforeSilence * ReturnShare);
        _nextProbe = now;
    }

    private void OnSilence(MediaTime now)
    {
        _silentAt = now + s_silentStep;
        if (!HasEvidence && _silentSteps == GivenUpAfter)
        {
            _isUnreportable = true;
            return;
        }

        if (_silentSteps++ == 0)
        {
            _rateBeforeSilence = _rate.TargetBps;
        }

        if (_hasFeedback)
        {
            _reportedUpTo = _sent.BytesSent; // what was under way is not any more, whatever became of it
        }

        _rate.Lower(_rate.TargetBps * SilentCut, now);
    }

    private void CountLoss(MediaTime sentAt, bool lost)
    {
        if (sentAt < _lossCountsFrom)
        {
            return;
        }

        _lossCounted++;
        _lossLost += lost ? 1 : 0;
        _loss.Count(sentAt, lost);
    }

    private void AgeLoss(MediaTime now)
    {
        var kept = Math.Exp(-Math.Max(0, (now - _lossAgedAt).TotalSeconds) / LossMemorySeconds);
        _lossCounted *= kept;
        _lossLost *= kept;
        _lossAgedAt = now;
    }

    /// <summary>Unwraps the receiver's clock.</summary>
    private MediaTime ArrivalOf(TimeSpan raw)
    {
        if (_arrival == MediaTime.Zero)
        {
            _arrival = MediaTime.Zero + raw + s_arrivalWrap;
        }
        else
        {
            var step = (raw - _rawArrival).Ticks % s_arrivalWrap.Ticks;
            step -= step > s_arrivalWrap.Ticks / 2 ? s_arrivalWrap.Ticks : 0;
            step += step < -s_arrivalWrap.Ticks / 2 ? s_arrivalWrap.Ticks : 0;
            _arrival += TimeSpan.FromTicks(step);
        }

        _rawArrival = raw;
        return _arrival;
    }
}
