using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mcu.Codecs;
using Mcu.Load.Clips;

namespace Mcu.Load.Scenarios;

/// <summary>The command line of the load generator.</summary>
internal static class LoadCommand
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static async Task<int> RunAsync(string[] args)
    {
        if (args.Contains("--help"))
        {
            Console.WriteLine(Help);
            return 0;
        }

        if (!TryParse(args, out var options, out var error))
        {
            await Console.Error.WriteLineAsync(error);
            return 2;
        }

        var codecs = new NativeCodecFactory();
        var context = new LoadContext(options, codecs, new Library(codecs));
        context.Say($"Media: {Library.Sources}");
        var results = new List<object>();
        foreach (var load in Wanted(options))
        {
            results.Add(
                new
                {
                    load.Name,
                    load.What,
                    load.Target,
                    Figures = await load.RunAsync(context),
                }
            );
        }

        if (options.Json)
        {
            Console.WriteLine(JsonSerializer.Serialize(new { Media = Library.Sources, Loads = results }, s_json));
        }

        return 0;
    }

    public static bool TryParse(string[] args, out LoadOptions options, out string? error)
    {
        var names = new List<string>();
        options = new LoadOptions { Names = names };
        error = null;
        for (var i = 0; i < args.Length && error is null; i++)
        {
            switch (args[i])
            {
                case "--json":
                    options = options with { Json = true };
                    break;
                case "--ramp":
                    options = options with { Ramp = true };
                    break;
                case "--participants" or "--seconds":
                    error = TryParseNumber(args, i++, ref options);
                    break;
                case var name when Loads.All.Any(load => load.Name == name):
                    names.Add(name);
                    break;
                default:
                    error = $"There is no load '{args[i]}'. There are: {string.Join(", ", Loads.All.Select(load => load.Name))}.";
                    break;
            }
        }

        if (error is null && options.Ramp && Wanted(options).Any(load => load is not LoadPlan { CanRamp: true }))
        {
            var ramps = Loads.All.Where(load => load is LoadPlan { CanRamp: true }).Select(load => load.Name);
            error = $"--ramp is for {string.Join(", ", ramps)}: name those to be tried.";
        }

        return error is null;
    }

    private static string Help =>
        string.Join(
            '\n',
            [
                "./mcu bench load [NAME…] [--participants N] [--seconds S] [--ramp] [--json]",
                .. Loads.All.Select(load => $"  {load.Name, -12} {load.What}\n{"", 15}target: {load.Target}"),
                "--ramp looks for the most participants whose sound is whole. Without names all run but janus.",
            ]
        );

    private static string? TryParseNumber(string[] args, int index, ref LoadOptions options)
    {
        if (index + 1 == args.Length || !int.TryParse(args[index + 1], CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            return $"{args[index]} wants a number of at least 1.";
        }

        options =
            args[index] == "--participants"
                ? options with
                {
                    Participants = number,
                }
                : options with
                {
                    Window = TimeSpan.FromSeconds(number),
                };
        return null;
    }

    private static IEnumerable<ILoad> Wanted(LoadOptions options) =>
        Loads.All.Where(load => options.Names.Count == 0 ? !load.IsOnDemand : options.Names.Contains(load.Name, StringComparer.Ordinal));
}
