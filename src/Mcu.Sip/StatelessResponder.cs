using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip;

/// <summary>Answers without remembering anything (RFC 3261 section 8.2.7): what is refused costs no memory, and a retransmission is refused again.</summary>
internal sealed class StatelessResponder(SipCore core)
{
    /// <summary>Our tag in all of these answers: one that is sent again must have the same.</summary>
    public string Tag { get; } = core.NewTag();

    public void Refuse(SipRequest request, SipFlow flow, int status, SipHeader? header = null, string? reason = null)
    {
        var response = Create(request, status, reason);
        if (header is { } extra)
        {
            response.Headers.Add(extra.Name, extra.Value);
        }

        Send(request, flow, response);
    }

    /// <summary>Refuses what could not be parsed.</summary>
    public void Refuse(RejectedRequest rejected, SipFlow flow, SipParseError error)
    {
        rejected.Via.AddReceived(flow.Remote);
        core.Transactions.Send(
            ServerTransaction.RouteResponse(rejected.Via, flow),
            rejected.CreateResponse(error.StatusCode, error.Reason, Tag, core.Options.Product)
        );
    }

    public SipResponse Create(SipRequest request, int status, string? reason = null)
    {
        var response = request.CreateResponse(status, Tag, reason);
        core.AddProduct(response);
        return response;
    }

    public void Send(SipRequest request, SipFlow flow, SipResponse response) =>
        core.Transactions.Send(ServerTransaction.RouteResponse(request.Via!, flow), response.ToBytes());
}
