using System.Diagnostics.Metrics;

namespace Mcu.Transport;

/// <summary>How long media work waits, over all of the process: the meter "Mcu.Transport".</summary>
internal static class SchedulingMetrics
{
    private static readonly Meter s_meter = new("Mcu.Transport");

    public static readonly Histogram<double> JobWait = s_meter.CreateHistogram(
        "mcu.video.jobs.wait",
        "s",
        "From when a decode or encode was submitted to when it began",
        advice: new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1],
        }
    );
}
