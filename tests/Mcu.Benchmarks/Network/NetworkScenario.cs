using System.Collections.Concurrent;
using System.Diagnostics;

namespace Mcu.Benchmarks.Network;

/// <summary>
/// A full meeting in which one participant's network is bad: the server's whole media path in virtual time, with real codecs, between lines
/// that are slow, lossy, changing; and a few questions of their own. Several seeds; medians.
/// </summary>
/// <param name="names">Rows and questions asked for; none for all.</param>
/// <param name="seeds">So many runs of each.</param>
/// <param name="traces">Tells of each run, four times a second, how the bad participant fares.</param>
internal sealed class NetworkScenario(IReadOnlyList<string> names, int seeds, bool traces) : IScenario
{
    private const int CleanGuests = 4;

    /// <summary>One of those with clean lines talks at a time, for so long.</summary>
    private const double TurnSeconds = 4;

    private static readonly INetworkQuestion[] s_questions = [new WordsQuestion(), new DriftQuestion(), new SfuQuestion()];

    private readonly List<int> _seeds = [.. Enumerable.Range(1, seeds)];

    public string Name => "network";

    public bool IsOnDemand => true;

    /// <summary>What may be asked for.</summary>
    public static IEnumerable<string> Names =>
        NetworkRows.All.Select(row => row.Name).Concat(s_questions.Select(question => question.Name));

    public Task RunAsync(Report report)
    {
        report.Note($"Seen and heard: {Studio.Sources}.");
        using var studio = new Studio();
        RunRows(report, studio, [.. NetworkRows.All.Where(row => IsWanted(row.Name))]);
        foreach (var question in s_questions.Where(question => IsWanted(question.Name)))
        {
            report.Note($"{question.Name}: {question.About}");
            var answers = RunAll(_seeds, seed => $"{question.Name}, seed {seed}", seed => question.Answer(seed, studio).ToList());
            Tell(report, question.Name, _seeds.SelectMany(seed => answers[seed]));
        }

        return Task.CompletedTask;
    }

    private bool IsWanted(string name) => names.Count == 0 || names.Contains(name);

    private void RunRows(Report report, Studio studio, IReadOnlyList<NetworkRow> rows)
    {
        if (rows.Count == 0)
        {
            return;
        }

        report.Note("SSIM: luma of what is shown against what its encoder was given, both at the size shown.");
        var all = rows.Append(NetworkRows.Baseline).Distinct().SelectMany(row => _seeds.Select(seed => (Row: row, Seed: seed)));
        var runs = RunAll(all, job => $"{job.Row.Name}, seed {job.Seed}", job => Meeting.Run(PlanOf(job.Row, job.Seed), job.Seed, studio));
        foreach (var row in rows)
        {
            report.Note($"{row.Name}: {row.About}");
            Tell(report, row.Name, _seeds.SelectMany(seed => FindingsOf(row, runs[(row, seed)], runs[(NetworkRows.Baseline, seed)])));
            report.Note($"  shown: {string.Join(" | ", _seeds.Select(seed => runs[(row, seed)][^1].Sizes(NetworkRows.Measured)))}");
        }
    }

    /// <summary>Each job runs on one thread; as many as there are cores run side by side.</summary>
    private static ConcurrentDictionary<TJob, TResult> RunAll<TJob, TResult>(
        IEnumerable<TJob> jobs,
        Func<TJob, string> name,
        Func<TJob, TResult> run
    )
        where TJob : notnull
    {
        var results = new ConcurrentDictionary<TJob, TResult>();
        Parallel.ForEach(
            Partitioner.Create(jobs, EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            job =>
            {
                var started = Stopwatch.GetTimestamp();
                results[job] = run(job);
                Console.Error.WriteLine($"{name(job)}: {Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
            }
        );
        return results;
    }

    private MeetingPlan PlanOf(NetworkRow row, int seed)
    {
        var clean = Enumerable
            .Range(0, CleanGuests)
            .Select(number => new GuestPlan($"clean{number}", NetworkRows.Clean, NetworkRows.Clean)
            {
                Talks = time => (int)(time.TotalSeconds / TurnSeconds) % CleanGuests == number,
            });
        return new MeetingPlan([.. clean, new GuestPlan("bad", row.Down, row.Up) { Looks = true }], row.Events, NetworkRows.Length)
        {
            Trace = traces && row != NetworkRows.Baseline ? line => Console.Error.WriteLine($"{row.Name}/{seed} {line}") : null,
        };
    }

    private void Tell(Report report, string name, IEnumerable<Finding> findings)
    {
        foreach (var what in findings.GroupBy(finding => finding.What))
        {
            var first = what.First();
            report.Add($"{Name} {name}", first.What, [.. what.Select(finding => finding.Value)], first.Unit, first.Limit);
        }
    }

    /// <summary>What the row is about, then what is told in every row.</summary>
    private static IEnumerable<Finding> FindingsOf(NetworkRow row, IReadOnlyList<GuestRecord> run, IReadOnlyList<GuestRecord> without) =>
        row.Judge(run[^1]).Concat(Usual(run[^1])).DistinctBy(finding => finding.What).Concat(Others(run, without));

    /// <summary>What is told of the bad participant in every row.</summary>
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
            new("keyframes asked for", bad.KeyframesAskedFor, ""),
            new("SSIM at the size shown", bad.Ssim(period), ""),
            new("queue at the bottleneck, median", bad.QueueMs(period, 0.5), "ms"),
            new("queue at the bottleneck, p95", bad.QueueMs(period, 0.95), "ms"),
            new("carried down", bad.DownKbps(period), "kbit/s"),
        ];
    }

    /// <summary>What those with clean lines get, against the same meeting in which all lines are clean.</summary>
    private static IEnumerable<Finding> Others(IReadOnlyList<GuestRecord> run, IReadOnlyList<GuestRecord> without)
    {
        var period = NetworkRows.Measured;
        return
        [
            .. Compare("pictures", "1/s", record => record.FramesPerSecond(period)),
            .. Compare("delay of sound", "ms", record => record.AudioDelayMs(period)),
            .. Compare("keyframes", "", record => record.Keyframes(period)),
        ];

        IEnumerable<Finding> Compare(string what, string unit, Func<GuestRecord, double> figure)
        {
            var with = run.Take(CleanGuests).Average(figure);
            var before = without.Take(CleanGuests).Average(figure);
            // Where there were none before, each is a difference of as many hundred percent.
            var percent = 100 * Math.Abs(with - before) / (before > 0 ? before : 1);
            return
            [
                new($"others' {what}", with, unit),
                new($"others' {what}, difference to the clean meeting", percent, "%", Limit.AtMost(5)),
            ];
        }
    }
}
