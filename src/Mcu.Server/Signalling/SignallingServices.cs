using Mcu.Server.Access;
using Mcu.Server.Configuration;
using Mcu.Server.Hosting;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>What every signalling connection uses.</summary>
internal sealed record SignallingServices(
    IRoomDirectory Rooms,
    AccessGate Gate,
    JoinLimiter Limiter,
    IceServerList IceServers,
    ResumableSessions Sessions,
    ServerMetrics Metrics,
    McuOptions Options,
    TimeProvider Time,
    IHostApplicationLifetime Lifetime,
    ILogger<SignallingDialogue> Logger
);
