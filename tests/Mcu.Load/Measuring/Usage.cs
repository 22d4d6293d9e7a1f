using System.Diagnostics;
using System.Globalization;
using Mcu.Benchmarks.Live;
using Mcu.Load.Clients;
using Mcu.Media;

namespace Mcu.Load.Measuring;

/// <summary>What server and generator had used up to a moment, by the operating system's and the server's own counts.</summary>
internal sealed record Usage(MediaTime At, TimeSpan Server, TimeSpan Generator, ServerCounters Counters)
{
    public static async Task<Usage> TakeAsync(ServerProcess server, LoadEngine engine)
    {
        var counters = await ServerCounters.ReadAsync(server.Http);
        using var self = Process.GetCurrentProcess();
        return new Usage(engine.Now, server.ProcessorTime, self.TotalProcessorTime, counters);
    }

    public double ServerCoresSince(Usage before) => (Server - before.Server) / (At - before.At);

    public double GeneratorCoresSince(Usage before) => (Generator - before.Generator) / (At - before.At);
}

/// <summary>Counters of <c>GET /metrics</c> that tell whether the server keeps up.</summary>
internal sealed record ServerCounters(double AudioTicks, double MissedAudioTicks, double GcPauseSeconds)
{
    public static async Task<ServerCounters> ReadAsync(HttpClient http)
    {
        var text = await http.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return new ServerCounters(
            Sum(text, "mcu_audio_ticks_total"),
            Sum(text, "mcu_audio_ticks_missed_total"),
            Sum(text, "dotnet_gc_pause_time_seconds_total")
        );
    }

    /// <summary>Sum over all labels of a metric; 0 where it has not been written yet.</summary>
    private static double Sum(string text, string name) =>
        text.Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Sum(line =>
                double.Parse(
                    line[(line.IndexOf('}', StringComparison.Ordinal) + 1)..]
                        .Trim(' ')
                        .Split(' ')
                        .First(part => !part.StartsWith(name, StringComparison.Ordinal)),
                    CultureInfo.InvariantCulture
                )
            );
}
