using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Transactions;

internal enum ClientTransactionState
{
    /// <summary>Sent, nothing heard: Calling of INVITE, Trying of all others.</summary>
    Trying,
    Proceeding,
    Completed,

    /// <summary>An INVITE had a 2xx; others, of other forks, may follow (RFC 6026).</summary>
    Accepted,
    Terminated,
}

internal enum TransactionFailure
{
    /// <summary>No final response in time.</summary>
    Timeout,

    /// <summary>The transport could not deliver.</summary>
    Transport,
}

/// <summary>Who sent a request.</summary>
internal interface IClientTransactionUser
{
    /// <summary>A response that the transaction has not seen before; of an INVITE every 2xx.</summary>
    void OnResponse(ClientTransaction transaction, SipResponse response, MediaTime now);

    /// <summary>There will be no response.</summary>
    void OnFailure(ClientTransaction transaction, TransactionFailure failure, MediaTime now);
}

/// <summary>The client transactions of RFC 3261 section 17.1, INVITE with the corrections of RFC 6026. One function for each state.</summary>
internal sealed class ClientTransaction
{
    private readonly TransactionLayer _layer;
    private readonly IClientTransactionUser _user;
    private readonly byte[] _bytes;

    // Timers A and E.
    private readonly SipTimer _retransmit;

    // Timers B and F; then D and K; or M.
    private readonly SipTimer _end;
    private TimeSpan _interval;
    private byte[]? _ack;

    public ClientTransaction(TransactionLayer layer, IClientTransactionUser user, SipRequest request, SipFlow flow)
    {
        _layer = layer;
        _user = user;
        Request = request;
        Flow = flow;
        _bytes = request.ToBytes();
        _retransmit = new SipTimer(OnRetransmit);
        _end = new SipTimer(OnEnd);
    }

    public SipRequest Request { get; }

    public SipFlow Flow { get; }

    public ClientTransactionState State { get; private set; } = ClientTransactionState.Trying;

    public bool IsInvite => Request.Method == SipMethods.Invite;

    public string Key => TransactionLayer.ClientKey(Request.Via!.Branch!, Request.Method);

    private TransactionTiming Timing => _layer.Timing;

    public void Start(MediaTime now)
    {
        _interval = Timing.T1;
        _layer.Timers.Set(_end, now + Timing.Timeout);
        if (!Flow.IsReliable)
        {
            _layer.Timers.Set(_retransmit, now + _interval);
        }

        _layer.Send(Flow, _bytes);
    }

    public void Receive(SipResponse response, MediaTime now)
    {
        switch (State)
        {
            case ClientTransactionState.Trying:
            case ClientTransactionState.Proceeding:
                ReceiveWhilePending(response, now);
                break;
            case ClientTransactionState.Completed:
                // Timer D runs: a repeated failure means that our ACK was lost.
                if (_ack is not null && !response.IsProvisional && !response.IsSuccess)
                {
                    _layer.Send(Flow, _ack);
                }

                break;
            case ClientTransactionState.Accepted:
                if (response.IsSuccess)
                {
                    _user.OnResponse(this, response, now);
                }

                break;
            case ClientTransactionState.Terminated:
                break;
            default:
                throw new InvalidOperationException($"No such state: {State}.");
        }
    }

    /// <summary>The transport could not deliver the request.</summary>
    public void FailTransport(MediaTime now)
    {
        if (State is ClientTransactionState.Trying or ClientTransactionState.Proceeding)
        {
            Terminate();
            _user.OnFailure(this, TransactionFailure.Transport, now);
        }
    }

    public void Terminate()
    {
        State = ClientTransactionState.Terminated;
        _layer.Timers.Clear(_retransmit);
        _layer.Timers.Clear(_end);
        _layer.Remove(this);
    }

    private void ReceiveWhilePending(SipResponse response, MediaTime now)
    {
        if (response.IsProvisional)
        {
            Proceed();
        }
        else if (!IsInvite)
        {
            Complete(Flow.IsReliable ? TimeSpan.Zero : Timing.T4, now);
        }
        else if (response.IsSuccess)
        {
            State = ClientTransactionState.Accepted;
            StopRetransmitting();
            _layer.Timers.Set(_end, now + Timing.Timeout);
        }
        else
        {
            _ack = CreateAck(response).ToBytes();
            _layer.Send(Flow, _ack);
            Complete(Flow.IsReliable ? TimeSpan.Zero : Timing.CompletedInvite, now);
        }

        _user.OnResponse(this, response, now);
    }

    private void Proceed()
    {
        State = ClientTransactionState.Proceeding;
        if (IsInvite)
        {
            // An INVITE that is being dealt with is not sent again, and may take as long as people need: timers A and B stop.
            StopRetransmitting();
            _layer.Timers.Clear(_end);
        }
    }

    private void Complete(TimeSpan linger, MediaTime now)
    {
        StopRetransmitting();
        if (linger == TimeSpan.Zero)
        {
            Terminate();
            return;
        }

        State = ClientTransactionState.Completed;
        _layer.Timers.Set(_end, now + linger);
    }

    private void StopRetransmitting() => _layer.Timers.Clear(_retransmit);

    private void OnRetransmit(MediaTime now)
    {
        _layer.Send(Flow, _bytes);
        // INVITE doubles without end (timer A), all others up to T2 (timer E).
        var next = State == ClientTransactionState.Proceeding ? Timing.T2 : 2 * _interval;
        _interval = IsInvite || next < Timing.T2 ? next : Timing.T2;
        _layer.Timers.Set(_retransmit, now + _interval);
    }

    private void OnEnd(MediaTime now)
    {
        var isPending = State is ClientTransactionState.Trying or ClientTransactionState.Proceeding;
        Terminate();
        if (isPending)
        {
            _user.OnFailure(this, TransactionFailure.Timeout, now);
        }
    }

    /// <summary>The ACK of a failure belongs to the transaction (RFC 3261 section 17.1.1.3).</summary>
    private SipRequest CreateAck(SipResponse response)
    {
        var ack = SipRequest.Create(SipMethods.Ack, Request.Uri, Request.From, response.To, Request.CallId, Request.CSeq.Number);
        ack.PutVia(Request.Via!);
        foreach (var route in Request.Headers.Rows(HeaderNames.Route))
        {
            ack.Headers.Add(HeaderNames.Route, route);
        }

        return ack;
    }
}
