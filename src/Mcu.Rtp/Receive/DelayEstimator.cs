using System.Numerics;
using Mcu.Media;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Estimates how long packets must be held so that most are there in time. Each packet's delay is taken relative to the fastest of the last
/// seconds, so clock drift does not matter. Three things are wanted, and the longest of them is the target:
/// <list type="bullet">
/// <item>that 97 of 100 packets of the last seconds would not have let audio run out: a forgetting histogram;</item>
/// <item>that packets which others overtook would have come in time, where that is worth the delay;</item>
/// <item>that a delay which comes again and again is borne, for which the histogram is too short: <see cref="RecurringPeaks"/>.</item>
/// </list>
/// One stall alone changes nothing: until the next one audio would only be late. The target rises at once and falls slowly.
/// </summary>
internal sealed class DelayEstimator(TimeSpan minTarget, TimeSpan maxTarget)
{
    private const int BucketCount = 128; // a multiple of all vector lengths
    private const float LateShare = 0.03f;
    private const float HardlyAnyShare = 0.005f;

    /// <summary>Less overtaking than this (share of packets) is worth no delay.</summary>
    private const float WorthwhileShare = 0.0025f;

    /// <summary>What one packet in a hundred is worth.</summary>
    private const float BucketsPerPercent = 8; // 20 ms

    /// <summary>After ten seconds what was is below <see cref="LateShare"/>.</summary>
    private const double MemorySeconds = 2.9;

    /// <summary>The target falls by 1 ms in 20 ms.</summary>
    private const int FallShare = 20;

    private static readonly long s_bucketTicks = TimeSpan.FromMilliseconds(2.5).Ticks;
    private static readonly long s_windowTicks = TimeSpan.FromSeconds(5).Ticks;
    private static readonly MediaTime s_longAgo = new(long.MinValue / 2);

    private readonly float[] _inOrder = new float[BucketCount];
    private readonly float[] _overtaken = new float[BucketCount];
    private readonly RecurringPeaks _peaks = new();
    private int _samples;
    private float _overtakenShare;
    private bool _hasBase;
    private long _windowMinimum;
    private long _previousMinimum;
    private MediaTime _windowStart;
    private long _lastTransit;
    private MediaTime _lastArrival = s_longAgo;
    private long _neededTicks;

    /// <summary>What would do, however little; at most the largest target.</summary>
    public TimeSpan Needed => new(_neededTicks);

    /// <summary>How long packets are to be held.</summary>
    public TimeSpan Target => Needed < minTarget ? minTarget : Needed;

    /// <summary>Transit (arrival minus timestamp, in ticks) of the fastest packet of the last 5 to 10 s.</summary>
    public long FastestTransit => Math.Min(_windowMinimum, _previousMinimum);

    /// <param name="transitTicks">Arrival minus timestamp.</param>
    /// <param name="arrival">Time of arrival.</param>
    /// <param name="duration">Of the packet's audio.</param>
    /// <param name="isOvertaken">A packet that was sent later has come before.</param>
    public void OnPacket(long transitTicks, MediaTime arrival, TimeSpan duration, bool isOvertaken)
    {
        TrackFastest(transitTicks, arrival);
        // The first packets weigh as much as they are few, so that the estimate is right from the start.
        var weight = (float)Math.Max(1 - Math.Exp(-duration.TotalSeconds / MemorySeconds), 2f / (++_samples + 1));
        Fade(_inOrder, 1 - weight);
        Fade(_overtaken, 1 - weight);
        _overtakenShare *= 1 - weight;
        var delay = transitTicks - FastestTransit;
        if (isOvertaken)
        {
            _overtaken[BucketOf(delay)] += weight;
            _overtakenShare += weight;
        }
        else
        {
            // Who comes right behind a late packet was held up by it: audio would have run out once, not again.
            var isFollower = arrival - _lastArrival < duration / 4 && transitTicks < _lastTransit;
            _inOrder[isFollower ? 0 : BucketOf(delay)] += weight;
            _peaks.OnPacket(isFollower ? 0 : delay, arrival);
            (_lastTransit, _lastArrival) = (transitTicks, arrival);
        }

        var wanted = Math.Max(Math.Max(QuantileTicks(LateShare), OvertakenTicks()), _peaks.HeightTicks);
        // What is held in any case is used as well as it can be.
        wanted = Math.Max(wanted, Math.Min(QuantileTicks(HardlyAnyShare), minTarget.Ticks));
        _neededTicks = Math.Max(Math.Min(wanted, maxTarget.Ticks), _neededTicks - (duration.Ticks / FallShare));
    }

    /// <summary>Begins a new time line; the histogram of the network's jitter stays.</summary>
    public void Rebase()
    {
        _hasBase = false;
        _lastArrival = s_longAgo;
    }

    private static int BucketOf(long delayTicks) => (int)Math.Min(delayTicks / s_bucketTicks, BucketCount - 1);

    private static void Fade(Span<float> weights, float factor)
    {
        for (var i = 0; i < weights.Length; i += Vector<float>.Count)
        {
            (new Vector<float>(weights[i..]) * factor).CopyTo(weights[i..]);
        }
    }

    private void TrackFastest(long transitTicks, MediaTime arrival)
    {
        if (!_hasBase)
        {
            _hasBase = true;
            _windowMinimum = transitTicks;
            _previousMinimum = transitTicks;
            _windowStart = arrival;
        }
        else if ((arrival - _windowStart).Ticks > s_windowTicks)
        {
            var before = FastestTransit;
            _previousMinimum = _windowMinimum;
            _windowMinimum = transitTicks;
            _windowStart = arrival;
            Lower(FastestTransit - before);
        }

        _windowMinimum = Math.Min(_windowMinimum, transitTicks);
    }

    /// <summary>The way has become longer: what was measured against the shorter one was not that late.</summary>
    private void Lower(long ticks)
    {
        var buckets = (int)Math.Min(ticks / s_bucketTicks, BucketCount - 1);
        if (buckets <= 0)
        {
            return;
        }

        _peaks.Lower(ticks);
        _neededTicks -= ticks; // not below what this packet needs
        Lower(_inOrder, buckets);
        Lower(_overtaken, buckets);
    }

    private static void Lower(Span<float> weights, int buckets)
    {
        foreach (var weight in weights.Slice(1, buckets))
        {
            weights[0] += weight;
        }

        weights[(buckets + 1)..].CopyTo(weights[1..]);
        weights[^buckets..].Clear();
    }

    /// <summary>The delay that all packets but this share kept.</summary>
    private long QuantileTicks(float lateShare)
    {
        var late = 0f;
        var bucket = BucketCount;
        while (bucket > 0 && late + _inOrder[bucket - 1] <= lateShare)
        {
            late += _inOrder[--bucket];
        }

        return bucket * s_bucketTicks;
    }

    /// <summary>The delay that costs least, where a packet that comes too late costs as much as <see cref="BucketsPerPercent"/> says.</summary>
    private long OvertakenTicks()
    {
        if (_overtakenShare < WorthwhileShare)
        {
            return 0;
        }

        var (late, best, leastCost) = (0f, 0, float.MaxValue);
        for (var bucket = BucketCount; bucket >= 0; bucket--)
        {
            var cost = bucket + (late * 100 * BucketsPerPercent);
            if (cost < leastCost)
            {
                (best, leastCost) = (bucket, cost);
            }

            late += bucket > 0 ? _overtaken[bucket - 1] : 0;
        }

        return best * s_bucketTicks;
    }
}
