using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>
/// One INVITE of the peer, the first of a call or a later one: provisional responses, reliable where the peer can, one final response, and the
/// 2xx again and again until its ACK comes (RFC 3261 section 13.3.1.4). Keeps track of who owes whom an answer within it.
/// </summary>
internal sealed class IncomingInvite
{
    // An INVITE that rings longer is told so every minute, lest a proxy gives up (RFC 3261 section 13.3.1.1).
    private static readonly TimeSpan s_remind = TimeSpan.FromMinutes(1);

    private readonly SipCall _call;
    private readonly SipCore _core;
    private readonly ServerTransaction _transaction;
    private readonly Dialog _dialog;
    private readonly ReliableProvisionals _reliable;
    private readonly SipTimer _repeat;
    private readonly SipTimer _limit;
    private readonly SipTimer _remind;
    private readonly bool _hasOffer;
    private bool _answerSent;
    private bool _offerSent;
    private TimeSpan _interval;
    private SipResponse? _last;
    private (SessionDescription? Session, bool IsWaiting) _deferred;

    public IncomingInvite(SipCall call, SipCore core, ServerTransaction transaction, Dialog dialog, bool hasOffer)
    {
        _call = call;
        _core = core;
        _transaction = transaction;
        _dialog = dialog;
        _hasOffer = hasOffer;
        _reliable = new ReliableProvisionals(core, transaction, call.OnProvisionalLost);
        _repeat = new SipTimer(OnRepeat);
        _limit = new SipTimer(OnLimit);
        _remind = new SipTimer(OnRemind);
    }

    public SipRequest Request => _transaction.Request;

    /// <summary>No final response was given.</summary>
    public bool IsPending => _transaction.FinalStatus == 0;

    public bool IsAwaitingAck { get; private set; }

    /// <summary>An offer of ours is under way in it, and not answered.</summary>
    public bool IsOfferOutstanding { get; private set; }

    /// <summary>The peer's offer in it is not answered for good.</summary>
    public bool OwesAnswer => IsPending && _hasOffer && !_answerSent;

    private bool PeerCanReliable => Request.Headers.HasToken(HeaderNames.Supported, Extensions.Reliable) || PeerRequiresReliable;

    private bool PeerRequiresReliable => Request.Headers.HasToken(HeaderNames.Require, Extensions.Reliable);

    public void Progress(int status, SessionDescription? session, MediaTime now)
    {
        if (!IsPending || _deferred.IsWaiting)
        {
            return;
        }

        var isReliable = PeerRequiresReliable || (PeerCanReliable && session is not null);
        var response = CreateResponse(status);
        // Without an offer the session is an offer of ours, which must arrive.
        if (session is not null && (_hasOffer || isReliable) && !_answerSent && !IsOfferOutstanding)
        {
            response.SetSdp(session);
            _call.LocalSession = session;
            _answerSent = _hasOffer && isReliable;
            _offerSent = IsOfferOutstanding = !_hasOffer;
        }

        _core.Timers.Set(_remind, now + s_remind);
        if (isReliable)
        {
            _reliable.Send(response, now);
        }
        else
        {
            _last = response;
            _transaction.Respond(response, now);
        }
    }

    /// <summary>Accepts with the answer, or with an offer of ours if there was none; neither if that was done reliably already.</summary>
    public void Accept(SessionDescription? session, MediaTime now)
    {
        if (!IsPending)
        {
            return;
        }

        if (_reliable.HoldsSession)
        {
            _deferred = (session, true);
            return;
        }

        _reliable.Stop();
        _core.Timers.Clear(_remind);
        var response = CreateResponse(StatusCodes.Ok);
        SipCore.AddCapabilities(response);
        _call.SessionTimer.Agree(Request, response, now);
        if (session is not null && !_answerSent && !_offerSent)
        {
            response.SetSdp(session);
            _call.LocalSession = session;
            _offerSent = IsOfferOutstanding = !_hasOffer;
        }

        IsAwaitingAck = true;
        _last = response;
        _interval = _core.Options.Timing.T1;
        _core.Timers.Set(_repeat, now + _interval);
        _core.Timers.Set(_limit, now + _core.Options.Timing.Timeout);
        _transaction.Respond(response, now);
    }

    public void Refuse(int status, string? reason, MediaTime now, IEnumerable<SipHeader>? headers = null)
    {
        if (!IsPending)
        {
            return;
        }

        Stop();
        var response = Request.CreateResponse(status, _dialog.Id.LocalTag, reason);
        _core.AddProduct(response);
        foreach (var header in headers ?? [])
        {
            response.Headers.Add(header.Name, header.Value);
        }

        _transaction.Respond(response, now);
    }

    /// <summary>Takes the ACK of our 2xx; false if it is not for this one.</summary>
    public bool TakeAck(SipRequest ack, MediaTime now)
    {
        if (ack.CSeq.Number != Request.CSeq.Number || !IsAwaitingAck)
        {
            return false;
        }

        IsAwaitingAck = false;
        _core.Timers.Clear(_repeat);
        _core.Timers.Clear(_limit);
        if (!IsOfferOutstanding)
        {
            _call.OnAcknowledged(null, now);
            return true;
        }

        IsOfferOutstanding = false;
        if (ack.TryReadSdp(out var answer, out _) == SdpPresence.Present)
        {
            _call.OnAcknowledged(answer, now);
        }
        else
        {
            _call.Fail("The ACK has no answer to our offer", now);
        }

        return true;
    }

    /// <summary>Takes the PRACK of a provisional response: 481 if there is none that waits for it.</summary>
    public void TakePrack(SipRequest prack, ServerTransaction transaction, MediaTime now)
    {
        if (!_reliable.IsFor(prack))
        {
            _call.Respond(transaction, StatusCodes.CallDoesNotExist, now);
            return;
        }

        var presence = prack.TryReadSdp(out var session, out var problem);
        if (presence is SdpPresence.Malformed or SdpPresence.UnknownType)
        {
            _call.Respond(transaction, StatusCodes.BadRequest, now, problem);
            return;
        }

        // Our offer is answered here; where it was the peer's that we answered, this may be the next offer (RFC 3262 section 5).
        var isAnswer = IsOfferOutstanding && session is not null;
        IsOfferOutstanding = IsOfferOutstanding && session is null;
        if (session is null || isAnswer)
        {
            _call.Respond(transaction, StatusCodes.Ok, now);
        }

        _reliable.Acknowledge(now);
        if (isAnswer)
        {
            _call.OnOfferAnswered(session, StatusCodes.Ok, now);
        }
        else if (session is not null)
        {
            _call.OnOfferIn(transaction, session, now);
        }

        if (_deferred.IsWaiting && !_reliable.HoldsSession && IsPending)
        {
            var accepted = _deferred.Session;
            _deferred = default;
            Accept(accepted, now);
        }
    }

    public void Stop()
    {
        _reliable.Stop();
        _deferred = default;
        IsAwaitingAck = false;
        IsOfferOutstanding = false;
        _core.Timers.Clear(_repeat);
        _core.Timers.Clear(_limit);
        _core.Timers.Clear(_remind);
    }

    /// <summary>A response that makes or continues a dialog: Contact and the way (RFC 3261 section 12.1.1).</summary>
    private SipResponse CreateResponse(int status)
    {
        var response = Request.CreateResponse(status, _dialog.Id.LocalTag);
        foreach (var route in Request.Headers.Rows(HeaderNames.RecordRoute))
        {
            response.Headers.Add(HeaderNames.RecordRoute, route);
        }

        response.Headers.Add(HeaderNames.Contact, _core.Requests.ContactFor(_transaction.Flow, _call.LocalUser, Request.Uri.IsSecure));
        _core.AddProduct(response);
        return response;
    }

    private void OnRepeat(MediaTime now)
    {
        _interval = 2 * _interval < _core.Options.Timing.T2 ? 2 * _interval : _core.Options.Timing.T2;
        _core.Timers.Set(_repeat, now + _interval);
        _transaction.Respond(_last!, now);
    }

    private void OnLimit(MediaTime now)
    {
        Stop();
        _call.Fail("No ACK came", now);
    }

    private void OnRemind(MediaTime now)
    {
        if (IsPending && _last is { StatusCode: > StatusCodes.Trying } last)
        {
            _core.Timers.Set(_remind, now + s_remind);
            _transaction.Respond(last, now);
        }
    }
}
