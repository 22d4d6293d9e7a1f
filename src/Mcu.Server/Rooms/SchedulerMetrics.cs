using System.Diagnostics.Metrics;
using Mcu.Transport;

namespace Mcu.Server.Rooms;

/// <summary>How late media work begins: the meter "Mcu.Scheduler".</summary>
internal sealed class SchedulerMetrics : IDisposable
{
    private readonly Meter _meter = new("Mcu.Scheduler");

    public SchedulerMetrics(MediaScheduler scheduler)
    {
        _meter.CreateObservableCounter("mcu.rooms.runs", () => scheduler.Statistics.LaneRuns, "{run}", "Runs of rooms' writers");
        _meter.CreateObservableGauge(
            "mcu.rooms.lateness.p99",
            () => scheduler.Statistics.LaneLatenessP99.TotalSeconds,
            "s",
            "From when a room should run to when it runs, of the worst hundredth since the start"
        );
        _meter.CreateObservableGauge(
            "mcu.video.jobs.queued",
            () => scheduler.Statistics.JobsQueued,
            "{job}",
            "Decodes and encodes that wait"
        );
        _meter.CreateObservableCounter("mcu.video.jobs", () => scheduler.Statistics.JobsRun, "{job}", "Decodes and encodes");
        _meter.CreateObservableCounter(
            "mcu.video.jobs.late",
            () => scheduler.Statistics.JobsLate,
            "{job}",
            "Those that began after their deadline"
        );
        _meter.CreateObservableGauge(
            "mcu.video.reduction",
            () => scheduler.VideoReduction,
            "{step}",
            "What video gives up so that it is on time: 0 nothing, with power to spare; 1 nothing; then one thing after the other"
        );
        _meter.CreateObservableGauge(
            "mcu.video.jobs.lateness.p99",
            () => scheduler.Statistics.JobLatenessP99.TotalSeconds,
            "s",
            "By how much, of the worst hundredth since the start"
        );
    }

    public void Dispose() => _meter.Dispose();
}
