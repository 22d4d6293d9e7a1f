using Mcu.Media;

namespace Mcu.Transport;

/// <summary>
/// For how much of the last second something was at work, by time handed in. One writer at a time, any number of readers; allocates nothing.
/// </summary>
internal sealed class BusyMeter
{
    private const long SlotTicks = TimeSpan.TicksPerSecond / 4;

    /// <summary>The slots that are read: those that are over.</summary>
    private const int Window = 4;

    private const int BusyBits = 24; // more than SlotTicks
    private const long BusyMask = (1L << BusyBits) - 1;

    /// <summary>A slot's number and its busy time are one word, so that no reader sees the one without the other.</summary>
    private readonly long[] _slots = new long[Window * 2];

    /// <summary>Counts a stretch of work. What is older than the window is left out.</summary>
    public void Add(MediaTime from, MediaTime to)
    {
        var start = Math.Max(from.Ticks, to.Ticks - (Window * SlotTicks));
        while (start < to.Ticks)
        {
            var slot = start / SlotTicks;
            var end = Math.Min(to.Ticks, (slot + 1) * SlotTicks);
            Volatile.Write(ref Place(slot), (slot << BusyBits) | (BusyIn(slot) + end - start));
            start = end;
        }
    }

    /// <summary>The busy part, 0 to 1, of one second that ended at most a quarter of a second ago.</summary>
    public double Read(MediaTime now)
    {
        var current = now.Ticks / SlotTicks;
        long busy = 0;
        for (var slot = Math.Max(current - Window, 0); slot < current; slot++)
        {
            busy += BusyIn(slot);
        }

        return (double)busy / (Window * SlotTicks);
    }

    private ref long Place(long slot) => ref _slots[slot % (Window * 2)];

    private long BusyIn(long slot)
    {
        var word = Volatile.Read(ref Place(slot));
        return word >> BusyBits == slot ? word & BusyMask : 0;
    }
}
