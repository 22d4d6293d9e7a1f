using Mcu.Media;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>
/// Watches one quantity against its limit. A burst does not count, only what stays over the limit for a while; then it has to stay well
/// below for a while before it counts as kept again, so that it does not flap.
/// </summary>
internal sealed class SustainedLimit
{
    /// <summary>Compiling, first joins and a lost time slice are over sooner.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(2);
    private const double WellBelow = 0.9;

    private MediaTime _overSince = MediaTime.Never;
    private MediaTime _calmSince = MediaTime.Never;

    public bool IsExceeded { get; private set; }

    /// <summary>The quantity as last observed, as a part of its limit.</summary>
    public double Ratio { get; private set; }

    public void Observe(double ratio, MediaTime now)
    {
        Ratio = ratio;
        if (ratio >= 1)
        {
            _calmSince = MediaTime.Never;
            _overSince = MediaTime.Min(_overSince, now);
            IsExceeded |= now - _overSince >= Patience;
        }
        else if (ratio < WellBelow)
        {
            _overSince = MediaTime.Never;
            _calmSince = MediaTime.Min(_calmSince, now);
            IsExceeded &= now - _calmSince < Calm;
        }
    }
}
