using System.Globalization;
using System.Text.Json;
using Mcu.Benchmarks.Live;
using Mcu.Codecs;
using Mcu.Load.Clients;
using Mcu.Load.Measuring;

namespace Mcu.Load.Scenarios;

/// <summary>The command line of the load generator.</summary>
internal static class LoadCommand
{
    private const int JoinsAtOnce = 8;
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private sealed record Options(List<string> Names, int? Participants, TimeSpan Window, bool Json);

    public static async Task<int> RunAsync(string[] args)
    {
        if (!TryParse(args, out var options, out var error))
        {
            await Console.Error.WriteLineAsync(error);
            return 2;
        }

        var codecs = new NativeCodecFactory();
        var clips = new Clips(codecs);
        var results = new List<object>();
        foreach (var plan in LoadPlans.All.Where(plan => options!.Names.Count == 0 || options.Names.Contains(plan.Name)))
        {
            var count = options!.Participants ?? plan.Participants;
            var result = await RunAsync(plan, count, options.Window, clips, codecs);
            results.Add(
                new
                {
                    plan.Name,
                    Participants = count,
                    Result = result,
                }
            );
            if (!options.Json)
            {
                Print(plan, count, result);
            }
        }

        if (options!.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(results, s_json));
        }

        return 0;
    }

    private static async Task<Result> RunAsync(LoadPlan plan, int count, TimeSpan window, Clips clips, NativeCodecFactory codecs)
    {
        await using var server = await ServerProcess.StartAsync();
        using var engine = new LoadEngine(server.Http, codecs);
        await Parallel.ForEachAsync(
            plan.Plans(clips, count),
            new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce },
            async (client, _) => await engine.JoinAsync(client)
        );
        await WaitUntilAllConnectedAsync(engine);
        // Joining leaves work behind (compilation, garbage): what is measured is the load itself.
        await Task.Delay(TimeSpan.FromSeconds(5));
        return await Window.MeasureAsync(server, engine, window);
    }

    private static async Task WaitUntilAllConnectedAsync(LoadEngine engine)
    {
        var limit = engine.Now + TimeSpan.FromSeconds(60);
        while (await engine.InvokeAsync(() => engine.Clients.Count(client => !client.IsConnected)) is var missing and > 0)
        {
            if (engine.Now > limit)
            {
                throw new InvalidOperationException($"{missing} participants were not connected within a minute.");
            }

            await Task.Delay(200);
        }
    }

    private static bool TryParse(string[] args, out Options? options, out string? error)
    {
        options = new Options([], null, TimeSpan.FromSeconds(20), args.Contains("--json"));
        for (var i = 0; i < args.Length; i++)
        {
            var arg = args[i];
            if (arg == "--json")
            {
                continue;
            }

            if (arg is "--participants" or "--seconds")
            {
                if (i + 1 == args.Length || !int.TryParse(args[++i], CultureInfo.InvariantCulture, out var number) || number < 1)
                {
                    error = $"{arg} wants a number of at least 1.";
                    return false;
                }

                options =
                    arg == "--participants"
                        ? options with
                        {
                            Participants = number,
                        }
                        : options with
                        {
                            Window = TimeSpan.FromSeconds(number),
                        };
            }
            else if (LoadPlans.All.Any(plan => plan.Name == arg))
            {
                options.Names.Add(arg);
            }
            else
            {
                error = $"There is no load '{arg}'. There are: {string.Join(", ", LoadPlans.All.Select(plan => plan.Name))}.";
                return false;
            }
        }

        error = null;
        return true;
    }

    private static void Print(LoadPlan plan, int count, Result result) =>
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                {plan.Name}: {plan.What}, {count} participants (target {plan.Target})
                  server {result.ServerCores:0.00} cores, {result.ServerMegabytes:0} MB, GC pauses {result.GcPauseMs:0} ms; generator {result.GeneratorCores:0.00} cores, {result.LateTurns} late turns
                  audio packets/s: least {result.LeastAudioRate:0.0}, median {result.MedianAudioRate:0.0}; faults {result.Faults}, longest silence {result.LongestSilenceMs:0} ms, missed ticks {result.MissedAudioTicks:0}
                  added delay: median {Result.Percentile(result.DelaysMs, 50):0.0} ms, 95th percentile {Result.Percentile(
                    result.DelaysMs,
                    95
                ):0.0} ms, {result.DelaysMs.Count} markers
                  {(result.LeastPictureRate is { } pictures ? $"pictures/s: least {pictures:0.0}" : "no pictures")}
                  {(result.IsGood ? "good" : "NOT GOOD")}
                """
            )
        );
}
