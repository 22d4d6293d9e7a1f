using Mcu.Load.Clients;

namespace Mcu.Load.Measuring;

/// <summary>What a run showed in one window of time.</summary>
internal sealed record Result
{
    /// <summary>Least audio packets per second that count as whole sound.</summary>
    public const double WholeSound = 49.5;

    /// <summary>Least pictures per second that count as all of 30.</summary>
    public const double WholePictures = 29;

    /// <summary>Longest added delay of 95 % of sounds.</summary>
    public const double LongestDelayMs = 80;

    public required double ServerCores { get; init; }

    public required double ServerMegabytes { get; init; }

    /// <summary>Null where the server does not count it, as those below.</summary>
    public CodecCost? Codecs { get; init; }

    public double? MissedAudioTicks { get; init; }

    public double? GcPauseMs { get; init; }

    /// <summary>What 99 % of decodes and encodes waited at most for a thread; null also where there were none.</summary>
    public double? VideoWaitP99Ms { get; init; }

    /// <summary>How far the server has reduced video at the end of the window: up to 1 not at all, then one thing after the other is given up.</summary>
    public int? VideoReduction { get; init; }

    public required SoundResult Sound { get; init; }

    /// <summary>Null where nobody receives pictures.</summary>
    public PictureResult? Pictures { get; init; }

    /// <summary>From the sending of a marker to the packet that brings it; null where none was heard.</summary>
    public Spread? DelayMs { get; init; }

    public required double GeneratorCores { get; init; }

    /// <summary>Turns of the generator that came late: what it measures is then not to be trusted.</summary>
    public required long LateTurns { get; init; }

    /// <summary>Everybody gets all sound, and no tick was missed.</summary>
    public bool HasWholeSound => Sound.LeastRate >= WholeSound && MissedAudioTicks is null or 0;

    /// <summary>Sound comes in time. Where there are pictures it may wait for them, so that lips are in step.</summary>
    public bool IsInTime => Pictures is not null || (DelayMs?.P95 ?? 0) <= LongestDelayMs;

    /// <summary>And everybody who receives pictures gets them all, and those that were decoded are whole.</summary>
    public bool IsGood => HasWholeSound && IsInTime && (Pictures is null || Pictures is { LeastRate: >= WholePictures, Undecodable: 0 });
}

/// <summary>Sound that came back. Faults are over all participants: lost or reordered packets, timestamps out of step, packets that cannot be decoded.</summary>
internal sealed record SoundResult(double LeastRate, double MedianRate, double LongestSilenceMs, long Faults);

/// <summary>Pictures that came back. Of the few that were decoded: how many, how many could not be, and the sizes seen.</summary>
internal sealed record PictureResult(
    double LeastRate,
    double MedianRate,
    double LongestFreezeMs,
    long Faults,
    int Decoded,
    long Undecodable,
    IReadOnlyList<string> Sizes
)
{
    public PictureResult With(List<Viewer> viewers) =>
        this with
        {
            Decoded = viewers.Sum(viewer => viewer.Decoded),
            Undecodable = viewers.Sum(viewer => viewer.Undecodable),
            Sizes = [.. viewers.SelectMany(viewer => viewer.Sizes).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)],
        };
}

/// <summary>Processor time inside native codecs and the scaler, in cores, and all of the server's against it.</summary>
internal sealed record CodecCost(double Cores, double ServerToCodecs, IReadOnlyDictionary<string, double> CoresByKind)
{
    /// <summary>Null where there was no such work.</summary>
    public static CodecCost? Of(IReadOnlyDictionary<string, double> seconds, TimeSpan window, double serverCores)
    {
        var cores = seconds.ToDictionary(kind => kind.Key, kind => kind.Value / window.TotalSeconds, StringComparer.Ordinal);
        var all = cores.Values.Sum();
        return all > 0 ? new CodecCost(all, serverCores / all, cores) : null;
    }
}
