using System.Globalization;
using System.Text.Json;

namespace Mcu.Benchmarks;

/// <summary>One benchmark of `./mcu bench`.</summary>
internal interface IScenario
{
    string Name { get; }

    /// <summary>Takes so long that it only runs when asked for by name.</summary>
    bool IsOnDemand => false;

    Task RunAsync(Report report);
}

/// <summary>One figure: the median of several runs, and where there is one the target it is held against.</summary>
internal sealed record Figure(string Scenario, string What, double Median, string Unit, double Lowest, double Highest, string? Target);

/// <summary>Collects figures and prints them as a table or as JSON.</summary>
internal sealed class Report(bool json)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly List<Figure> _figures = [];

    public void Add(string scenario, string what, IReadOnlyList<double> runs, string unit, string? target = null)
    {
        var sorted = runs.Order().ToList();
        var middle = sorted.Count / 2;
        var median = sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        var figure = new Figure(scenario, what, median, unit, sorted[0], sorted[^1], target);
        _figures.Add(figure);
        if (!json)
        {
            Console.WriteLine(Line(figure));
        }
    }

    public void Print()
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(_figures, s_json));
        }
    }

    private static string Line(Figure figure) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Scenario, -12} {figure.What, -58} {figure.Median, 10:0.###} {figure.Unit, -6} ({figure.Lowest:0.###} to {figure.Highest:0.###}){(figure.Target is null ? "" : $"   target {figure.Target}")}"
        );
}
