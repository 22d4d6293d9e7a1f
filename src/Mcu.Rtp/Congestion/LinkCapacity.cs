namespace Mcu.Rtp.Congestion;

/// <summary>What arrived whenever the path was overused: near that the rate is raised carefully (draft-ietf-rmcat-gcc-02 section 5.5).</summary>
internal sealed class LinkCapacity
{
    private const double Weight = 0.05;
    private const double MinVariance = 0.4;
    private const double MaxVariance = 2.5;

    private double _kbps;
    private double _variance = MinVariance; // relative to the mean

    public bool IsKnown => _kbps > 0;

    /// <summary>More than this means that the path carries more than it did.</summary>
    public double UpperBps => (_kbps + (3 * Deviation)) * 1000;

    /// <summary>Less than this at an overuse means that the path carries less than it did.</summary>
    public double LowerBps => Math.Max(0, _kbps - (3 * Deviation)) * 1000;

    private double Deviation => Math.Sqrt(_variance * _kbps);

    public void OnOveruse(double throughputBps)
    {
        var kbps = throughputBps / 1000;
        if (!IsKnown || throughputBps < LowerBps)
        {
            _kbps = kbps;
            return;
        }

        var error = kbps - _kbps;
        _kbps += Weight * error;
        _variance = Math.Clamp(((1 - Weight) * _variance) + (Weight * error * error / Math.Max(_kbps, 1)), MinVariance, MaxVariance);
    }

    public void Forget()
    {
        _kbps = 0;
        _variance = MinVariance;
    }
}
