namespace Mcu.Rtp.Congestion;

/// <summary>What a <see cref="CongestionController"/> starts with and keeps to. Rates count whole IP packets.</summary>
public sealed record CongestionOptions
{
    public static readonly CongestionOptions Default = new();

    /// <summary>Believed before anything is known.</summary>
    public long StartBps { get; init; } = 300_000;

    /// <summary>Never less: speech of 8 kbit/s in packets of 60 ms takes about this and half as much again.</summary>
    public long MinBps { get; init; } = 10_000;

    /// <summary>Never more.</summary>
    public long MaxBps { get; init; } = 50_000_000;
}

/// <summary>What a <see cref="CongestionController"/> is doing, for statistics.</summary>
public enum CongestionState
{
    /// <summary>Nothing was reported yet.</summary>
    Starting,

    /// <summary>The path is used as far as there is something to send, or nearly.</summary>
    Steady,

    /// <summary>The rate goes up.</summary>
    Increasing,

    /// <summary>The path is overused: the rate was just lowered, and its queue drains.</summary>
    Decreasing,

    /// <summary>The rate is lowered for a moment to see whether loss depends on it.</summary>
    TryingLoss,

    /// <summary>Packets go out and nothing is reported.</summary>
    Unreported,
}

/// <summary>How packets that can wait are to be sent.</summary>
/// <param name="RateBps">Bit/s; 0 to hold all of them.</param>
/// <param name="Burst">What was not used for so long may be sent at once.</param>
public readonly record struct Pacing(double RateBps, TimeSpan Burst)
{
    /// <summary>Everything goes out at once.</summary>
    public static readonly Pacing Unlimited = new(double.PositiveInfinity, TimeSpan.Zero);
}
