using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Authentication;
using Mcu.Sip.Calls;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;

namespace Mcu.Sip;

/// <summary>
/// Sorts requests: known transaction | CANCEL | within a call | from outside. Those from outside pass the checks of RFC 3261 section 8.2 in its
/// order; whatever is refused there is refused without remembering anything.
/// </summary>
internal sealed class IncomingRequests
{
    private readonly SipCore _core;
    private readonly DigestServer? _digest;

    private readonly StatelessResponder _stateless;

    public IncomingRequests(SipCore core)
    {
        _core = core;
        _stateless = new StatelessResponder(core);
        var options = core.Options;
        _digest = options.Accounts is { } accounts
            ? new DigestServer(options.Realm, accounts, options.Random, options.NonceLifetime, options.MaxNonces)
            : null;
    }

    public void Receive(SipRequest request, SipFlow flow, MediaTime now)
    {
        if (_core.Transactions.ReceiveKnown(request, now))
        {
            return;
        }

        var call = request.To.Tag is null ? null : _core.Find(DialogId.Of(request));
        if (request.Method == SipMethods.Ack)
        {
            call?.ReceiveAck(request, now);
        }
        else if (request.Method == SipMethods.Cancel)
        {
            ReceiveCancel(request, flow, now);
        }
        else if (request.To.Tag is not null)
        {
            ReceiveWithin(request, call, flow, now);
        }
        else
        {
            ReceiveOutside(request, flow, now);
        }
    }

    /// <summary>A request that was not even parsed.</summary>
    public void Reject(SipParseError error, SipFlow flow, MediaTime now)
    {
        if (error.Rejected is { } rejected && _core.Handler.Admit(null, flow, now).Kind != SipAdmissionKind.Drop)
        {
            _stateless.Refuse(rejected, flow, error);
        }
    }

    private void ReceiveCancel(SipRequest request, SipFlow flow, MediaTime now)
    {
        if (!_core.Transactions.TryFindCancelled(request, out var cancelled))
        {
            if (_core.Handler.Admit(request, flow, now).Kind != SipAdmissionKind.Drop)
            {
                _stateless.Refuse(request, flow, StatusCodes.CallDoesNotExist);
            }

            return;
        }

        // The answer has the tag that the INVITE's has.
        if (_core.Transactions.IsExhausted)
        {
            return;
        }

        var transaction = _core.Transactions.Accept(request, flow);
        transaction.Respond(request.CreateResponse(StatusCodes.Ok, cancelled.LocalTag ?? _stateless.Tag), now);
        if (cancelled.FinalStatus == 0)
        {
            cancelled.Cancelled?.Invoke(now);
        }
    }

    private void ReceiveWithin(SipRequest request, SipCall? call, SipFlow flow, MediaTime now)
    {
        if (call is null)
        {
            if (_core.Handler.Admit(request, flow, now).Kind != SipAdmissionKind.Drop)
            {
                _stateless.Refuse(request, flow, StatusCodes.CallDoesNotExist);
            }

            return;
        }

        if (_core.Transactions.IsExhausted)
        {
            _stateless.Refuse(request, flow, StatusCodes.ServiceUnavailable);
            return;
        }

        var transaction = _core.Transactions.Accept(request, flow);
        if (transaction.IsInvite)
        {
            transaction.Respond(request.CreateResponse(StatusCodes.Trying, null), now);
        }

        call.Receive(transaction, now);
    }

    private void ReceiveOutside(SipRequest request, SipFlow flow, MediaTime now)
    {
        var admission = _core.Handler.Admit(request, flow, now);
        if (admission.Kind == SipAdmissionKind.Drop)
        {
            return;
        }

        if (admission.Kind == SipAdmissionKind.Reject)
        {
            _stateless.Refuse(request, flow, admission.Status);
            return;
        }

        if (Check(request) is var (status, header))
        {
            _stateless.Refuse(request, flow, status, header);
            return;
        }

        string? user = null;
        if (admission.Kind == SipAdmissionKind.Challenge && !IsAuthenticated(request, flow, now, out user))
        {
            return;
        }

        if (request.Method == SipMethods.Options)
        {
            AnswerOptions(request, flow);
        }
        else
        {
            ReceiveInvite(request, flow, user, now);
        }
    }

    /// <summary>RFC 3261 section 8.2, before anything is done: method, URI, loops, extensions, body.</summary>
    private (int Status, SipHeader? Header)? Check(SipRequest request)
    {
        if (request.Method is not (SipMethods.Invite or SipMethods.Options))
        {
            var status = SipMethods.IsKnown(request.Method) ? StatusCodes.MethodNotAllowed : StatusCodes.NotImplemented;
            return (status, new SipHeader(HeaderNames.Allow, string.Join(", ", SipMethods.Supported)));
        }

        if (request.Uri.Scheme is not ("sip" or "sips" or "tel"))
        {
            return (StatusCodes.UnsupportedUriScheme, null);
        }

        if (_core.Transactions.IsMerged(request))
        {
            return (StatusCodes.LoopDetected, null);
        }

        if (Extensions.Unsupported(request) is { Count: > 0 } unsupported)
        {
            return (StatusCodes.BadExtension, new SipHeader(HeaderNames.Unsupported, string.Join(", ", unsupported)));
        }

        return request.Headers.Has(HeaderNames.ContentEncoding) && !request.Headers.HasToken(HeaderNames.ContentEncoding, "identity")
            ? (StatusCodes.UnsupportedMediaType, new SipHeader("Accept-Encoding", "identity"))
            : null;
    }

    private bool IsAuthenticated(SipRequest request, SipFlow flow, MediaTime now, out string? user)
    {
        user = null;
        if (_digest is null)
        {
            _stateless.Refuse(request, flow, StatusCodes.Forbidden);
            return false;
        }

        var verdict = _digest.Verify(request, now, out user);
        if (verdict == DigestVerdict.Valid)
        {
            return true;
        }

        var response = _stateless.Create(request, StatusCodes.Unauthorized);
        _digest.Challenge(response, verdict == DigestVerdict.Stale, now);
        _stateless.Send(request, flow, response);
        return false;
    }

    private void ReceiveInvite(SipRequest request, SipFlow flow, string? user, MediaTime now)
    {
        if (!TryReadOffer(request, flow, out var offer) || !TryFindReplaced(request, flow, out var replaced))
        {
            return;
        }

        if (SessionTimer.IsTooSmall(_core, request, out var minimum))
        {
            _stateless.Refuse(request, flow, StatusCodes.SessionIntervalTooSmall, new SipHeader(HeaderNames.MinSE, minimum));
            return;
        }

        if (_core.Transactions.IsFull || !_core.HasRoomForCall)
        {
            _stateless.Refuse(request, flow, StatusCodes.ServiceUnavailable, new SipHeader(HeaderNames.RetryAfter, "10"));
            return;
        }

        var tag = _core.NewTag();
        if (Dialog.OfIncoming(request, flow, tag) is not { } dialog)
        {
            _stateless.Refuse(request, flow, StatusCodes.BadRequest, null, "No usable Contact or Record-Route");
            return;
        }

        var transaction = _core.Transactions.Accept(request, flow);
        transaction.LocalTag = tag;
        transaction.Respond(request.CreateResponse(StatusCodes.Trying, null), now);
        var call = new SipCall(_core, transaction, dialog, offer, replaced, user, now);
        _core.Handler.OnIncomingCall(call, offer, now);
    }

    private bool TryReadOffer(SipRequest request, SipFlow flow, out SessionDescription? offer)
    {
        var accept = new SipHeader(HeaderNames.Accept, SipBody.Sdp);
        switch (request.TryReadSdp(out offer, out var problem))
        {
            case SdpPresence.UnknownType:
                _stateless.Refuse(request, flow, StatusCodes.UnsupportedMediaType, accept);
                return false;
            case SdpPresence.Malformed:
                _stateless.Refuse(request, flow, StatusCodes.BadRequest, null, problem);
                return false;
            default:
                break;
        }

        // An answer that the caller would not take is none (RFC 3261 section 8.2.6; RFC 4475 section 3.3.15).
        if (request.Headers.Has(HeaderNames.Accept) && !request.Headers.Elements(HeaderNames.Accept).Any(TakesSdp))
        {
            _stateless.Refuse(request, flow, StatusCodes.NotAcceptable, accept);
            return false;
        }

        return true;
    }

    /// <summary>The call that a Replaces header means (RFC 3891 section 3): 481 if there is none, 486 if only an early one was meant.</summary>
    private bool TryFindReplaced(SipRequest request, SipFlow flow, out SipCall? replaced)
    {
        replaced = null;
        if (request.Headers[HeaderNames.Replaces] is not { } text)
        {
            return true;
        }

        if (request.Headers.CountOf(HeaderNames.Replaces) > 1 || !ReplacesHeader.TryParse(text, out var replaces))
        {
            _stateless.Refuse(request, flow, StatusCodes.BadRequest, null, "Bad Replaces");
            return false;
        }

        replaced = _core.Find(replaces.Dialog);
        var status =
            replaced is null ? StatusCodes.CallDoesNotExist
            : replaced.State == SipCallState.Ended ? StatusCodes.Decline
            : replaced.State == SipCallState.Incoming ? StatusCodes.CallDoesNotExist
            : replaced.State == SipCallState.Established && replaces.IsEarlyOnly ? StatusCodes.BusyHere
            : 0;
        if (status != 0)
        {
            _stateless.Refuse(request, flow, status);
        }

        return status == 0;
    }

    /// <summary>What an INVITE would have been answered with, and what we can do (RFC 3261 section 11.2).</summary>
    private void AnswerOptions(SipRequest request, SipFlow flow)
    {
        var response = _stateless.Create(request, _core.HasRoomForCall ? StatusCodes.Ok : StatusCodes.ServiceUnavailable);
        SipCore.AddCapabilities(response);
        response
            .Headers.Add(HeaderNames.Accept, SipBody.Sdp)
            .Add("Accept-Encoding", "identity")
            .Add("Accept-Language", "en")
            .Add(HeaderNames.Contact, _core.Requests.ContactFor(flow, request.Uri.IsSip ? request.Uri.User : null, request.Uri.IsSecure));
        _stateless.Send(request, flow, response);
    }

    private static bool TakesSdp(string range) =>
        SipBody.IsType(range, SipBody.Sdp) || SipBody.IsType(range, "application/*") || SipBody.IsType(range, "*/*");
}
