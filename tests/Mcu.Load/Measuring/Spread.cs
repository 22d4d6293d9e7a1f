namespace Mcu.Load.Measuring;

/// <summary>Median and tail of some measured values.</summary>
internal sealed record Spread(int Count, double Median, double P95, double Highest)
{
    /// <summary>Null where there are no values.</summary>
    public static Spread? Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count == 0 ? null : new Spread(sorted.Count, At(sorted, 50), At(sorted, 95), sorted[^1]);
    }

    /// <summary>
    /// The value that a part of all does not exceed, from a histogram's counts: between a bucket's bounds it is taken to lie as if all in it
    /// were spread evenly, in the last one it is the lower bound. Null for no values.
    /// </summary>
    public static double? Quantile(IReadOnlyList<Bucket> buckets, double part)
    {
        var all = buckets.Count == 0 ? 0 : buckets[^1].Count;
        var rank = part * all;
        var (below, lower) = (0.0, 0.0);
        foreach (var bucket in buckets)
        {
            if (all > 0 && bucket.Count >= rank && bucket.Count > below)
            {
                return double.IsInfinity(bucket.UpTo) ? lower : lower + ((bucket.UpTo - lower) * (rank - below) / (bucket.Count - below));
            }

            (below, lower) = (bucket.Count, bucket.UpTo);
        }

        return null;
    }

    private static double At(List<double> sorted, int percent) => sorted[Math.Min(sorted.Count * percent / 100, sorted.Count - 1)];
}
