using Mcu.Media;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Estimates how long packets must be held so that most are there in time. Each packet's delay is taken relative to the fastest of
/// the last seconds (so clock drift does not matter); a forgetting histogram of these gives the target. It rises at once and falls slowly.
/// </summary>
internal sealed class DelayEstimator(TimeSpan minTarget, TimeSpan maxTarget)
{
    private const int BucketCount = 64;
    private const float Forget = 0.995f;
    private const float Quantile = 0.97f;
    private static readonly long s_bucketTicks = TimeSpan.FromMilliseconds(5).Ticks;
    private static readonly long s_windowTicks = TimeSpan.FromSeconds(5).Ticks;
    private static readonly long s_fallTicksPerPacket = TimeSpan.FromMilliseconds(1).Ticks;

    private readonly float[] _histogram = new float[BucketCount];
    private int _samples;
    private bool _hasBase;
    private long _windowMinimum;
    private long _previousMinimum;
    private MediaTime _windowStart;
    private long _targetTicks = minTarget.Ticks;

    public TimeSpan Target => new(_targetTicks);

    /// <summary>Transit (arrival minus timestamp, in ticks) of the fastest packet of the last 5 to 10 s.</summary>
    public long FastestTransit => Math.Min(_windowMinimum, _previousMinimum);

    public void OnPacket(long transitTicks, MediaTime arrival)
    {
        TrackFastest(transitTicks, arrival);
        _samples++;
        // The first packets weigh as much as they are few, so that the estimate is right from the start.
        var forget = Math.Min(Forget, 1 - (2f / (_samples + 1)));
        foreach (ref var weight in _histogram.AsSpan())
        {
            weight *= forget;
        }

        var bucket = (int)Math.Min((transitTicks - FastestTransit) / s_bucketTicks, BucketCount - 1);
        _histogram[bucket] += 1 - forget;
        var wanted = Math.Clamp(QuantileTicks(), minTarget.Ticks, maxTarget.Ticks);
        _targetTicks = Math.Max(wanted, _targetTicks - s_fallTicksPerPacket);
    }

    /// <summary>Begins a new time line; the histogram of the network's jitter stays.</summary>
    public void Rebase() => _hasBase = false;

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
            _previousMinimum = _windowMinimum;
            _windowMinimum = transitTicks;
            _windowStart = arrival;
        }

        _windowMinimum = Math.Min(_windowMinimum, transitTicks);
    }

    private long QuantileTicks()
    {
        var sum = 0f;
        for (var bucket = 0; bucket < BucketCount; bucket++)
        {
            sum += _histogram[bucket];
            if (sum >= Quantile)
            {
                return (bucket + 1) * s_bucketTicks;
            }
        }

        return BucketCount * s_bucketTicks;
    }
}
