namespace Mcu.Load.Scenarios;

/// <summary>All loads by name.</summary>
internal static class Loads
{
    public static readonly ILoad[] All =
    [
        .. LoadPlans.All,
        new WatchersLoad(),
        new JoinStormLoad(),
        new OverloadLoad(),
        new EmptyRoomsLoad(),
        new JanusLoad(),
    ];
}
