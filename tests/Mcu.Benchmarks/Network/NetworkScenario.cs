using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// A full meeting in which one participant's network is bad: the server's whole media path in virtual time, with real codecs, between lines
/// that are slow, lossy, changing. Several seeds; medians.
/// </summary>
/// <param name="rows">Those asked for; none for all.</param>
/// <param name="seeds">So many runs of each.</param>
internal sealed class NetworkScenario(IReadOnlyList<string> rows, int seeds = 3) : IScenario
{
    private const int CleanGuests = 4;

    /// <summary>One of those with clean lines talks at a time, for so long.</summary>
    private const double TurnSeconds = 4;

    private readonly List<int> _seeds = [.. Enumerable.Range(1, seeds)];

    public string Name => "network";

    public bool IsOnDemand => true;

    public static IEnumerable<string> RowNames => NetworkRows.All.Select(row => row.Name);

    public Task RunAsync(Report report)
    {
        var wanted = NetworkRows.All.Where(row => rows.Count == 0 || rows.Contains(row.Name)).ToList();
        report.Note(
            $"Seen and heard: {Studio.Sources}. SSIM: luma of what is shown against what its encoder was given, both at the size shown."
        );
        var runs = RunAll([.. wanted.Append(NetworkRows.Baseline).Distinct()]);
        foreach (var row in wanted)
        {
            Tell(report, row, [.. _seeds.Select(seed => (runs[(row.Name, seed)], runs[(NetworkRows.Baseline.Name, seed)]))]);
        }

        return Task.CompletedTask;
    }

    /// <summary>Each meeting runs on one thread; as many as there are cores run side by side.</summary>
    private ConcurrentDictionary<(string Row, int Seed), IReadOnlyList<GuestRecord>> RunAll(IReadOnlyList<NetworkRow> all)
    {
        var runs = new ConcurrentDictionary<(string Row, int Seed), IReadOnlyList<GuestRecord>>();
        using var studio = new Studio();
        var jobs = all.SelectMany(row => _seeds.Select(seed => (Row: row, Seed: seed)));
        Parallel.ForEach(
            Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            job =>
            {
                var started = Stopwatch.GetTimestamp();
                runs[(job.Row.Name, job.Seed)] = Meeting.Run(PlanOf(job.Row), job.Seed, studio);
                Console.Error.WriteLine($"{job.Row.Name}, seed {job.Seed}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
            }
        );
        return runs;
    }

    private static MeetingPlan PlanOf(NetworkRow row)
    {
        var clean = Enumerable
            .Range(0, CleanGuests)
            .Select(number => new GuestPlan($"clean{number}", NetworkRows.Clean, NetworkRows.Clean)
            {
                Talks = time => (int)(time.TotalSeconds / TurnSeconds) % CleanGuests == number,
            });
        return new MeetingPlan([.. clean, new GuestPlan("bad", row.Down, row.Up) { Looks = true }], row.Events, NetworkRows.Length);
    }

    private void Tell(
        Report report,
        NetworkRow row,
        IReadOnlyList<(IReadOnlyList<GuestRecord> Run, IReadOnlyList<GuestRecord> Without)> runs
    )
    {
        report.Note($"{row.Name}: {row.About}");
        var findings = runs.SelectMany(run => FindingsOf(row, run.Run, run.Without));
        foreach (var what in findings.GroupBy(finding => finding.What))
        {
            var first = what.First();
            report.Add($"{Name} {row.Name}", first.What, [.. what.Select(finding => finding.Value)], first.Unit, first.Limit);
        }

        report.Note($"  shown: {string.Join(" | ", runs.Select(run => run.Run[^1].Sizes(NetworkRows.Measured)))}");
    }

    /// <summary>What the row is about, then what is told in every row.</summary>
    private static IEnumerable<Finding> FindingsOf(NetworkRow row, IReadOnlyList<GuestRecord> run, IReadOnlyList<GuestRecord> without) =>
        row.Judge(run[^1]).Concat(Usual(run[^1])).DistinctBy(finding => finding.What).Concat(Others(run, without));

    private static IEnumerable<Finding> Usual(GuestRecord bad)
    {
        var period = NetworkRows.Measured;
        return
        [
            new("sound concealed", bad.ConcealedPercent(period), "%"),
            new("delay of sound, median", bad.AudioDelayMs(period), "ms"),
            new("pictures shown", bad.FramesPerSecond(period), "1/s"),
            new("longest freeze", bad.LongestFreezeMs(period), "ms"),
            new("keyframes shown", bad.Keyframes(period), ""),
            new("SSIM at the size shown", bad.Ssim(period), ""),
            new("queue at the bottleneck, median", bad.QueueMs(period, 0.5), "ms"),
            new("queue at the bottleneck, p95", bad.QueueMs(period, 0.95), "ms"),
            new("carried down", bad.DownKbps(period), "kbit/s"),
            new("keyframes asked for", bad.KeyframesAskedFor, ""),
        ];
    }

    /// <summary>What those with clean lines get, against the same meeting in which all lines are clean.</summary>
    private static IEnumerable<Finding> Others(IReadOnlyList<GuestRecord> run, IReadOnlyList<GuestRecord> without)
    {
        var period = NetworkRows.Measured;
        return
        [
            Difference("others' pictures", record => record.FramesPerSecond(period)),
            Difference("others' delay of sound", record => record.AudioDelayMs(period)),
            Difference("others' keyframes", record => record.Keyframes(period)),
        ];

        Finding Difference(string what, Func<GuestRecord, double> figure)
        {
            var with = run.Take(CleanGuests).Sum(figure);
            var before = without.Take(CleanGuests).Sum(figure);
            // Where there were none before, one is all the difference there can be.
            var percent = before > 0 ? 100 * (with - before) / before : 100 * with;
            return new Finding($"{what}, against none being bad", Math.Abs(percent), "%", Limit.AtMost(5));
        }
    }
}
