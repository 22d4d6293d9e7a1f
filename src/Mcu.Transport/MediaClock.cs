using System.Diagnostics;
using Mcu.Media;
using Mcu.Rtp;

namespace Mcu.Transport;

/// <summary>The process's media clock: monotonic, never set back, in the units of <see cref="MediaTime"/>. Thread-safe.</summary>
public sealed class MediaClock
{
    /// <summary>The wall clock is read once; from then on both clocks go alike, so that sender reports never jump.</summary>
    public MediaClock() => Ntp = new NtpClock(DateTimeOffset.UtcNow - TimeSpan.FromTicks(Now.Ticks));

#pragma warning disable CA1822 // Time is asked of a clock, not of a type: whoever has none to ask must be given the time.
    public MediaTime Now => new(Stopwatch.GetElapsedTime(0).Ticks);
#pragma warning restore CA1822

    /// <summary>Media time as NTP time, for RTCP sender reports.</summary>
    public NtpClock Ntp { get; }
}
