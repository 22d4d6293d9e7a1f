using System.Diagnostics.Metrics;
using Mcu.Server.Rooms;

namespace Mcu.Server.Hosting;

/// <summary>The host's own meter, "Mcu.Server". Other parts have meters of their own, named "Mcu.…".</summary>
internal sealed class ServerMetrics : IDisposable
{
    private readonly Meter _meter = new("Mcu.Server");
    private readonly Counter<long> _joins;
    private readonly Counter<long> _resumes;
    private readonly UpDownCounter<long> _connections;

    public ServerMetrics(IRoomDirectory rooms)
    {
        _joins = _meter.CreateCounter<long>("mcu.joins", "{session}", "Sessions begun, by way in");
        _resumes = _meter.CreateCounter<long>("mcu.signalling.resumes", "{session}", "Sessions resumed by a new connection");
        _connections = _meter.CreateUpDownCounter<long>("mcu.signalling.connections", "{connection}", "WebSockets open");
        _meter.CreateObservableGauge("mcu.rooms", () => rooms.List().Count, "{room}", "Rooms that exist");
        _meter.CreateObservableGauge(
            "mcu.participants",
            () => rooms.List().Sum(room => room.Participants),
            "{participant}",
            "Participants in all rooms"
        );
    }

    public void Joined(string way) => _joins.Add(1, new KeyValuePair<string, object?>("way", way));

    public void Resumed() => _resumes.Add(1);

    /// <summary>Counts a WebSocket as open until the result is disposed.</summary>
    public IDisposable SignallingOpened() => new OpenConnection(_connections);

    public void Dispose() => _meter.Dispose();

    private sealed class OpenConnection : IDisposable
    {
        private readonly UpDownCounter<long> _connections;

        public OpenConnection(UpDownCounter<long> connections)
        {
            _connections = connections;
            _connections.Add(1);
        }

        public void Dispose() => _connections.Add(-1);
    }
}
