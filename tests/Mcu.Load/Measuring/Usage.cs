using System.Diagnostics;
using Mcu.Load.Clients;
using Mcu.Load.Peers;
using Mcu.Media;

namespace Mcu.Load.Measuring;

/// <summary>What server and generator had used up to a moment, by the operating system's and the server's own counts.</summary>
internal sealed record Usage(MediaTime At, TimeSpan Server, TimeSpan Generator, ServerCounters? Counters)
{
    public static async Task<Usage> TakeAsync(IServerUnderTest server, LoadEngine engine)
    {
        var counters = await server.ReadCountersAsync();
        using var self = Process.GetCurrentProcess();
        return new Usage(engine.Now, server.ProcessorTime, self.TotalProcessorTime, counters);
    }

    public double ServerCoresSince(Usage before) => (Server - before.Server) / (At - before.At);

    public double GeneratorCoresSince(Usage before) => (Generator - before.Generator) / (At - before.At);

    /// <summary>What the server counted since; null where it does not count.</summary>
    public ServerCounters? CountersSince(Usage before) =>
        Counters is null || before.Counters is null ? null : Counters.Since(before.Counters);
}
