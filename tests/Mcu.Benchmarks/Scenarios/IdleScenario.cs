using Mcu.Benchmarks.Live;
using Mcu.Transport;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>What a server costs that has nothing to do: memory after the start, and the processor with 100 rooms that everybody has left and that linger.</summary>
internal sealed class IdleScenario : IScenario
{
    private const int Rooms = 100;
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(10);

    public string Name => "idle";

    public async Task RunAsync(Report report)
    {
        await using var server = await ServerProcess.StartAsync();
        await Task.Delay(TimeSpan.FromSeconds(3));
        var clock = new MediaClock();
        report.Add(Name, "resident memory after the start", [server.ResidentMegabytes], "MB", "< 250");
        report.Add(Name, "processor without any room", [await ProcessorShareAsync(server, clock)], "% core");
        for (var i = 0; i < Rooms; i++)
        {
            // A viewer alone: a full WebRTC connection up to the first picture, then a room that lingers.
            await new OneJoin(clock).RunAsync(server.Http, $"idle-{i}", TimeSpan.FromSeconds(10));
        }

        await Task.Delay(TimeSpan.FromSeconds(2));
        report.Add(Name, $"processor with {Rooms} empty rooms", [await ProcessorShareAsync(server, clock)], "% core", "< 1");
        report.Add(Name, $"resident memory with {Rooms} empty rooms", [server.ResidentMegabytes], "MB");
    }

    private static async Task<double> ProcessorShareAsync(ServerProcess server, MediaClock clock)
    {
        var (start, before) = (clock.Now, server.ProcessorTime);
        await Task.Delay(Measured);
        return (server.ProcessorTime - before) / (clock.Now - start) * 100;
    }
}
