namespace Mcu.Mixing.Audio;

/// <summary>
/// Decoded sound that waits to be mixed, and the moment that was mixed before it: what it takes to play faster or slower
/// (<see cref="TimeStretcher"/>). Mono, 48 kHz. Allocates nothing after construction. Not thread-safe: one owner.
/// </summary>
/// <param name="capacity">Samples that may wait.</param>
public sealed class PlayoutQueue(int capacity)
{
    private readonly float[] _samples = new float[TimeStretcher.Past + capacity + TimeStretcher.MaxShift];

    /// <summary>Samples that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Where to write what comes next; <see cref="Commit"/> says how much that was.</summary>
    public Span<float> Room => _samples.AsSpan(End, capacity - Count);

    private int End => TimeStretcher.Past + Count;

    public void Commit(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, capacity - Count);
        Count += samples;
    }

    /// <summary>Takes what has waited longest.</summary>
    public void Take(Span<float> samples)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples.Length, Count, nameof(samples));
        _samples.AsSpan(TimeStretcher.Past, samples.Length).CopyTo(samples);
        Count -= samples.Length;
        _samples.AsSpan(samples.Length, End).CopyTo(_samples);
    }

    /// <summary>Nothing waits any more, and what was heard was silence.</summary>
    public void Clear()
    {
        Count = 0;
        _samples.AsSpan(0, TimeStretcher.Past).Clear();
    }

    /// <summary>What was heard last came another way.</summary>
    public void Remember(ReadOnlySpan<float> heard)
    {
        var last = heard[Math.Max(heard.Length - TimeStretcher.Past, 0)..];
        last.CopyTo(_samples.AsSpan(TimeStretcher.Past - last.Length));
    }

    /// <summary>Leaves out up to <paramref name="most"/> of what waits; returns how much, 0 where it would be heard.</summary>
    /// <param name="leastLikeness">See <see cref="TimeStretcher.Shorten"/>.</param>
    public int Shorten(int most, float leastLikeness)
    {
        var fewer = TimeStretcher.Shorten(_samples.AsSpan(0, End), TimeStretcher.Past, most, leastLikeness);
        Count -= fewer;
        return fewer;
    }

    /// <summary>Adds up to 15 ms to what waits; returns how much, 0 where it would be heard, or there is no room.</summary>
    /// <param name="wanted">See <see cref="TimeStretcher.Lengthen"/>.</param>
    /// <param name="leastLikeness">See <see cref="TimeStretcher.Lengthen"/>.</param>
    public int Lengthen(int wanted, float leastLikeness)
    {
        if (capacity - Count < TimeStretcher.MaxShift)
        {
            return 0;
        }

        var more = TimeStretcher.Lengthen(_samples, TimeStretcher.Past, End, wanted, leastLikeness);
        Count += more;
        return more;
    }

    /// <summary>Goes on like what waits last, or was heard last.</summary>
    public void Continue(int samples)
    {
        TimeStretcher.Continue(_samples, End, samples);
        Commit(samples);
    }

    /// <summary>Goes over from <see cref="TimeStretcher.Bridge"/> samples of <see cref="Continue"/> into what follows them.</summary>
    /// <param name="start">Samples that wait before what follows them.</param>
    public void Merge(int start) => Count -= TimeStretcher.Merge(_samples.AsSpan(0, End), TimeStretcher.Past + start);
}
