using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>What one report says of the path.</summary>
/// <param name="Use">Whether a queue grows, stands or drains.</param>
/// <param name="ThroughputBps">What arrived, and what would have arrived but for loss that has nothing to do with the rate; 0 if unknown.</param>
/// <param name="ResponseTime">How long a change of the rate takes to be seen: round trip and time between reports.</param>
/// <param name="Queue">How long a queue stands.</param>
/// <param name="IsApplicationLimited">Much less was sent than might have been: what arrived says nothing about the path's limit.</param>
internal readonly record struct PathSample(
    PathUse Use,
    double ThroughputBps,
    TimeSpan ResponseTime,
    TimeSpan Queue,
    bool IsApplicationLimited
);

/// <summary>
/// Raises the rate while the path takes it, by a share of itself far from the known capacity and by little near it, and lowers it to
/// <see cref="Beta"/> of what arrived when the path is overused (draft-ietf-rmcat-gcc-02 section 5.5).
/// </summary>
internal sealed class RateControl(double startBps, double minBps)
{
    /// <summary>The share of what arrived that the rate is lowered to: the queue drains by the rest.</summary>
    public const double Beta = 0.85;

    private const double GrowthPerSecond = 1.08;

    /// <summary>The same until the path was overused for the first time.</summary>
    private const double FirstGrowthPerSecond = 1.4;
    private const double NearGrowthPerSecond = 0.03;
    private const double FramesPerSecond = 30;
    private const double PacketBits = 1200 * 8;

    /// <summary>The rate may exceed what arrived by half and this: more would be a guess.</summary>
    private const double GrowthAllowanceBps = 10_000;

    /// <summary>One overuse of a path on which little was sent takes no more than this share: the path's limit is not known from it.</summary>
    private const double ApplicationLimitedCut = 0.7;

    /// <summary>While a queue stands, however short, the path carries no more.</summary>
    private static readonly TimeSpan s_noQueue = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan s_longestStep = TimeSpan.FromSeconds(1);

    private readonly LinkCapacity _capacity = new();
    private MediaTime _lastGrowth;
    private MediaTime _nextDecrease;
    private bool _wasOverused;

    public double TargetBps { get; private set; } = startBps;

    /// <summary>Takes a sample; true if the rate was lowered.</summary>
    public bool Update(in PathSample sample, MediaTime now)
    {
        if (sample.Use == PathUse.Over)
        {
            _lastGrowth = now;
            _wasOverused = true;
            return now >= _nextDecrease && TryDecrease(sample, now);
        }

        if (sample.Use == PathUse.Normal && sample.Queue < s_noQueue && !sample.IsApplicationLimited && sample.ThroughputBps > 0)
        {
            Increase(sample, now);
        }

        _lastGrowth = now;
        return false;
    }

    /// <summary>The path was seen to carry this.</summary>
    public void Raise(double provenBps)
    {
        if (provenBps > TargetBps)
        {
            TargetBps = provenBps;
            if (provenBps > _capacity.UpperBps)
            {
                _capacity.Forget();
            }
        }
    }

    /// <summary>Goes down to a rate, for another reason than delay.</summary>
    public void Lower(double bps, MediaTime now)
    {
        TargetBps = Math.Max(minBps, Math.Min(TargetBps, bps));
        _lastGrowth = now;
    }

    /// <summary>Goes down to a share of what arrived, which is taken for the path's capacity.</summary>
    public void LowerToCapacity(double throughputBps, double share, MediaTime now)
    {
        _wasOverused = true;
        _capacity.OnOveruse(throughputBps);
        Lower(throughputBps * share, now);
    }

    private bool TryDecrease(in PathSample sample, MediaTime now)
    {
        if (sample.ThroughputBps <= 0)
        {
            return false;
        }

        var lowered = Beta * sample.ThroughputBps;
        if (sample.IsApplicationLimited)
        {
            lowered = Math.Max(lowered, ApplicationLimitedCut * TargetBps);
        }
        else
        {
            _capacity.OnOveruse(sample.ThroughputBps);
        }

        _nextDecrease = now + sample.ResponseTime + sample.Queue; // the queue takes its time to drain, too
        var before = TargetBps;
        Lower(lowered, now);
        return TargetBps < before;
    }

    private void Increase(in PathSample sample, MediaTime now)
    {
        var elapsed = now - _lastGrowth;
        var seconds = (elapsed < s_longestStep ? elapsed : s_longestStep).TotalSeconds;
        if (_capacity.IsKnown && sample.ThroughputBps > _capacity.UpperBps)
        {
            _capacity.Forget();
        }

        var grown = _capacity.IsKnown
            ? TargetBps + (NearGrowthBps(sample.ResponseTime) * seconds)
            : TargetBps * Math.Pow(_wasOverused ? GrowthPerSecond : FirstGrowthPerSecond, seconds);
        var limit = (1.5 * sample.ThroughputBps) + GrowthAllowanceBps;
        TargetBps = Math.Max(TargetBps, Math.Min(grown, limit));
    }

    /// <summary>Bit/s more each second: about a packet per response time, but never more than a small share of the rate.</summary>
    private double NearGrowthBps(TimeSpan responseTime)
    {
        var frameBits = TargetBps / FramesPerSecond;
        var packetBits = frameBits / Math.Ceiling(frameBits / PacketBits);
        return Math.Clamp(packetBits / responseTime.TotalSeconds, 500, Math.Max(500, TargetBps * NearGrowthPerSecond));
    }
}
