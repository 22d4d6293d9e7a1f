using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Transactions;

internal enum ServerTransactionState
{
    /// <summary>No final response yet: Proceeding of INVITE, Trying and Proceeding of all others.</summary>
    Proceeding,
    Completed,

    /// <summary>An INVITE's failure was acknowledged; further ACKs are swallowed.</summary>
    Confirmed,

    /// <summary>An INVITE had a 2xx: its retransmissions are swallowed, the 2xx is repeated by the call (RFC 6026).</summary>
    Accepted,
    Terminated,
}

/// <summary>The server transactions of RFC 3261 section 17.2, INVITE with the corrections of RFC 6026.</summary>
internal sealed class ServerTransaction
{
    private readonly TransactionLayer _layer;

    // Timer G.
    private readonly SipTimer _retransmit;

    // Timers H, J and L; then I.
    private readonly SipTimer _end;
    private TimeSpan _interval;
    private byte[]? _last;

    public ServerTransaction(TransactionLayer layer, SipRequest request, SipFlow flow, string key)
    {
        _layer = layer;
        Request = request;
        Flow = flow;
        Key = key;
        ResponseFlow = RouteResponse(request.Via!, flow);
        _retransmit = new SipTimer(OnRetransmit);
        _end = new SipTimer(OnEnd);
    }

    public SipRequest Request { get; }

    /// <summary>Where the request came from.</summary>
    public SipFlow Flow { get; }

    public SipFlow ResponseFlow { get; }

    public string Key { get; }

    public ServerTransactionState State { get; private set; } = ServerTransactionState.Proceeding;

    public bool IsInvite => Request.Method == SipMethods.Invite;

    /// <summary>The final response's status; 0 before it.</summary>
    public int FinalStatus { get; private set; }

    /// <summary>Our tag in its responses, where a CANCEL's answer needs it.</summary>
    public string? LocalTag { get; set; }

    /// <summary>Called once, when a CANCEL asks for the end of a transaction that has no final response yet.</summary>
    public Action<MediaTime>? Cancelled { get; set; }

    private TransactionTiming Timing => _layer.Timing;

    /// <summary>Sends a response; after the first final one nothing more but, of an INVITE, the same 2xx again.</summary>
    public void Respond(SipResponse response, MediaTime now)
    {
        if (State == ServerTransactionState.Accepted && response.IsSuccess)
        {
            _layer.Send(ResponseFlow, response.ToBytes());
            return;
        }

        if (State != ServerTransactionState.Proceeding)
        {
            return;
        }

        var bytes = response.ToBytes();
        _last = bytes;
        if (!response.IsProvisional)
        {
            FinalStatus = response.StatusCode;
            Finish(response, now);
        }

        _layer.Send(ResponseFlow, bytes);
    }

    /// <summary>The request came again.</summary>
    public void ReceiveAgain()
    {
        if (State is ServerTransactionState.Proceeding or ServerTransactionState.Completed && _last is not null)
        {
            _layer.Send(ResponseFlow, _last);
        }
    }

    /// <summary>The ACK of a failure.</summary>
    public void ReceiveAck(MediaTime now)
    {
        if (State != ServerTransactionState.Completed || !IsInvite)
        {
            return;
        }

        _layer.Timers.Clear(_retransmit);
        if (ResponseFlow.IsReliable)
        {
            Terminate();
            return;
        }

        State = ServerTransactionState.Confirmed;
        _layer.Timers.Set(_end, now + Timing.T4);
    }

    public void Terminate()
    {
        State = ServerTransactionState.Terminated;
        _layer.Timers.Clear(_retransmit);
        _layer.Timers.Clear(_end);
        _layer.Remove(this);
    }

    /// <summary>Where a response goes (RFC 3261 section 18.2.2, RFC 3581 section 4): over the request's connection, or to where it came from.</summary>
    internal static SipFlow RouteResponse(ViaHeader via, SipFlow flow)
    {
        if (flow.IsReliable)
        {
            return flow;
        }

        // maddr is not followed: it lets a stranger choose whom our responses hit.
        var port =
            via.Parameters.Has("rport") ? flow.Remote.Port
            : via.SentBy.Port != 0 ? via.SentBy.Port
            : SipTransport.Udp.DefaultPort();
        return flow with { Remote = new System.Net.IPEndPoint(flow.Remote.Address, port) };
    }

    private void Finish(SipResponse response, MediaTime now)
    {
        if (!IsInvite)
        {
            if (ResponseFlow.IsReliable)
            {
                Terminate();
                return;
            }

            State = ServerTransactionState.Completed;
            _layer.Timers.Set(_end, now + Timing.Timeout);
            return;
        }

        State = response.IsSuccess ? ServerTransactionState.Accepted : ServerTransactionState.Completed;
        _layer.Timers.Set(_end, now + Timing.Timeout);
        if (!response.IsSuccess && !ResponseFlow.IsReliable)
        {
            _interval = Timing.T1;
            _layer.Timers.Set(_retransmit, now + _interval);
        }
    }

    private void OnRetransmit(MediaTime now)
    {
        _layer.Send(ResponseFlow, _last!);
        _interval = 2 * _interval < Timing.T2 ? 2 * _interval : Timing.T2;
        _layer.Timers.Set(_retransmit, now + _interval);
    }

    private void OnEnd(MediaTime now) => Terminate();
}
