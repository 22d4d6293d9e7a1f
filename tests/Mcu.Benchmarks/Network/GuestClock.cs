using Mcu.Media;

namespace Mcu.Benchmarks.Network;

/// <summary>The clock of a guest's device, which may run faster or slower than the server's.</summary>
/// <param name="driftPpm">So many millionths faster.</param>
internal sealed class GuestClock(int driftPpm)
{
    private const long Million = 1_000_000;

    public MediaTime ToLocal(MediaTime world) => new(world.Ticks + (world.Ticks * driftPpm / Million));

    /// <summary>The first moment at which the device's clock shows at least this.</summary>
    public MediaTime ToWorld(MediaTime local)
    {
        if (local == MediaTime.Never || driftPpm == 0)
        {
            return local;
        }

        var world = new MediaTime(local.Ticks - (local.Ticks * driftPpm / (Million + driftPpm)));
        while (ToLocal(world) < local)
        {
            world = new MediaTime(world.Ticks + 1);
        }

        return world;
    }
}
