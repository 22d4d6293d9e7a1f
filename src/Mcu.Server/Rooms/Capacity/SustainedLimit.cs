using Mcu.Media;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>
/// Watches one quantity against its limit. A burst does not count, only what stays over the limit for a while; then it has to fall well
/// below before it counts as kept again, so that it does not flap.
/// </summary>
internal sealed class SustainedLimit
{
    /// <summary>Compiling, first joins and a lost time slice are over sooner.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private const double Release = 0.9;

    private MediaTime _overSince = MediaTime.Never;

    public bool IsExceeded { get; private set; }

    /// <summary>The quantity as last observed, as a part of its limit.</summary>
    public double Ratio { get; private set; }

    public void Observe(double ratio, MediaTime now)
    {
        Ratio = ratio;
        if (ratio < Release)
        {
            _overSince = MediaTime.Never;
            IsExceeded = false;
        }
        else if (ratio >= 1)
        {
            _overSince = MediaTime.Min(_overSince, now);
            IsExceeded |= now - _overSince >= Patience;
        }
    }
}
