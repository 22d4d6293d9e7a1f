using Mcu.Media;

namespace Mcu.Rtp;

/// <summary>A wall-clock instant as RTCP carries it: seconds since 1900 as 32.32 fixed point (RFC 3550 section 4).</summary>
public readonly record struct NtpTimestamp(ulong Value)
{
    /// <summary>The middle 32 bits, in units of 2^-16 s: LSR and DLSR are expressed in them.</summary>
    public uint Middle => (uint)(Value >> 16);

    /// <summary>Ticks of 100 ns since 1900.</summary>
    public long Ticks => (long)(((UInt128)Value * (ulong)TimeSpan.TicksPerSecond) >> 32);

    public static NtpTimestamp FromTicks(long ticksSince1900) =>
        new((ulong)(((UInt128)(ulong)ticksSince1900 << 32) / (ulong)TimeSpan.TicksPerSecond));
}

/// <summary>Converts between the media clock and NTP time by a fixed, injected offset.</summary>
/// <param name="utcAtZero">The wall-clock time at <see cref="MediaTime.Zero"/>.</param>
public sealed class NtpClock(DateTimeOffset utcAtZero)
{
    private static readonly long s_epochTicks = new DateTimeOffset(1900, 1, 1, 0, 0, 0, TimeSpan.Zero).UtcTicks;

    private readonly long _ticksAtZero = utcAtZero.UtcTicks - s_epochTicks;

    public NtpTimestamp At(MediaTime time) => NtpTimestamp.FromTicks(_ticksAtZero + time.Ticks);

    public MediaTime ToMediaTime(NtpTimestamp time) => new(time.Ticks - _ticksAtZero);
}
