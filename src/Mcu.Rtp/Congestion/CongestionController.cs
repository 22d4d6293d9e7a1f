using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>
/// How much a path carries, from what its receiver reports. Transport-wide feedback: sent packet → fate and arrival → delay trend, standing
/// queue, loss, throughput, probes → rate. Without it: the receiver's own estimate (REMB), lowered by the loss of its receiver reports.
/// docs/network.md says what is followed. Sans-IO; one owner; allocates nothing once its history has grown to what is under way.
/// </summary>
/// <remarks>
/// The owner tells of each packet sent, of each report, and calls <see cref="Run"/> no later than at <see cref="NextDeadline"/>.
/// Then it asks <see cref="Pacing"/>, and sends padding while <see cref="PaddingWanted"/>.
/// </remarks>
public sealed partial class CongestionController
{
    private const double ApplicationLimitedShare = 0.65;

    /// <summary>Who sends less than this did not fill the path: what arrived is what was sent, and not what the path carries.</summary>
    private const double SaturatedShare = 0.9;

    /// <summary>A queue holds all packets up alike; what holds up some far more than all is jitter.</summary>
    private const double JitterShare = 0.2;
    private const double LargePacketBits = 1200 * 8;
    private const double DrainPacing = 0.4;
    private const double CapacityShare = 0.95;
    private const double WindowFloorBytes = 10_000;

    /// <summary>How much faster than the target packets leave: frames are uneven, and the less of them waits here the better.</summary>
    private const double EasyPacing = 2.5;

    /// <summary>The same on a path known to be narrow: whatever comes faster stands in its queue, in front of sound.</summary>
    private const double TightPacing = 1.05;

    /// <summary>A path that may be narrower than this: there a frame that leaves faster than the path carries it is heard.</summary>
    private const long NarrowPathBps = 250_000;

    private static readonly TimeSpan s_longBurst = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_shortBurst = TimeSpan.FromMilliseconds(5);

    /// <summary>A standing queue below this is jitter.</summary>
    private static readonly TimeSpan s_queueOfNote = TimeSpan.FromMilliseconds(15);

    /// <summary>The same for a path on which little is sent: it takes more to believe that this is too much.</summary>
    private static readonly TimeSpan s_queueOfNoteWhenLimited = TimeSpan.FromMilliseconds(40);

    /// <summary>A queue that stands at this is overuse, whatever its trend.</summary>
    private static readonly TimeSpan s_longQueue = TimeSpan.FromMilliseconds(70);
    private static readonly TimeSpan s_fullQueue = TimeSpan.FromMilliseconds(250);

    /// <summary>While a queue stands at this nothing that can wait is sent.</summary>
    private static readonly TimeSpan s_heavyQueue = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan s_drainFrom = TimeSpan.FromMilliseconds(80);
    private static readonly TimeSpan s_drainTo = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan s_longestDrain = TimeSpan.FromSeconds(2);

    /// <summary>A queue that stands for so long although the rate went down is not ours: the path became longer.</summary>
    private static readonly TimeSpan s_rebaseAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_tightFor = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_windowSlack = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_fallbackRoundTrip = TimeSpan.FromMilliseconds(100);

    private readonly CongestionOptions _options;
    private readonly SentPackets _sent = new();
    private readonly InterGroupDelay _groups = new();
    private readonly DelayTrend _trend = new();
    private readonly StandingQueue _queue = new();
    private readonly BusyRate _busy = new();
    private readonly RateMeter _throughput = new();
    private readonly RateMeter _sending = new();
    private readonly RateControl _rate;
    private readonly LossControl _loss = new();
    private readonly ProbeCluster _probe = new();

    private MediaTime _overusedAt = new(long.MinValue / 2);
    private MediaTime _drainUntil;
    private double _drainBps;
    private MediaTime _longQueueSince = MediaTime.Never;
    private long _unnumberedBytes;
    private long _reportedUpTo; // bytes sent up to the newest packet that a report told of
    private TimeSpan? _reportRoundTrip;
    private bool _isIncreasing;

    public CongestionController(CongestionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _rate = new RateControl(options.StartBps, options.MinBps);
    }

    /// <summary>Bit/s that all packets together may take, IP and UDP headers included.</summary>
    public long TargetBps => (long)Math.Clamp(Math.Min(_rate.TargetBps, (double)_remoteLimitBps), _options.MinBps, _options.MaxBps);

    /// <summary>Share of packets lost during the last seconds, 0 to 1.</summary>
    public double FractionLost => _lossCounted > 0 ? _lossLost / _lossCounted : 0;

    /// <summary>Share of packets that the path seems to lose at any rate, 0 to 1.</summary>
    public double InherentLoss => _loss.Inherent;

    /// <summary>Bit/s that arrived lately; 0 if unknown.</summary>
    public long ThroughputBps { get; private set; }

    /// <summary>How long a queue stands on the path.</summary>
    public TimeSpan PathQueue => _queue.Delay;

    /// <summary>From sender and receiver reports if there are any, else from feedback, which includes its waiting for its turn.</summary>
    public TimeSpan RoundTrip => _reportRoundTrip ?? _feedbackRoundTrip ?? s_fallbackRoundTrip;

    /// <summary>The receiver has agreed to report on the numbers of packets.</summary>
    public bool ExpectsFeedback { get; set; } = true;

    /// <summary>The receiver does report on them.</summary>
    public bool HasFeedback => _hasFeedback;

    /// <summary>Bit/s that the path carried when something was last reported of it.</summary>
    public long LastKnownBps => _silentSteps > 0 ? Math.Max(TargetBps, (long)_rateBeforeSilence) : TargetBps;

    /// <summary>Something was reported: the target is more than a guess.</summary>
    public bool HasEvidence => _hasFeedback || _remoteLimitBps != long.MaxValue;

    /// <summary>The target holds: something was reported, or will be, and until then it is what is safe to begin with.</summary>
    public bool IsLimited => HasEvidence || (ExpectsFeedback && !_isUnreportable);

    /// <summary>Far less is sent than might be.</summary>
    public bool IsApplicationLimited { get; private set; } = true;

    public CongestionState State =>
        !HasEvidence ? CongestionState.Starting
        : _silentSteps > 0 ? CongestionState.Unreported
        : _loss.IsTrying ? CongestionState.TryingLoss
        : IsDraining || _trend.Use == PathUse.Over ? CongestionState.Decreasing
        : _isIncreasing ? CongestionState.Increasing
        : CongestionState.Steady;

    private bool IsDraining => _drainUntil != MediaTime.Zero;

    private TimeSpan ResponseTime => RoundTrip + s_fallbackRoundTrip;

    /// <summary>Takes the measured round trip of a receiver report.</summary>
    public void OnRoundTrip(TimeSpan roundTrip) => _reportRoundTrip = roundTrip;

    /// <summary>A packet went out.</summary>
    /// <param name="sequence">Its transport-wide number.</param>
    /// <param name="bytes">Its length, IP and UDP headers included.</param>
    /// <param name="now">The time of sending.</param>
    public void OnSent(ushort sequence, int bytes, MediaTime now)
    {
        var counted = (int)(bytes + _unnumberedBytes);
        _unnumberedBytes = 0;
        if (_sent.IsEmpty)
        {
            _silentAt = now + s_silence;
            _lossAgedAt = now;
            _loss.Restart(now);
        }
        else if (_sent.BytesSent == _reportedUpTo)
        {
            // Nothing was under way: silence begins to count now.
            _silentAt = MediaTime.Max(_silentAt, now + (_silentSteps > 0 ? s_silentStep : s_silence));
        }

        _sent.Add(sequence, counted, _probe.Sending, now);
        _probe.OnSent(counted);
    }

    /// <summary>A packet without a number went out: it takes its share of the path, and is counted with the next that has one.</summary>
    public void OnSentUnnumbered(int bytes) => _unnumberedBytes = Math.Min(_unnumberedBytes + bytes, 10_000);

    /// <summary>How packets that can wait are to be sent now.</summary>
    public Pacing PacingAt(MediaTime now)
    {
        if (_isUnreportable || (!ExpectsFeedback && !HasEvidence))
        {
            return Pacing.Unlimited;
        }

        if (_probe.Sending != 0)
        {
            return new Pacing(_probe.RateBps, s_shortBurst);
        }

        if (_sent.BytesSent - _reportedUpTo > WindowBytes)
        {
            return new Pacing(0, TimeSpan.Zero);
        }

        if (IsDraining)
        {
            return new Pacing(_queue.Delay > s_heavyQueue ? 0 : TargetBps * DrainPacing, TimeSpan.Zero);
        }

        return TargetBps < NarrowPathBps || now - _overusedAt < s_tightFor
            ? new Pacing(TargetBps * TightPacing, s_shortBurst)
            : new Pacing(TargetBps * EasyPacing, s_longBurst);
    }

    /// <summary>Bytes that may be under way unreported. Before the first report as much as TCP would send (RFC 6928).</summary>
    private double WindowBytes =>
        _hasFeedback
            ? Math.Max(WindowFloorBytes, TargetBps * (RoundTrip + (2 * _reportInterval) + s_windowSlack).TotalSeconds / 8)
            : WindowFloorBytes;

    private void UpdateRate(MediaTime now)
    {
        var throughput = _throughput.Rate();
        var sending = _sending.Rate();
        ThroughputBps = (long)throughput;
        IsApplicationLimited = sending < ApplicationLimitedShare * TargetBps;
        if (_queue.Peak > s_fullQueue)
        {
            _loss.Restart(now); // a queue may have been full: that is for the delay to judge
        }

        JudgeLoss(sending, throughput, now);
        var use = UseOf(now);
        var isLineBusy = _queue.Delay > s_drainFrom + HalfPacket; // whatever we send, what arrives is what the line carries
        _isProven |= !IsApplicationLimited || use == PathUse.Over;
        var carried = Carried(throughput, now);
        var sample = new PathSample(
            use,
            use == PathUse.Over ? carried : throughput / (1 - Math.Min(_loss.ExcusedAt(now), 0.5)),
            ResponseTime,
            _queue.Delay,
            (IsApplicationLimited || _loss.IsTrying || IsDraining) && !isLineBusy,
            isLineBusy || sending > SaturatedShare * TargetBps
        );
        var before = _rate.TargetBps;
        if (_rate.Update(sample, now))
        {
            OnDecrease(before, now);
        }

        if (_demandBps > 0 && _rate.TargetBps > before)
        {
            _rate.Lower(Math.Max(before, UsefulBps), now);
        }

        _isIncreasing = _rate.TargetBps > before;
        UpdateDrain(carried, now);
    }

    /// <summary>
    /// What the line carries when it is overused: all that arrived, and what it loses anyway; or more, going by packets that waited for it, where
    /// little was sent before.
    /// </summary>
    private double Carried(double throughput, MediaTime now)
    {
        var arrived = throughput / (1 - Math.Min(_loss.ExcusedAt(now), 0.5));
        var isQueue = _queue.Delay > s_queueOfNote && _queue.Delay > _queue.Peak * JitterShare;
        return isQueue ? Math.Max(arrived, _busy.Rate()) : arrived;
    }

    /// <summary>How long half of a large packet holds up what is behind it: on a narrow line that is no queue yet.</summary>
    private TimeSpan HalfPacket => TimeSpan.FromSeconds(LargePacketBits / 2 / TargetBps);

    private PathUse UseOf(MediaTime now)
    {
        if (_queue.Delay < s_longQueue + HalfPacket)
        {
            _longQueueSince = MediaTime.Never;
        }
        else if (_longQueueSince != MediaTime.Never && now - _longQueueSince > s_rebaseAfter)
        {
            _longQueueSince = MediaTime.Never;
            _queue.Rebase();
            _trend.Reset();
        }
        else
        {
            _longQueueSince = MediaTime.Min(_longQueueSince, now);
            if (_trend.Use != PathUse.Under)
            {
                return PathUse.Over;
            }
        }

        var ofNote = IsApplicationLimited ? s_queueOfNoteWhenLimited + HalfPacket : s_queueOfNote;
        var isNoise = _queue.Delay < ofNote || _queue.Delay < _queue.Peak * JitterShare;
        return _trend.Use == PathUse.Over && isNoise ? PathUse.Normal : _trend.Use;
    }

    private void OnDecrease(double before, MediaTime now)
    {
        _overusedAt = now;
        _loss.Abandon(now);
        if (_queue.Delay > s_drainFrom && !IsDraining)
        {
            _drainUntil = now + s_longestDrain;
            _drainBps = 0;
        }

        PlanProbeAfterDecrease(before, now);
    }

    /// <summary>Little is sent until the queue is gone. What arrives of a long one meanwhile is what the line carries: the rate follows.</summary>
    private void UpdateDrain(double carried, MediaTime now)
    {
        if (!IsDraining)
        {
            return;
        }

        if (_queue.Delay > s_heavyQueue)
        {
            _drainBps = carried;
        }

        if (_queue.Delay < s_drainTo || now >= _drainUntil)
        {
            _drainUntil = MediaTime.Zero;
            if (_drainBps > 0)
            {
                _rate.LowerToCapacity(_drainBps, RateControl.Beta, now);
            }
        }
    }

    private void JudgeLoss(double sending, double throughput, MediaTime now)
    {
        switch (_loss.Judge(_rate.TargetBps, sending, IsApplicationLimited && HasFeedback, ResponseTime, now))
        {
            case LossVerdict.Try:
                _rate.Lower(LossControl.TrialShare * Math.Min(_rate.TargetBps, sending), now);
                _probe.Abandon();
                break;
            case LossVerdict.Inherent:
                _rate.Raise(_loss.RateBeforeBps);
                break;
            case LossVerdict.Congested:
                _overusedAt = now;
                _rate.LowerToCapacity(throughput / (1 - Math.Min(_loss.ExcusedAt(now), 0.5)), CapacityShare, now);
                break;
            default:
                break;
        }
    }
}
