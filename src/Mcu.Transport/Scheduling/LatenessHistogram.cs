using System.Numerics;

namespace Mcu.Transport;

/// <summary>Counts durations in buckets of at most 12.5 % width, from microseconds to minutes. Thread-safe, allocates nothing.</summary>
public sealed class LatenessHistogram
{
    private const int SubBucketBits = 3;
    private const int SubBuckets = 1 << SubBucketBits;

    private readonly long[] _counts = new long[SubBuckets * 29];
    private long _count;
    private long _maxTicks;

    public long Count => Volatile.Read(ref _count);

    public TimeSpan Max => new(Volatile.Read(ref _maxTicks));

    /// <summary>Counts one duration; negative ones count as zero.</summary>
    public void Record(TimeSpan duration)
    {
        var ticks = Math.Max(duration.Ticks, 0);
        Interlocked.Increment(ref _counts[BucketOf(ticks / TimeSpan.TicksPerMicrosecond)]);
        Interlocked.Increment(ref _count);
        var max = Volatile.Read(ref _maxTicks);
        while (ticks > max)
        {
            var seen = Interlocked.CompareExchange(ref _maxTicks, ticks, max);
            if (seen == max)
            {
                return;
            }

            max = seen;
        }
    }

    /// <summary>Forgets all. Not while others record.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        _count = 0;
        _maxTicks = 0;
    }

    /// <summary>The duration that a part (0 to 1) of all does not exceed: the upper end of its bucket, but never over <see cref="Max"/>.</summary>
    public TimeSpan Percentile(double part)
    {
        var rank = (long)Math.Ceiling(Math.Clamp(part, 0, 1) * Count);
        long seen = 0;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += Volatile.Read(ref _counts[bucket]);
            if (seen >= rank && seen > 0)
            {
                return new TimeSpan(Math.Min(UpperEnd(bucket) * TimeSpan.TicksPerMicrosecond, Max.Ticks));
            }
        }

        return Max;
    }

    /// <summary>Linear up to 8 µs, then eight buckets for each doubling.</summary>
    private int BucketOf(long microseconds)
    {
        if (microseconds < SubBuckets)
        {
            return (int)microseconds;
        }

        var octave = BitOperations.Log2((ulong)microseconds) - SubBucketBits;
        var bucket = (octave * SubBuckets) + (int)(microseconds >> octave);
        return Math.Min(bucket, _counts.Length - 1);
    }

    private static long UpperEnd(int bucket)
    {
        if (bucket < SubBuckets)
        {
            return bucket + 1;
        }

        var octave = (bucket / SubBuckets) - 1;
        return ((bucket % SubBuckets) + SubBuckets + 1L) << octave;
    }
}
