using Mcu.Load.Clients;
using Mcu.Load.Measuring;

namespace Mcu.Load.Peers;

/// <summary>A server in a process of its own that participants of the load join: ours, or another one for comparison.</summary>
internal interface IServerUnderTest : IAsyncDisposable
{
    /// <summary>User and system time of its process so far, as the operating system counts it.</summary>
    TimeSpan ProcessorTime { get; }

    double ResidentMegabytes { get; }

    /// <summary>What the server counts itself; null where it does not.</summary>
    Task<ServerCounters?> ReadCountersAsync();

    /// <summary>Joins one participant; returns when the server has answered.</summary>
    /// <exception cref="JoinRefusedException">The server refuses.</exception>
    Task<Participant> JoinAsync(LoadEngine engine, ClientPlan plan);
}

/// <summary>The server did not let a participant in.</summary>
internal sealed class JoinRefusedException(string message) : Exception(message);
