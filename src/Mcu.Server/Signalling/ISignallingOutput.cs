using System.Net.WebSockets;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>Where a dialogue's messages go. Thread-safe; never waits.</summary>
internal interface ISignallingOutput
{
    void Send(ServerMessage message);

    void Send(RoomEvent roomEvent);

    /// <summary>Sends what is queued, then closes.</summary>
    void Finish(WebSocketCloseStatus status);
}
