namespace Mcu.Rtp.Congestion;

/// <summary>What the delay says about how the path is used.</summary>
internal enum PathUse : byte
{
    Normal,

    /// <summary>A queue drains.</summary>
    Under,

    /// <summary>A queue grows.</summary>
    Over,
}

/// <summary>
/// Whether delay grows: the slope of a line through the last inter-group delays, summed and smoothed, against a threshold that adapts to
/// what is usual on the path (draft-ietf-rmcat-gcc-02 section 5.4; the line in place of its Kalman filter is the later practice of libwebrtc).
/// </summary>
internal sealed class DelayTrend
{
    private const int Points = 20;
    private const int FewestPoints = 8;
    private const double Smoothing = 0.9;
    private const double Gain = 4;
    private const int MaxDeltas = 60;
    private const double MaxGapMs = 2000; // what lies further back says nothing of now

    private const double FirstThresholdMs = 12.5;
    private const double MinThresholdMs = 6;
    private const double MaxThresholdMs = 600;
    private const double ThresholdUp = 0.0087;
    private const double ThresholdDown = 0.039;
    private const double Outlier = 15;
    private const double OveruseTimeMs = 10;

    private readonly double[] _arrivals = new double[Points];
    private readonly double[] _delays = new double[Points];
    private int _count;
    private int _next;
    private int _deltas;
    private double _sum;
    private double _smoothed;
    private double _threshold = FirstThresholdMs;
    private double _lastTrend;
    private double _overMs = -1;
    private int _overs;

    public PathUse Use { get; private set; } = PathUse.Normal;

    public void Add(in GroupDelta delta)
    {
        var arrival = delta.Arrival.TotalMilliseconds;
        if (_count > 0 && arrival - _arrivals[(_next + Points - 1) % Points] > MaxGapMs)
        {
            Reset();
        }

        _deltas = Math.Min(_deltas + 1, MaxDeltas);
        _sum += (delta.Arrived - delta.Sent).TotalMilliseconds;
        _smoothed = (Smoothing * _smoothed) + ((1 - Smoothing) * _sum);
        _arrivals[_next] = arrival;
        _delays[_next] = _smoothed;
        _next = (_next + 1) % Points;
        _count = Math.Min(_count + 1, Points);
        var trend = _count >= FewestPoints ? Slope() : 0;
        Detect(trend, delta.Sent.TotalMilliseconds, Math.Min(delta.Arrived.TotalMilliseconds, 100));
    }

    public void Reset()
    {
        _count = 0;
        _deltas = 0;
        _sum = 0;
        _smoothed = 0;
        _lastTrend = 0;
        _overMs = -1;
        _overs = 0;
        Use = PathUse.Normal;
    }

    /// <summary>Least squares: milliseconds of delay per millisecond.</summary>
    private double Slope()
    {
        double meanX = 0;
        double meanY = 0;
        for (var i = 0; i < _count; i++)
        {
            meanX += _arrivals[i];
            meanY += _delays[i];
        }

        meanX /= _count;
        meanY /= _count;
        double above = 0;
        double below = 0;
        for (var i = 0; i < _count; i++)
        {
            var x = _arrivals[i] - meanX;
            above += x * (_delays[i] - meanY);
            below += x * x;
        }

        return below > 0 ? above / below : 0;
    }

    private void Detect(double trend, double sentMs, double elapsedMs)
    {
        var scaled = _deltas * trend * Gain;
        if (scaled > _threshold)
        {
            _overMs = _overMs < 0 ? sentMs / 2 : _overMs + sentMs;
            _overs++;
            if (_overMs > OveruseTimeMs && _overs > 1 && trend >= _lastTrend)
            {
                _overMs = 0;
                _overs = 0;
                Use = PathUse.Over;
            }
        }
        else
        {
            _overMs = -1;
            _overs = 0;
            Use = scaled < -_threshold ? PathUse.Under : PathUse.Normal;
        }

        _lastTrend = trend;
        Adapt(Math.Abs(scaled), elapsedMs);
    }

    private void Adapt(double scaled, double elapsedMs)
    {
        if (scaled > _threshold + Outlier)
        {
            return; // a sudden change is not what is usual
        }

        var speed = scaled < _threshold ? ThresholdDown : ThresholdUp;
        _threshold = Math.Clamp(_threshold + (speed * (scaled - _threshold) * elapsedMs), MinThresholdMs, MaxThresholdMs);
    }
}
