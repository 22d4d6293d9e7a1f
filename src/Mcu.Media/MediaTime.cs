namespace Mcu.Media;

/// <summary>
/// An instant on the process's monotonic media clock, in ticks of 100 ns since an arbitrary epoch.
/// Durations are <see cref="TimeSpan"/>. Only Transport and the host read the clock; everything else is handed <c>now</c>.
/// </summary>
public readonly record struct MediaTime(long Ticks) : IComparable<MediaTime>
{
    public static readonly MediaTime Zero = new(0);

    /// <summary>The deadline of whoever waits for nothing.</summary>
    public static readonly MediaTime Never = new(long.MaxValue);

    public double TotalMilliseconds => Ticks / (double)TimeSpan.TicksPerMillisecond;

    public static MediaTime FromMilliseconds(double milliseconds) => new((long)(milliseconds * TimeSpan.TicksPerMillisecond));

    public static MediaTime Min(MediaTime a, MediaTime b) => a.Ticks <= b.Ticks ? a : b;

    public static MediaTime Max(MediaTime a, MediaTime b) => a.Ticks >= b.Ticks ? a : b;

    /// <summary>This instant in units of an RTP clock, such as 48000 or 90000 Hz, not yet truncated to 32 bits (RFC 3550 section 5.1).</summary>
    /// <remarks>Whole seconds and the rest apart: their product would not fit into 64 bits, and 128 are slow for what every packet needs.</remarks>
    public long ToRtpUnits(int clockRateHz) =>
        (Ticks / TimeSpan.TicksPerSecond * clockRateHz) + (Ticks % TimeSpan.TicksPerSecond * clockRateHz / TimeSpan.TicksPerSecond);

    /// <summary>The first multiple of a step that is not before this instant; <see cref="Never"/> stays never.</summary>
    public MediaTime RoundUp(TimeSpan step)
    {
        if (this == Never)
        {
            return Never;
        }

        var over = Ticks % step.Ticks;
        return over == 0 ? this
            : over > 0 ? new(Ticks - over + step.Ticks)
            : new(Ticks - over);
    }

    public int CompareTo(MediaTime other) => Ticks.CompareTo(other.Ticks);

    public static MediaTime operator +(MediaTime time, TimeSpan duration) => new(time.Ticks + duration.Ticks);

    public static MediaTime operator -(MediaTime time, TimeSpan duration) => new(time.Ticks - duration.Ticks);

    public static TimeSpan operator -(MediaTime later, MediaTime earlier) => new(later.Ticks - earlier.Ticks);

    public static bool operator <(MediaTime a, MediaTime b) => a.Ticks < b.Ticks;

    public static bool operator >(MediaTime a, MediaTime b) => a.Ticks > b.Ticks;

    public static bool operator <=(MediaTime a, MediaTime b) => a.Ticks <= b.Ticks;

    public static bool operator >=(MediaTime a, MediaTime b) => a.Ticks >= b.Ticks;

    public override string ToString() => this == Never ? "never" : $"{TotalMilliseconds:F3} ms";
}
