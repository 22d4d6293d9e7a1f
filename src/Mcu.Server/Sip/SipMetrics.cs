using System.Diagnostics.Metrics;
using Mcu.Transport;
using Mcu.Transport.Sip;

namespace Mcu.Server.Sip;

/// <summary>The meter "Mcu.Sip".</summary>
internal sealed class SipMetrics : IDisposable
{
    private readonly Meter _meter = new("Mcu.Sip");
    private readonly Counter<long> _calls;
    private readonly Counter<long> _refused;

    public SipMetrics()
    {
        _calls = _meter.CreateCounter<long>("mcu.sip.calls", "{call}", "Calls that ended, by result");
        _refused = _meter.CreateCounter<long>(
            "mcu.sip.requests.refused",
            "{request}",
            "Requests that got no answer or a refusal, by reason"
        );
    }

    public void Observe(Func<SipNetworkStatistics> network, Func<CallPortStatistics> ports, Func<int> registered)
    {
        _meter.CreateObservableGauge("mcu.sip.connections", () => network().Connections, "{connection}", "SIP connections open");
        _meter.CreateObservableCounter("mcu.sip.messages", () => network().Received, "{message}", "SIP messages taken");
        _meter.CreateObservableCounter(
            "mcu.sip.messages.dropped",
            () => network().Dropped,
            "{message}",
            "SIP datagrams lost as too many waited"
        );
        _meter.CreateObservableGauge("mcu.sip.calls.now", () => ports().Open, "{call}", "Calls with media now");
        _meter.CreateObservableGauge("mcu.sip.registrations", registered, "{registration}", "Trunks registered at");
    }

    public void Ended(string result) => _calls.Add(1, new KeyValuePair<string, object?>("result", result));

    public void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    public void Dispose() => _meter.Dispose();
}
