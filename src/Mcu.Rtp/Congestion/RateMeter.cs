using System.Runtime.CompilerServices;
using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>Bits per second over the last 300 ms, or over up to a second where that holds little.</summary>
internal sealed class RateMeter
{
    private const int Slots = 20;
    private const int FewestSlots = 6;
    private const int FewestBytes = 8000;

    /// <summary>A line that stood still for longer, and for longer than it usually does, is measured anew: its rate is what it carries when it moves.</summary>
    private const int LongestGap = 5;
    private const double UnusualGap = 3;
    private const double GapWeight = 0.1;
    private static readonly long s_slotTicks = TimeSpan.FromMilliseconds(50).Ticks;

    private Counts _bytes;
    private long _newest = long.MinValue / 2;
    private long _oldest;
    private double _usualGap; // slots from one packet to the next

    /// <summary>Counts bytes at a time; what is a second older than the latest is not counted.</summary>
    public void Add(long bytes, MediaTime at)
    {
        var slot = at.Ticks / s_slotTicks;
        var gap = slot - _newest;
        var isStandstill = gap > LongestGap && (gap > UnusualGap * _usualGap || gap >= Slots);
        _usualGap += gap is >= 0 and < Slots ? (gap - _usualGap) * GapWeight : 0;
        if (isStandstill || gap < -10 * Slots)
        {
            ((Span<long>)_bytes).Clear();
            _newest = slot;
            _oldest = _newest;
        }

        while (_newest < slot)
        {
            _bytes[IndexOf(++_newest)] = default;
        }

        if (slot > _newest - Slots)
        {
            _bytes[IndexOf(slot)] += bytes;
        }
    }

    /// <summary>Counts bytes that came at unknown times since the latest one told of.</summary>
    public void AddSince(long bytes, MediaTime until)
    {
        var slots = Math.Clamp((until.Ticks / s_slotTicks) - _newest, 1, Slots - 1);
        for (var i = slots - 1; i >= 0; i--)
        {
            Add(bytes / slots, until - TimeSpan.FromTicks(i * s_slotTicks));
        }
    }

    /// <summary>The rate up to the latest time told of; 0 before a fifth of a second was seen.</summary>
    public double Rate()
    {
        long bytes = 0;
        var slots = 0;
        for (var i = 1; i < Slots && _newest - i > _oldest; i++) // the newest slot is not over, and the oldest may have begun late
        {
            bytes += _bytes[IndexOf(_newest - i)];
            slots++;
            if (slots >= FewestSlots && bytes >= FewestBytes)
            {
                break;
            }
        }

        return slots < 4 ? 0 : bytes * 8 * TimeSpan.TicksPerSecond / (double)(slots * s_slotTicks);
    }

    private static int IndexOf(long slot) => (int)(((slot % Slots) + Slots) % Slots);

    [InlineArray(Slots)]
    private struct Counts
    {
        private long _first;
    }
}
