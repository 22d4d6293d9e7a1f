using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// Shortens and lengthens sound without changing its pitch: leaves out, or plays twice, a stretch after which the sound resembles itself most,
/// which in a voice is a whole number of pitch periods, and crosses over there (pitch-synchronous overlap-add). Where nothing
/// repeats it does nothing, but what is quiet or mere noise may be cut anywhere. Goes on, in the same manner, where there is nothing to play, and
/// comes back from there. In place, mono, 48 kHz. Keeps no state and allocates nothing.
/// </summary>
public static class TimeStretcher
{
    /// <summary>Samples before the place of the change that are looked at.</summary>
    public const int Past = MaxShift + LongLookBack;

    /// <summary>What <see cref="Continue"/> has to write for <see cref="Merge"/>.</summary>
    public const int Bridge = MaxShift + MaxOverlap;

    /// <summary>The most that one change adds, and that it leaves out of what is not quiet: 15 ms, a period of 67 Hz.</summary>
    public const int MaxShift = 720;

    /// <summary>The least that is left out of what is not quiet: 2.5 ms.</summary>
    private const int MinShift = 120;
    private const int LookBack = 240;
    private const int LongLookBack = 480;
    private const int MinOverlap = 120;
    private const int MaxOverlap = 480;

    /// <summary>Places are searched for at 12 kHz first.</summary>
    private const int Decimation = 4;

    /// <summary>Of places that are as good, the furthest shortens most at once, and the nearest lengthens with the least that is heard twice.</summary>
    private const float FarBonus = 0.02f;

    private const float AnyLikeness = -2; // less than there is

    /// <summary>Nothing resembles itself less than this but noise, in which no cut is heard as long as it is as loud on both sides.</summary>
    private const float NoiseLikeness = 0.4f;
    private const float NoiseBalance = 4; // as a ratio of energies

    /// <summary>Quieter than this (-dBov) nothing is missed.</summary>
    private const int QuietLevel = 50;
    private const int QuietBlock = 240;

    /// <summary>Leaves a stretch out near the start.</summary>
    /// <param name="samples">At least <see cref="Past"/> samples that were heard, then what will be.</param>
    /// <param name="start">The first that will be heard.</param>
    /// <param name="most">So many are left out at most.</param>
    /// <param name="leastLikeness">How well the two sides must match, -1 to 1: 0.9 is not heard, 0.6 hardly.</param>
    /// <returns>How many fewer samples there now are; 0 where no place was good enough.</returns>
    public static int Shorten(Span<float> samples, int start, int most, float leastLikeness)
    {
        var available = samples.Length - start;
        var shift = Math.Min(most, available - MinOverlap);
        if (shift <= 0)
        {
            return 0;
        }

        var overlap = OverlapWithin(available - shift);
        if (!IsQuiet(samples.Slice(start, shift + overlap)))
        {
            var furthest = Math.Min(shift, MaxShift);
            overlap = OverlapWithin(available - furthest);
            var reach = new Reach(MinShift, furthest, FarBonus);
            shift = Find(samples, start - LookBack, LookBack + overlap, direction: 1, reach, leastLikeness);
        }

        return shift == 0 ? 0 : LeaveOut(samples, start, overlap, shift);
    }

    /// <summary>Plays a stretch before the start once more.</summary>
    /// <param name="samples">As for <see cref="Shorten"/>, with room for <see cref="MaxShift"/> more behind the end.</param>
    /// <param name="start">The first that will be heard.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="wanted">So many more are wanted: what is quiet is lengthened by that, up to <see cref="MaxShift"/>, the rest by what fits.</param>
    /// <param name="leastLikeness">As for <see cref="Shorten"/>.</param>
    /// <returns>How many more samples there now are; 0 where no place was good enough.</returns>
    public static int Lengthen(Span<float> samples, int start, int end, int wanted, float leastLikeness)
    {
        if (end - start < MinOverlap || wanted <= 0)
        {
            return 0;
        }

        var overlap = OverlapWithin(end - start);
        var reach = new Reach(MinShift, MaxShift, -FarBonus);
        var shift = IsQuiet(samples[(start - MaxShift)..(start + overlap)])
            ? Math.Min(wanted, MaxShift)
            : Find(samples[..end], start - LookBack, LookBack + overlap, direction: -1, reach, leastLikeness);
        if (shift == 0)
        {
            return 0;
        }

        Span<float> earlier = stackalloc float[MaxOverlap];
        earlier = earlier[..overlap];
        samples.Slice(start - shift, overlap).CopyTo(earlier);
        samples[(start + overlap - shift)..end].CopyTo(samples[(start + overlap)..]);
        Cross(samples.Slice(start, overlap), earlier);
        return shift;
    }

    /// <summary>Goes on like the last samples, where there is nothing to play.</summary>
    /// <param name="samples">At least <see cref="Past"/> samples that were heard or will be, and room.</param>
    /// <param name="end">Behind the last.</param>
    /// <param name="count">How many to write there.</param>
    public static void Continue(Span<float> samples, int end, int count)
    {
        var reach = new Reach(MinShift, MaxShift, 0);
        var period = Find(samples[..end], end - LongLookBack, LongLookBack, direction: -1, reach, AnyLikeness);
        // Where the period does not quite fit onto the last sample, the difference fades.
        var step = samples[end - 1] - samples[end - 1 - period];
        var fade = Math.Min(period / 4, count);
        for (var i = 0; i < count; i++)
        {
            samples[end + i] = samples[end + i - period] + (i < fade ? step * (1 - (i / (float)fade)) : 0);
        }
    }

    /// <summary>Comes back from what <see cref="Continue"/> wrote to what is played again, in step.</summary>
    /// <param name="samples">Up to the end of what will be heard.</param>
    /// <param name="start">Where what is played again begins; <see cref="Bridge"/> samples before it were made up.</param>
    /// <returns>How many fewer samples there now are, at most <see cref="Bridge"/>.</returns>
    public static int Merge(Span<float> samples, int start)
    {
        var overlap = OverlapWithin(samples.Length - start);
        if (overlap == 0)
        {
            return 0;
        }

        var reach = new Reach(MaxOverlap, Bridge, FarBonus);
        var distance = Find(samples, start, overlap, direction: -1, reach, AnyLikeness);
        return LeaveOut(samples, start - distance, overlap, distance);
    }

    private static int OverlapWithin(int samples) => Math.Min(samples, MaxOverlap) / Decimation * Decimation;

    private static int LeaveOut(Span<float> samples, int start, int overlap, int distance)
    {
        Cross(samples.Slice(start, overlap), samples.Slice(start + distance, overlap));
        samples[(start + distance + overlap)..].CopyTo(samples[(start + overlap)..]);
        return distance;
    }

    private static bool IsQuiet(ReadOnlySpan<float> samples)
    {
        for (; !samples.IsEmpty; samples = samples[Math.Min(QuietBlock, samples.Length)..])
        {
            if (AudioLevel.Measure(samples[..Math.Min(QuietBlock, samples.Length)]) < QuietLevel)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The distance at which a stretch of sound resembles what lies there most; 0 where that is not enough.</summary>
    private static int Find(ReadOnlySpan<float> samples, int from, int length, int direction, Reach reach, float leastLikeness)
    {
        if (reach.Furthest < reach.Nearest)
        {
            return 0;
        }

        var about = FindCoarse(samples, from, length, direction, reach) * Decimation;
        var best = default(Match);
        var shift = 0;
        var here = samples.Slice(from, length);
        var last = Math.Min(about + Decimation, reach.Furthest);
        for (var distance = Math.Max(about - Decimation, reach.Nearest); distance <= last; distance++)
        {
            var match = Match.Of(here, samples.Slice(from + (direction * distance), length));
            if (shift == 0 || match.Likeness > best.Likeness)
            {
                (best, shift) = (match, distance);
            }
        }

        var isNoise = best.Likeness < NoiseLikeness && best.Imbalance < NoiseBalance;
        return best.Likeness >= leastLikeness || isNoise ? shift : 0;
    }

    private static int FindCoarse(ReadOnlySpan<float> samples, int from, int length, int direction, Reach reach)
    {
        Span<float> room = stackalloc float[(LookBack + MaxOverlap + Bridge) / Decimation];
        var most = reach.Furthest / Decimation;
        var coarse = room[..((length / Decimation) + most)];
        var origin = direction > 0 ? 0 : most;
        Decimate(samples[(from - (origin * Decimation))..], coarse);
        var here = coarse.Slice(origin, length / Decimation);
        var (best, bestScore) = (reach.Nearest / Decimation, float.MinValue);
        for (var distance = best; distance <= most; distance++)
        {
            var match = Match.Of(here, coarse.Slice(origin + (direction * distance), here.Length));
            var score = match.Likeness + (reach.FarBonus * distance / most);
            if (score > bestScore)
            {
                (best, bestScore) = (distance, score);
            }
        }

        return best;
    }

    private static void Decimate(ReadOnlySpan<float> samples, Span<float> coarse)
    {
        for (var i = 0; i < coarse.Length; i++)
        {
            var four = samples.Slice(i * Decimation, Decimation);
            coarse[i] = four[0] + four[1] + four[2] + four[3];
        }
    }

    /// <summary>Goes over from one to the other without a dip or a swell, however much they have in common.</summary>
    private static void Cross(Span<float> from, ReadOnlySpan<float> to)
    {
        var common = Math.Clamp(Match.Of(from, to).Likeness, 0, 1);
        for (var i = 0; i < from.Length; i++)
        {
            var weight = (i + 1f) / (from.Length + 1);
            var rest = 1 - weight;
            var power = (weight * weight) + (rest * rest) + (2 * weight * rest * common);
            from[i] = ((from[i] * rest) + (to[i] * weight)) / MathF.Sqrt(power);
        }
    }

    /// <summary>Distances to try, in samples, and what the furthest is worth more than the nearest.</summary>
    private readonly record struct Reach(int Nearest, int Furthest, float FarBonus);

    /// <summary>How two stretches of one length relate.</summary>
    /// <param name="Likeness">Normalised cross-correlation, -1 to 1.</param>
    /// <param name="Imbalance">The larger energy over the smaller one.</param>
    private readonly record struct Match(float Likeness, float Imbalance)
    {
        private const float Nothing = 1e-9f;

        public static Match Of(ReadOnlySpan<float> one, ReadOnlySpan<float> other)
        {
            var (product, first, second) = (Vector<float>.Zero, Vector<float>.Zero, Vector<float>.Zero);
            var i = 0;
            for (; i <= one.Length - Vector<float>.Count; i += Vector<float>.Count)
            {
                var a = new Vector<float>(one[i..]);
                var b = new Vector<float>(other[i..]);
                product += a * b;
                first += a * a;
                second += b * b;
            }

            var (sum, energy, otherEnergy) = (Vector.Sum(product), Vector.Sum(first) + Nothing, Vector.Sum(second) + Nothing);
            for (; i < one.Length; i++)
            {
                sum += one[i] * other[i];
                energy += one[i] * one[i];
                otherEnergy += other[i] * other[i];
            }

            var imbalance = energy > otherEnergy ? energy / otherEnergy : otherEnergy / energy;
            return new Match(sum / MathF.Sqrt(energy * otherEnergy), imbalance);
        }
    }
}
