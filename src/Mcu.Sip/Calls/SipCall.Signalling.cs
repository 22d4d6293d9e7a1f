using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>What the network brings: requests within the call, and what becomes of ours.</summary>
public sealed partial class SipCall
{
    /// <summary>An offer of the peer is not answered, or an answer of ours is not acknowledged.</summary>
    internal bool IsPeerChanging => _pendingOffer is not null || _incoming is { IsPending: true } or { IsAwaitingAck: true };

    /// <summary>A request within the call.</summary>
    internal void Receive(ServerTransaction transaction, MediaTime now)
    {
        var request = transaction.Request;
        var dialog = _dialog ?? _outgoing?.Find(DialogId.Of(request));
        if (dialog is null)
        {
            Respond(transaction, StatusCodes.CallDoesNotExist, now);
            return;
        }

        if (!dialog.TakeSequence(request.CSeq.Number))
        {
            Respond(transaction, StatusCodes.ServerInternalError, now, "CSeq out of order");
            return;
        }

        if (Extensions.Unsupported(request) is { Count: > 0 } unsupported)
        {
            Respond(
                transaction,
                StatusCodes.BadExtension,
                now,
                null,
                new SipHeader(HeaderNames.Unsupported, string.Join(", ", unsupported))
            );
            return;
        }

        dialog.Follow(transaction.Flow);
        LearnCapabilities(request);
        Dispatch(transaction, dialog, now);
    }

    /// <summary>An ACK of a 2xx of ours; one that is for none is of no interest.</summary>
    internal void ReceiveAck(SipRequest ack, MediaTime now) => _incoming?.TakeAck(ack, now);

    internal void Respond(
        ServerTransaction transaction,
        int status,
        MediaTime now,
        string? reason = null,
        params ReadOnlySpan<SipHeader> headers
    )
    {
        var response = transaction.Request.CreateResponse(status, null, reason);
        _core.AddProduct(response);
        foreach (var header in headers)
        {
            response.Headers.Add(header.Name, header.Value);
        }

        transaction.Respond(response, now);
    }

    internal void OnProgress(SipResponse response, SessionDescription? session, MediaTime now)
    {
        RemoteSession = session ?? RemoteSession;
        _core.Handler.OnProgress(this, response.StatusCode, session, now);
    }

    internal void OnAccepted(Dialog dialog, SipResponse response, SessionDescription? answer, MediaTime now)
    {
        _dialog = dialog;
        State = SipCallState.Established;
        if (answer is null)
        {
            Fail("The call was accepted without an answer to our offer", now);
            return;
        }

        RemoteSession = answer;
        LearnCapabilities(response);
        SessionTimer.Learn(response, now);
        _core.Handler.OnEstablished(this, answer, now);
        SendQueued(now);
    }

    internal void OnRefused(SipResponse response, MediaTime now) =>
        End(new SipCallEnd(SipEndCause.Refused, response.StatusCode, WireText.ToText(response.ReasonPhrase), response), now);

    internal void OnUnusable(string reason, MediaTime now) => End(new SipCallEnd(SipEndCause.Failed, 0, reason), now);

    /// <summary>Nobody answered in time.</summary>
    internal void GiveUp(int status, string reason, MediaTime now)
    {
        End(new SipCallEnd(SipEndCause.Refused, status, reason), now);
        _outgoing!.Cancel(now);
    }

    /// <summary>The ACK of an answer of ours.</summary>
    internal void OnAcknowledged(SessionDescription? answer, MediaTime now)
    {
        RemoteSession = answer ?? RemoteSession;
        if (State == SipCallState.Ended)
        {
            SendBye(_core, _dialog!, now);
            Release(now);
            return;
        }

        if (State == SipCallState.Answered)
        {
            State = SipCallState.Established;
            _core.Handler.OnEstablished(this, answer, now);
        }
        else if (answer is not null)
        {
            _core.Handler.OnOfferAnswered(this, answer, StatusCodes.Ok, now);
        }

        SendQueued(now);
    }

    /// <summary>The caller did not acknowledge a provisional response (RFC 3262 section 3).</summary>
    internal void OnProvisionalLost(MediaTime now)
    {
        _incoming!.Refuse(StatusCodes.ServerTimeout, null, now);
        End(new SipCallEnd(SipEndCause.Failed, StatusCodes.ServerTimeout, "No PRACK came"), now);
    }

    /// <summary>The peer does what makes no sense, or does nothing: the call is hung up.</summary>
    internal void Fail(string reason, MediaTime now)
    {
        if (_dialog is { IsConfirmed: true } dialog)
        {
            SendBye(_core, dialog, now, Credentials);
        }

        _incoming?.Stop();
        if (State == SipCallState.Ended)
        {
            Release(now);
            return;
        }

        End(new SipCallEnd(SipEndCause.Failed, 0, reason), now);
    }

    private void Dispatch(ServerTransaction transaction, Dialog dialog, MediaTime now)
    {
        var request = transaction.Request;
        switch (request.Method)
        {
            case SipMethods.Bye:
                ReceiveBye(transaction, now);
                break;
            case SipMethods.Prack when _incoming is not null:
                _incoming.TakePrack(request, transaction, now);
                break;
            case SipMethods.Prack:
                Respond(transaction, StatusCodes.CallDoesNotExist, now);
                break;
            case var _ when State == SipCallState.Ended:
                Respond(transaction, StatusCodes.CallDoesNotExist, now);
                break;
            case SipMethods.Invite:
                ReceiveInvite(transaction, dialog, now);
                break;
            case SipMethods.Update:
                ReceiveUpdate(transaction, dialog, now);
                break;
            case SipMethods.Info:
                Respond(transaction, _core.Handler.OnInfo(this, request, now), now);
                break;
            case SipMethods.Refer:
                _transfers.ReceiveRefer(transaction, dialog, now);
                break;
            case SipMethods.Notify:
                _transfers.ReceiveNotify(transaction, now);
                break;
            case SipMethods.Options:
                Agree(transaction, null, now);
                break;
            default:
                Respond(
                    transaction,
                    StatusCodes.MethodNotAllowed,
                    now,
                    null,
                    new SipHeader(HeaderNames.Allow, string.Join(", ", SipMethods.Supported))
                );
                break;
        }
    }

    private void ReceiveBye(ServerTransaction transaction, MediaTime now)
    {
        Respond(transaction, StatusCodes.Ok, now);
        // The INVITE that it overtook, ours to answer, ends with it (RFC 3261 section 15.1.2).
        _incoming?.Refuse(StatusCodes.RequestTerminated, null, now);
        _incoming?.Stop();
        if (State == SipCallState.Ended)
        {
            Release(now);
            return;
        }

        if (State == SipCallState.Calling)
        {
            // One of several callees in the making left: the INVITE's final response decides.
            return;
        }

        End(new SipCallEnd(SipEndCause.Remote, 0, "The peer hung up"), now);
    }

    private void OnCancelled(MediaTime now)
    {
        if (State == SipCallState.Incoming)
        {
            _incoming!.Refuse(StatusCodes.RequestTerminated, null, now);
            End(new SipCallEnd(SipEndCause.Cancelled, StatusCodes.RequestTerminated, "The caller gave up"), now);
        }
    }

    /// <summary>Whoever owns the call has not made up his mind.</summary>
    private void OnUnanswered(MediaTime now)
    {
        _incoming!.Refuse(StatusCodes.TemporarilyUnavailable, null, now);
        End(new SipCallEnd(SipEndCause.Failed, StatusCodes.TemporarilyUnavailable, "Not answered in time"), now);
    }

    private void OnExpired(MediaTime now)
    {
        if (State is SipCallState.Established)
        {
            SendBye(_core, _dialog!, now, Credentials);
            End(new SipCallEnd(SipEndCause.Expired, 0, "The session was not refreshed"), now);
        }
    }

    private void LearnCapabilities(SipMessage message)
    {
        if (message.Headers.Has(HeaderNames.Allow))
        {
            _peerAllowsUpdate = message.Headers.HasToken(HeaderNames.Allow, SipMethods.Update);
        }
    }
}
