using Mcu.Media;

namespace Mcu.Rtp.Receive;

/// <summary>
/// Finds delays that come again and again without being frequent, as of a radio that looks around every other second: the height that was reached in
/// at least 3 of the last 12 seconds.
/// </summary>
internal sealed class RecurringPeaks
{
    private const int SlotCount = 12;
    private const int Recurrences = 3;

    /// <summary>Lower ones are not worth more delay than all of the time has.</summary>
    private static readonly long s_leastTicks = TimeSpan.FromMilliseconds(20).Ticks;

    private readonly long[] _slots = new long[SlotCount]; // the largest delay of each second, in ticks
    private long _second = long.MinValue;

    /// <summary>The height, in ticks; 0 where there are none.</summary>
    public long HeightTicks { get; private set; }

    public void OnPacket(long delayTicks, MediaTime arrival)
    {
        var second = arrival.Ticks / TimeSpan.TicksPerSecond;
        if (second > _second)
        {
            for (var next = Math.Max(_second + 1, second - SlotCount + 1); next <= second; next++)
            {
                SlotOf(next) = 0;
            }

            _second = second;
            Measure();
        }

        ref var slot = ref SlotOf(_second);
        if (delayTicks > slot)
        {
            slot = delayTicks;
            Measure();
        }
    }

    /// <summary>All delays were so much shorter.</summary>
    public void Lower(long ticks)
    {
        foreach (ref var slot in _slots.AsSpan())
        {
            slot = Math.Max(slot - ticks, 0);
        }

        Measure();
    }

    private ref long SlotOf(long second) => ref _slots[(int)((ulong)second % SlotCount)];

    private void Measure()
    {
        Span<long> highest = stackalloc long[Recurrences]; // highest first
        highest.Clear();
        foreach (var slot in _slots)
        {
            var height = slot;
            for (var i = 0; i < Recurrences; i++)
            {
                if (height > highest[i])
                {
                    (height, highest[i]) = (highest[i], height);
                }
            }
        }

        HeightTicks = highest[^1] >= s_leastTicks ? highest[^1] : 0;
    }
}
