using System.Runtime.CompilerServices;
using Mcu.Media;

namespace Mcu.Rtp.Congestion;

/// <summary>Bits per second over the last half second, or over up to a second where that holds few packets.</summary>
internal sealed class RateMeter
{
    private const int Slots = 20;
    private const int FewestSlots = 10;
    private const int FewestPackets = 12;
    private static readonly long s_slotTicks = TimeSpan.FromMilliseconds(50).Ticks;

    private Counts _slots;
    private long _newest = long.MinValue;
    private long _oldest;

    /// <summary>Counts bytes at a time; what comes later than a second after others is not counted.</summary>
    public void Add(long bytes, MediaTime at)
    {
        var slot = at.Ticks / s_slotTicks;
        if (_newest == long.MinValue || slot - _newest is >= Slots or < -10 * Slots)
        {
            ((Span<Slot>)_slots).Clear();
            _newest = slot;
            _oldest = _newest;
        }

        while (_newest < slot)
        {
            _slots[IndexOf(++_newest)] = default;
        }

        if (slot > _newest - Slots)
        {
            ref var counted = ref _slots[IndexOf(slot)];
            counted.Bytes += bytes;
            counted.Packets++;
        }
    }

    /// <summary>The rate up to the latest time told of; 0 before a fifth of a second was seen.</summary>
    public double Rate()
    {
        long bytes = 0;
        var packets = 0;
        var slots = 0;
        for (var i = 1; i < Slots && _newest - i >= _oldest; i++) // the newest slot is not over yet
        {
            var slot = _slots[IndexOf(_newest - i)];
            bytes += slot.Bytes;
            packets += slot.Packets;
            slots++;
            if (slots >= FewestSlots && packets >= FewestPackets)
            {
                break;
            }
        }

        return slots < 4 ? 0 : bytes * 8 * TimeSpan.TicksPerSecond / (double)(slots * s_slotTicks);
    }

    private static int IndexOf(long slot) => (int)(((slot % Slots) + Slots) % Slots);

    private struct Slot
    {
        public long Bytes;
        public int Packets;
    }

    [InlineArray(Slots)]
    private struct Counts
    {
        private Slot _first;
    }
}
