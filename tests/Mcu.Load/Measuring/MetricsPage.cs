using System.Globalization;

namespace Mcu.Load.Measuring;

/// <summary>The text of a Prometheus metrics page (text format 0.0.4).</summary>
internal sealed class MetricsPage(string text)
{
    private readonly List<Sample> _samples = [.. text.Split('\n').Select(Parse).OfType<Sample>()];

    private sealed record Sample(string Name, Dictionary<string, string> Labels, double Value);

    /// <summary>Sum over all labels of a metric; 0 where it has not been written yet.</summary>
    public double Sum(string name) => _samples.Where(sample => sample.Name == name).Sum(sample => sample.Value);

    /// <summary>Sums of a metric by the value of one label.</summary>
    public Dictionary<string, double> SumBy(string name, string label) =>
        _samples
            .Where(sample => sample.Name == name && sample.Labels.ContainsKey(label))
            .GroupBy(sample => sample.Labels[label], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(sample => sample.Value), StringComparer.Ordinal);

    /// <summary>A histogram's counts of values up to each bound, as they are on the page: each includes those before it.</summary>
    public IReadOnlyList<Bucket> Buckets(string name) =>
        [
            .. SumBy(name + "_bucket", "le")
                .Select(bucket => new Bucket(
                    bucket.Key == "+Inf" ? double.PositiveInfinity : double.Parse(bucket.Key, CultureInfo.InvariantCulture),
                    bucket.Value
                ))
                .OrderBy(bucket => bucket.UpTo),
        ];

    /// <summary><c>name{label="value",…} number [time]</c>; null for comments and empty lines.</summary>
    private static Sample? Parse(string line)
    {
        line = line.Trim();
        if (line.Length == 0 || line[0] == '#')
        {
            return null;
        }

        var brace = line.IndexOf('{', StringComparison.Ordinal);
        var end = line.LastIndexOf('}');
        var nameEnd = brace >= 0 ? brace : line.IndexOf(' ', StringComparison.Ordinal);
        var value = line[(Math.Max(end, nameEnd - 1) + 1)..].Trim().Split(' ')[0];
        return double.TryParse(value, CultureInfo.InvariantCulture, out var number)
            ? new Sample(line[..nameEnd], brace < 0 ? [] : Labels(line[(brace + 1)..end]), number)
            : null;
    }

    private static Dictionary<string, string> Labels(string text)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var at = 0; text.IndexOf("=\"", at, StringComparison.Ordinal) is var equals and >= 0; )
        {
            var close = text.IndexOf('"', equals + 2);
            if (close < 0)
            {
                break;
            }

            labels[text[at..equals].Trim(',', ' ')] = text[(equals + 2)..close];
            at = close + 1;
        }

        return labels;
    }
}

/// <summary>How many values were no larger than a bound.</summary>
internal readonly record struct Bucket(double UpTo, double Count);
