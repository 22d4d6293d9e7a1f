using Mcu.Media;

namespace Mcu.Transport;

/// <summary>Lateness in the last whole second, by time handed in. Guarded by its owner's lock; allocates nothing.</summary>
internal sealed class RecentLateness
{
    private LatenessHistogram _present = new();
    private LatenessHistogram _last = new();
    private long _second;

    public void Record(TimeSpan lateness, MediaTime now)
    {
        Turn(now);
        _present.Record(lateness);
    }

    /// <summary>The lateness that a part (0 to 1) of all did not exceed; zero where nothing was recorded.</summary>
    public TimeSpan Percentile(double part, MediaTime now)
    {
        Turn(now);
        return _last.Percentile(part);
    }

    private void Turn(MediaTime now)
    {
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second == _second)
        {
            return;
        }

        (_present, _last) = (_last, _present);
        _present.Clear();
        if (second != _second + 1)
        {
            _last.Clear();
        }

        _second = second;
    }
}
