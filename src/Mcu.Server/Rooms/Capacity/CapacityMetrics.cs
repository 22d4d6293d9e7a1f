using System.Diagnostics.Metrics;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>How full the server is, and who was turned away: the meter "Mcu.Capacity".</summary>
internal sealed class CapacityMetrics : IDisposable
{
    private readonly Meter _meter = new("Mcu.Capacity");
    private readonly Counter<long> _refused;

    public CapacityMetrics(Func<ServerCapacity> capacity)
    {
        _refused = _meter.CreateCounter<long>("mcu.joins.refused", "{join}", "Joins refused because of the load, by reason");
        _meter.CreateObservableGauge(
            "mcu.capacity.used",
            () => capacity().Used,
            "1",
            "Of what sound may take, by all rooms or by the busiest one; joins are refused when it stays at 1"
        );
    }

    public void Refused(JoinRefusal refusal) => _refused.Add(1, new KeyValuePair<string, object?>("reason", refusal.Label()));

    public void Dispose() => _meter.Dispose();
}
