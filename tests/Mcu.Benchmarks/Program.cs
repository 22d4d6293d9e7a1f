using Mcu.Benchmarks;
using Mcu.Benchmarks.Scenarios;

// ./mcu bench [NAME] [--json]
var scenarios = new IScenario[]
{
    new RenditionScenario(),
    new AudioTickScenario(),
    new AllocationScenario(),
    new DelayScenario(),
    new JoinScenario(),
    new IdleScenario(),
    new KernelScenario(),
};
var json = args.Contains("--json");
var names = args.Where(a => !a.StartsWith('-')).ToList();
var unknown = names.Where(n => !scenarios.Any(s => s.Name == n)).ToList();
if (unknown.Count > 0)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown[0]}'. There are: {string.Join(", ", scenarios.Select(s => s.Name))}.");
    return 2;
}

var report = new Report(json);
foreach (var scenario in scenarios.Where(s => (names.Count == 0 && !s.IsOnDemand) || names.Contains(s.Name)))
{
    await scenario.RunAsync(report);
}

report.Print();
return 0;
