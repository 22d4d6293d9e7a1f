using Mcu.Benchmarks;
using Mcu.Benchmarks.Network;
using Mcu.Benchmarks.Scenarios;

// ./mcu bench [NAME] [--json], ./mcu bench network [ROW…] [--seeds N] [--trace] [--json]
var json = args.Contains("--json");
var seedsAt = Array.IndexOf(args, "--seeds") + 1;
var seeds = 3;
if (seedsAt > 0 && !(seedsAt < args.Length && int.TryParse(args[seedsAt], out seeds) && seeds is >= 1 and <= 100))
{
    Console.Error.WriteLine("--seeds takes how often each network is run, 1 to 100.");
    return 2;
}

var names = args.Where((argument, index) => !argument.StartsWith('-') && (index == 0 || index != seedsAt)).ToList();
List<string> rows = names is ["network", ..] ? names[1..] : [];
names = names[..^rows.Count];
var scenarios = new IScenario[]
{
    new RenditionScenario(),
    new AudioTickScenario(),
    new AllocationScenario(),
    new DelayScenario(),
    new JoinScenario(),
    new IdleScenario(),
    new KernelScenario(),
    new NetworkScenario(rows, seeds, args.Contains("--trace")),
};
var unknown = names.Where(n => !scenarios.Any(s => s.Name == n)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown[0]}'. There are: {string.Join(", ", scenarios.Select(s => s.Name))}.");
    return 2;
}

if (rows.Except(NetworkScenario.Names).FirstOrDefault() is { } row)
{
    Console.Error.WriteLine($"There is no network '{row}'. There are: {string.Join(", ", NetworkScenario.Names)}.");
    return 2;
}

var report = new Report(json);
foreach (var scenario in scenarios.Where(s => (names.Count == 0 && !s.IsOnDemand) || names.Contains(s.Name)))
{
    await scenario.RunAsync(report);
}

report.Print();
return 0;
