using System.Diagnostics;

namespace Mcu.Fuzz;

/// <summary>Runs each target over its corpus and over seeded mutations of it, up to its first input that fails.</summary>
/// <param name="seed">The same seed gives the same inputs.</param>
/// <param name="secondsPerTarget">How long each target runs; null for its fixed number of inputs.</param>
internal sealed class SmokeRun(int seed, double? secondsPerTarget) : IDisposable
{
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(20);

    private readonly Lock _gate = new();
    private Timer? _watchdog;
    private FuzzTarget? _target;
    private byte[] _input = [];

    /// <summary>False if an input of any target failed; it is printed.</summary>
    public bool Passes(IEnumerable<FuzzTarget> targets)
    {
        _watchdog = new Timer(_ => ReportHang(), null, s_hang, Timeout.InfiniteTimeSpan);
        var passes = true;
        foreach (var target in targets)
        {
            passes &= Passes(target);
        }

        return passes;
    }

    public void Dispose() => _watchdog?.Dispose();

    private bool Passes(FuzzTarget target)
    {
        var corpus = Corpus.Load(target);
        var mutator = new Mutator(corpus, seed);
        var started = Stopwatch.GetTimestamp();
        var count = 0;
        for (; count < corpus.Count || GoesOn(target, count - corpus.Count, started); count++)
        {
            if (!Passes(target, count < corpus.Count ? corpus[count] : mutator.Next()))
            {
                return false;
            }
        }

        Console.WriteLine($"{target.Name}: {count} inputs, ok");
        return true;
    }

    private bool GoesOn(FuzzTarget target, int runs, long started) =>
        secondsPerTarget is { } seconds ? Stopwatch.GetElapsedTime(started).TotalSeconds < seconds : runs < target.SmokeRuns;

    private bool Passes(FuzzTarget target, byte[] input)
    {
        lock (_gate)
        {
            (_target, _input) = (target, input);
        }

        _watchdog?.Change(s_hang, Timeout.InfiniteTimeSpan);
        try
        {
            target.Run(input);
            return true;
        }
        catch (Exception exception)
        {
            Report(target, input, exception.ToString());
            return false;
        }
    }

    private void ReportHang()
    {
        lock (_gate)
        {
            Report(_target!, _input, $"Not done after {s_hang.TotalSeconds} s.");
        }

        Environment.Exit(1);
    }

    private static void Report(FuzzTarget target, byte[] input, string what) =>
        Console.WriteLine($"{target.Name}: FAILED\ninput: {Convert.ToHexString(input)}\n{what}");
}
