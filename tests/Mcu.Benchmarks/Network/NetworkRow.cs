namespace Mcu.Benchmarks.Network;

/// <summary>One thing that a row says, of one run.</summary>
internal sealed record Finding(string What, double Value, string Unit, Limit? Limit = null);

/// <summary>A bad network, and what is held against it.</summary>
/// <param name="Name">By which it is asked for.</param>
/// <param name="About">What the bad participant's line is like.</param>
internal sealed record NetworkRow(string Name, string About, LineQuality Down, LineQuality Up)
{
    public IReadOnlyList<LineEvent> Events { get; init; } = [];

    /// <summary>What the bad participant's record shows.</summary>
    public required Func<GuestRecord, IEnumerable<Finding>> Judge { get; init; }
}

/// <summary>A question that takes meetings, or calculations, of its own.</summary>
internal interface INetworkQuestion
{
    /// <summary>By which it is asked for.</summary>
    string Name { get; }

    string About { get; }

    IEnumerable<Finding> Answer(int seed, Studio studio);
}
