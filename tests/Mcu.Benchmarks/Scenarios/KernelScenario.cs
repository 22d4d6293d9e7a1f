using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>The inner loops, each alone, by BenchmarkDotNet: a short job in this process. Only runs when asked for by name.</summary>
internal sealed class KernelScenario : IScenario
{
    public string Name => "kernels";

    public bool IsOnDemand => true;

    public Task RunAsync(Report report)
    {
        // Without the loggers of the default: the report prints the figures.
        var config = ManualConfig
            .CreateEmpty()
            .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "mcu-kernels"));
        foreach (var run in BenchmarkRunner.Run<Kernels>(config).Reports)
        {
            if (run.ResultStatistics is { } statistics)
            {
                var method = run.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
                var times = statistics.OriginalValues.Select(nanoseconds => nanoseconds / 1000).ToList();
                report.Add(Name, method, times, "us");
            }
        }

        return Task.CompletedTask;
    }
}
