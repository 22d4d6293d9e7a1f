using Mcu.Media;

namespace Mcu.Benchmarks.Network;

/// <summary>A part of a meeting, in seconds since its beginning.</summary>
internal readonly record struct Period(double From, double To)
{
    public double Seconds => To - From;

    public bool Holds(MediaTime time) => SecondsOf(time) >= From && SecondsOf(time) < To;

    public static double SecondsOf(MediaTime time) => (time - Meeting.Start).TotalSeconds;
}

/// <summary>What one guest heard and was shown, and what its line carried to it.</summary>
/// <param name="KeyframesAskedFor">From the beginning to the end.</param>
/// <param name="Recording">All that was heard, 48 kHz, where that was asked for.</param>
internal sealed record GuestRecord(
    IReadOnlyList<HeardTick> Heard,
    IReadOnlyList<ShownPicture> Shown,
    IReadOnlyList<Passage> Down,
    IReadOnlyList<float>? Recording,
    int KeyframesAskedFor
)
{
    /// <summary>Share of the time in which sound was made up or missing, in percent.</summary>
    public double ConcealedPercent(Period period) => 100 * Heard.Where(tick => period.Holds(tick.At)).Average(tick => tick.Concealed);

    /// <summary>The longest time without a tick that was sound as sent, in ms.</summary>
    public double LongestSilenceMs(Period period)
    {
        var longest = 0;
        var run = 0;
        foreach (var tick in Heard.Where(tick => period.Holds(tick.At)))
        {
            run = tick.Concealed >= 1 ? run + 1 : 0;
            longest = Math.Max(longest, run);
        }

        return longest * 20;
    }

    /// <summary>Median delay from the mixer to the ear, in ms.</summary>
    public double AudioDelayMs(Period period) =>
        Percentile([.. Heard.Where(tick => period.Holds(tick.At)).Select(tick => tick.DelayMs)], 0.5);

    /// <summary>Pictures shown per second.</summary>
    public double FramesPerSecond(Period period) => ShownIn(period).Count() / period.Seconds;

    /// <summary>The longest time in which nothing new was shown, in ms; its beginning and end count too.</summary>
    public double LongestFreezeMs(Period period)
    {
        var last = period.From;
        var longest = 0.0;
        foreach (var shown in ShownIn(period))
        {
            var at = Period.SecondsOf(shown.At);
            longest = Math.Max(longest, at - last);
            last = at;
        }

        return 1000 * Math.Max(longest, period.To - last);
    }

    public int Keyframes(Period period) => ShownIn(period).Count(shown => shown.IsKeyframe);

    /// <summary>Mean SSIM of the pictures compared, each weighing as long as it stood; 0 where nothing was shown.</summary>
    public double Ssim(Period period)
    {
        var compared = ShownIn(period).Where(shown => shown.Ssim is not null).ToList();
        double sum = 0;
        double time = 0;
        for (var i = 0; i < compared.Count; i++)
        {
            var until = i + 1 < compared.Count ? Period.SecondsOf(compared[i + 1].At) : period.To;
            var stood = until - Period.SecondsOf(compared[i].At);
            sum += stood * compared[i].Ssim!.Value;
            time += stood;
        }

        return time > 0 ? sum / time : 0;
    }

    /// <summary>How long packets waited at the bottleneck on the way down, in ms.</summary>
    /// <param name="share">0.5 for the median, 0.95 for what one in twenty exceeds.</param>
    public double QueueMs(Period period, double share) =>
        Percentile([.. Down.Where(passage => period.Holds(passage.At)).Select(passage => passage.Waited.TotalMilliseconds)], share);

    /// <summary>Kbit/s carried to the guest, headers of IP and UDP included.</summary>
    public double DownKbps(Period period) =>
        Down.Where(passage => period.Holds(passage.At)).Sum(passage => passage.Bytes) * 8 / 1000.0 / period.Seconds;

    /// <summary>From a time on, how many seconds it takes until no packet waits longer than this any more; looked at until <paramref name="until"/>.</summary>
    public double SecondsUntilQueueBelow(double fromSeconds, double until, double limitMs)
    {
        var late = Down.Where(passage => new Period(fromSeconds, until).Holds(passage.At) && passage.Waited.TotalMilliseconds > limitMs);
        return late.Select(passage => Period.SecondsOf(passage.At) - fromSeconds).DefaultIfEmpty(0).Max();
    }

    /// <summary>From a time on, how many seconds it takes until the delay of sound stays at or below this; looked at until <paramref name="until"/>.</summary>
    public double SecondsUntilDelayBelow(double fromSeconds, double until, double limitMs)
    {
        var late = Heard.Where(tick => new Period(fromSeconds, until).Holds(tick.At) && tick.DelayMs > limitMs);
        return late.Select(tick => Period.SecondsOf(tick.At) - fromSeconds).DefaultIfEmpty(0).Max();
    }

    /// <summary>What most of the pictures of a part were encoded at.</summary>
    public Rung? UsualRung(Period period) =>
        ShownIn(period).Where(shown => shown.Made is not null).Select(RungOf).GroupBy(rung => rung).MaxBy(group => group.Count())?.Key;

    /// <summary>From a time on, how many seconds it takes until pictures are shown that are no worse than this.</summary>
    public double SecondsUntilRung(double fromSeconds, double until, Rung rung) =>
        ShownIn(new Period(fromSeconds, until))
            .Where(shown => shown.Made is not null && !RungOf(shown).IsWorseThan(rung))
            .Select(shown => Period.SecondsOf(shown.At) - fromSeconds)
            .FirstOrDefault(until - fromSeconds);

    /// <summary>The sizes shown and for which share of the pictures, e.g. <c>1280x720 80 %, 640x360 20 %</c>.</summary>
    public string Sizes(Period period)
    {
        var known = ShownIn(period).Where(shown => shown.Made is not null).ToList();
        var shares = known
            .GroupBy(shown => $"{shown.Made!.Value.Settings.Width}x{shown.Made.Value.Settings.Height} {shown.Made.Value.Codec}")
            .OrderByDescending(group => group.Count())
            .Select(group => $"{group.Key} {100.0 * group.Count() / known.Count:0} %");
        return known.Count == 0 ? "nothing" : string.Join(", ", shares);
    }

    private static Rung RungOf(ShownPicture shown) =>
        new(shown.Made!.Value.Settings.Width * shown.Made.Value.Settings.Height, shown.Made.Value.Settings.BitrateBps);

    private IEnumerable<ShownPicture> ShownIn(Period period) => Shown.Where(shown => period.Holds(shown.At));

    private static double Percentile(List<double> values, double share)
    {
        values.Sort();
        return values.Count == 0 ? 0 : values[Math.Min((int)(values.Count * share), values.Count - 1)];
    }
}

/// <summary>What a picture was encoded at.</summary>
internal readonly record struct Rung(int Pixels, int BitrateBps)
{
    public bool IsWorseThan(Rung other) => Pixels < other.Pixels || (Pixels == other.Pixels && BitrateBps < other.BitrateBps);
}
