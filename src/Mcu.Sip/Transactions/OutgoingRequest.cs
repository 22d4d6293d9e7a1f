using Mcu.Media;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;

namespace Mcu.Sip.Transactions;

/// <summary>Who wants a request answered.</summary>
internal interface IOutgoingRequestUser
{
    /// <summary>A provisional response above 100.</summary>
    void OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now);

    /// <summary>
    /// The outcome: a final response, or 408 or 503 of our own where there was none (RFC 3261 section 8.1.3.1). Of an INVITE further 2xx follow.
    /// </summary>
    void OnFinal(OutgoingRequest request, SipResponse response, MediaTime now);
}

/// <summary>
/// One request on its way, over as many transactions as it takes: next hop → addresses → transaction → the next address if it fails
/// (RFC 3263 section 4.3) → once more with credentials if it is challenged.
/// </summary>
internal sealed class OutgoingRequest : IClientTransactionUser
{
    /// <summary>Above this many bytes a request does not go over UDP where TCP can be had (RFC 3261 section 18.1.1).</summary>
    private const int MaxUdpLength = 1300;
    private const int ViaLength = 120;
    private const int MaxAddresses = 8;

    private readonly RequestSender _sender;
    private readonly IOutgoingRequestUser _user;
    private readonly Func<uint> _nextSequence;
    private readonly DigestClient? _digest;
    private readonly SipTimer _cancelLimit;
    private readonly Queue<SipFlow> _addresses = new();
    private ClientTransaction? _transaction;
    private bool _cancelWanted;
    private bool _cancelSent;

    internal OutgoingRequest(
        RequestSender sender,
        IOutgoingRequestUser user,
        SipRequest request,
        SipCredentials? credentials,
        Func<uint> nextSequence
    )
    {
        _sender = sender;
        _user = user;
        _nextSequence = nextSequence;
        _digest = credentials is null ? null : new DigestClient(credentials, sender.Random);
        _cancelLimit = new SipTimer(now => Fail(StatusCodes.RequestTimeout, now));
        Request = request;
    }

    /// <summary>As it was sent last: with credentials, once it was challenged.</summary>
    public SipRequest Request { get; private set; }

    /// <summary>Where it was sent to last.</summary>
    public SipFlow? Flow { get; private set; }

    /// <summary>It has its final response, its failure, or was given up.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The outcome is a response of the peer, not one that we made up.</summary>
    public bool IsAnswered { get; private set; }

    /// <summary>Asks for an end with CANCEL (RFC 3261 section 9.1): as soon as something was heard, and not after the final response.</summary>
    public void Cancel(MediaTime now)
    {
        if (IsDone || _cancelWanted)
        {
            return;
        }

        _cancelWanted = true;
        if (_transaction is null)
        {
            Fail(StatusCodes.RequestTerminated, now);
        }
        else if (_transaction.State == ClientTransactionState.Proceeding)
        {
            SendCancel(now);
        }
    }

    void IClientTransactionUser.OnResponse(ClientTransaction transaction, SipResponse response, MediaTime now)
    {
        if (response.IsProvisional)
        {
            OnProvisional(response, now);
            return;
        }

        if (IsDone)
        {
            // A 2xx of another fork, or the same again.
            _user.OnFinal(this, response, now);
            return;
        }

        var isChallenge = response.StatusCode is StatusCodes.Unauthorized or StatusCodes.ProxyAuthenticationRequired;
        if ((isChallenge && TryAuthenticate(response, now)) || (response.StatusCode == StatusCodes.ServiceUnavailable && TryNext(now)))
        {
            return;
        }

        IsAnswered = true;
        Finish(response, now);
    }

    void IClientTransactionUser.OnFailure(ClientTransaction transaction, TransactionFailure failure, MediaTime now)
    {
        if (!IsDone && !TryNext(now))
        {
            Fail(failure == TransactionFailure.Timeout ? StatusCodes.RequestTimeout : StatusCodes.ServiceUnavailable, now);
        }
    }

    /// <summary>Takes the addresses of the next hop, the best first.</summary>
    internal void Launch(IReadOnlyList<SipFlow> addresses, MediaTime now)
    {
        var isLarge = Request.ToBytes().Length + ViaLength > MaxUdpLength;
        foreach (var address in addresses.Take(MaxAddresses))
        {
            if (isLarge && address is { Transport: SipTransport.Udp, Connection: 0 } && _sender.PrefersTcp)
            {
                _addresses.Enqueue(address with { Transport = SipTransport.Tcp });
            }

            _addresses.Enqueue(address);
        }

        if (!TryNext(now))
        {
            Fail(StatusCodes.ServiceUnavailable, now);
        }
    }

    /// <summary>There is no response, and there will be none: the user is given one of ours.</summary>
    internal void Fail(int status, MediaTime now)
    {
        if (!IsDone)
        {
            _transaction?.Terminate();
            Finish(Request.CreateResponse(status, null), now);
        }
    }

    private bool TryNext(MediaTime now)
    {
        if (_cancelWanted || !_addresses.TryDequeue(out var flow))
        {
            return false;
        }

        if (Request.Via is not null)
        {
            Request = Request.Again(Request.CSeq.Number);
        }

        Start(flow, now);
        return true;
    }

    private void Start(SipFlow flow, MediaTime now)
    {
        Flow = flow;
        _transaction = _sender.Start(this, Request, flow, now);
        if (_transaction is null)
        {
            Fail(StatusCodes.ServiceUnavailable, now);
        }
    }

    private bool TryAuthenticate(SipResponse challenge, MediaTime now)
    {
        if (_digest is null || _cancelWanted)
        {
            return false;
        }

        // The sequence number is spent only on a challenge that can be answered.
        var next = Request.Again(Request.CSeq.Number);
        if (!_digest.TryAnswer(challenge, next))
        {
            return false;
        }

        Request = next.Again(_nextSequence());
        Start(Flow!.Value, now);
        return true;
    }

    private void OnProvisional(SipResponse response, MediaTime now)
    {
        if (_cancelWanted && !_cancelSent)
        {
            SendCancel(now);
        }

        if (response.StatusCode > StatusCodes.Trying && !IsDone)
        {
            _user.OnProvisional(this, response, now);
        }
    }

    private void Finish(SipResponse response, MediaTime now)
    {
        IsDone = true;
        _sender.Timers.Clear(_cancelLimit);
        _sender.Forget(this);
        _user.OnFinal(this, response, now);
    }

    private void SendCancel(MediaTime now)
    {
        _cancelSent = true;
        var cancel = SipRequest.Create(SipMethods.Cancel, Request.Uri, Request.From, Request.To, Request.CallId, Request.CSeq.Number);
        cancel.PutVia(Request.Via!);
        foreach (var route in Request.Headers.Rows(HeaderNames.Route))
        {
            cancel.Headers.Add(HeaderNames.Route, route);
        }

        // Whatever comes of it, the INVITE's own final response decides; but it is not waited for without end (RFC 3261 section 9.1).
        _sender.StartCancel(cancel, Flow!.Value, now);
        _sender.Timers.Set(_cancelLimit, now + _sender.Timing.Timeout);
    }
}
