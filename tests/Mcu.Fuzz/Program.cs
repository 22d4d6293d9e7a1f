using System.Globalization;
using Mcu.Fuzz;
using SharpFuzz;

const string Usage = """
    Usage: Mcu.Fuzz.dll smoke [--seconds-per-target N] [--seed N]   every target: corpus and seeded mutations
           Mcu.Fuzz.dll TARGET < INPUT                              one input
           Mcu.Fuzz.dll libfuzzer TARGET                            under libfuzzer-dotnet, after 'sharpfuzz' has instrumented the assemblies
    """;

return args switch
{
    ["smoke", .. var options] => Smoke(options),
    ["libfuzzer", var name] when FuzzTarget.Named(name) is { } target && IsUnderLibFuzzer() => LibFuzzer(target),
    [var name] when FuzzTarget.Named(name) is { } target => One(target),
    _ => Explain(),
};

static int Smoke(string[] options)
{
    double? seconds = null;
    var seed = 1;
    for (var i = 0; i < options.Length; i += 2)
    {
        var value = i + 1 < options.Length ? options[i + 1] : "";
        switch (options[i])
        {
            case "--seconds-per-target" when double.TryParse(value, CultureInfo.InvariantCulture, out var parsed):
                seconds = parsed;
                break;
            case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out seed):
                break;
            default:
                return Explain();
        }
    }

    using var run = new SmokeRun(seed, seconds);
    return run.Passes(FuzzTarget.All) ? 0 : 1;
}

static int One(FuzzTarget target)
{
    using var input = new MemoryStream();
    using var standardInput = Console.OpenStandardInput();
    standardInput.CopyTo(input);
    target.Run(input.ToArray());
    return 0;
}

// libfuzzer-dotnet hands over its coverage map by this name; without it SharpFuzz would take our arguments for files.
static bool IsUnderLibFuzzer() => Environment.GetEnvironmentVariable("__LIBFUZZER_SHM_ID") is not null;

static int LibFuzzer(FuzzTarget target)
{
    Fuzzer.LibFuzzer.Run(input => target.Run(input));
    return 0;
}

static int Explain()
{
    Console.Error.WriteLine(Usage);
    Console.Error.WriteLine($"Targets: {string.Join(", ", FuzzTarget.All.Select(target => target.Name))}");
    return 2;
}
