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

/// <summary>What a figure's median may be.</summary>
internal sealed record Limit(double Lowest, double Highest)
{
    public static Limit AtMost(double highest) => new(double.NegativeInfinity, highest);

    public static Limit AtLeast(double lowest) => new(lowest, double.PositiveInfinity);

    public bool Holds(double value) => value >= Lowest && value <= Highest;

    public override string ToString() =>
        double.IsInfinity(Lowest)
            ? string.Create(CultureInfo.InvariantCulture, $"<= {Highest}")
            : string.Create(CultureInfo.InvariantCulture, $">= {Lowest}");
}

/// <summary>
/// One figure: the median of several runs, and where there is one the target it is held against. <paramref name="Met"/> is null where nobody
/// but a reader judges.
/// </summary>
internal sealed record Figure(
    string Scenario,
    string What,
    double Median,
    string Unit,
    double Lowest,
    double Highest,
    string? Target,
    bool? Met = null
);

/// <summary>Collects figures and prints them as a table or as JSON.</summary>
internal sealed class Report(bool json)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly List<Figure> _figures = [];

    /// <summary>Says something that is no figure: in the table only.</summary>
    public void Note(string text)
    {
        if (!json)
        {
            Console.WriteLine(text);
        }
    }

    public void Add(string scenario, string what, IReadOnlyList<double> runs, string unit, string? target = null) =>
        Add(Summary(scenario, what, runs, unit) with { Target = target });

    /// <summary>A figure that passes or fails.</summary>
    public void Add(string scenario, string what, IReadOnlyList<double> runs, string unit, Limit? limit)
    {
        var figure = Summary(scenario, what, runs, unit);
        Add(figure with { Target = limit?.ToString(), Met = limit?.Holds(figure.Median) });
    }

    public void Print()
    {
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(_figures, s_json));
        }
    }

    private void Add(Figure figure)
    {
        _figures.Add(figure);
        if (!json)
        {
            Console.WriteLine(Line(figure));
        }
    }

    private static Figure Summary(string scenario, string what, IReadOnlyList<double> runs, string unit)
    {
        var sorted = runs.Order().ToList();
        var middle = sorted.Count / 2;
        var median = sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        return new Figure(scenario, what, median, unit, sorted[0], sorted[^1], null);
    }

    private static string Line(Figure figure) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{figure.Scenario, -14} {figure.What, -58} {figure.Median, 10:0.###} {figure.Unit, -6} ({figure.Lowest:0.###} to {figure.Highest:0.###}){Verdict(figure)}"
        );

    private static string Verdict(Figure figure) =>
        figure.Target is null ? ""
        : figure.Met is { } met ? $"   target {figure.Target}: {(met ? "met" : "MISSED")}"
        : $"   target {figure.Target}";
}
