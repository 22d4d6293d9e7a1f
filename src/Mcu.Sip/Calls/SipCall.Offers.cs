using System.Globalization;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>Offers and answers within the call: re-INVITE, UPDATE and PRACK, both ways, and what is done when they meet.</summary>
public sealed partial class SipCall
{
    /// <summary>An answer to our offer that came before the call was accepted.</summary>
    internal void OnOfferAnswered(SessionDescription? answer, int status, MediaTime now)
    {
        RemoteSession = answer ?? RemoteSession;
        _core.Handler.OnOfferAnswered(this, answer, status, now);
    }

    /// <summary>Our change of the session is through, or refused.</summary>
    internal void OnChangeDone(SessionChange change, SessionDescription? answer, int status, MediaTime now)
    {
        _change = null;
        if (answer is not null && change.Session is not null)
        {
            LocalSession = change.Session;
            RemoteSession = answer;
        }

        if (!change.IsRefresh)
        {
            _core.Handler.OnOfferAnswered(this, answer, status, now);
        }

        SendQueued(now);
    }

    /// <summary>An offer in an UPDATE or PRACK: answered in its 200.</summary>
    internal void OnOfferIn(ServerTransaction transaction, SessionDescription offer, MediaTime now)
    {
        _pendingOffer = new PendingOffer(
            offer,
            (answer, at) =>
            {
                _outgoing?.Renegotiate(transaction.Request, offer);
                Agree(transaction, answer, at);
            },
            (status, at) => Respond(transaction, status, at)
        );
        _core.Handler.OnOffer(this, offer, now);
    }

    /// <summary>A re-INVITE (RFC 3261 section 14.2): one at a time, and not while we are changing the session ourselves.</summary>
    private void ReceiveInvite(ServerTransaction transaction, Dialog dialog, MediaTime now)
    {
        var request = transaction.Request;
        if (_incoming is { IsPending: true })
        {
            Respond(transaction, StatusCodes.ServerInternalError, now, null, RetryAfter());
            return;
        }

        if (
            State == SipCallState.Calling
            || _change is { IsOnTheWay: true }
            || _incoming is { IsAwaitingAck: true }
            || _pendingOffer is not null
        )
        {
            Respond(transaction, StatusCodes.RequestPending, now);
            return;
        }

        if (!TryReadOffer(transaction, out var offer, now))
        {
            return;
        }

        dialog.RefreshTarget(request);
        var invite = new IncomingInvite(this, _core, transaction, dialog, offer is not null);
        _incoming = invite;
        transaction.Cancelled = at =>
        {
            _pendingOffer = null;
            invite.Refuse(StatusCodes.RequestTerminated, null, at);
            SendQueued(at);
        };
        _pendingOffer = new PendingOffer(offer, invite.Accept, (status, at) => invite.Refuse(status, null, at));
        _core.Handler.OnOffer(this, offer, now);
    }

    /// <summary>UPDATE (RFC 3311 section 5.2): an offer before or within the call, or only a refresh.</summary>
    private void ReceiveUpdate(ServerTransaction transaction, Dialog dialog, MediaTime now)
    {
        if (!TryReadOffer(transaction, out var offer, now))
        {
            return;
        }

        var isOurs =
            _change is { IsOnTheWay: true, Session: not null }
            || _incoming is { IsOfferOutstanding: true }
            || (State == SipCallState.Calling && !_outgoing!.IsAnswered(dialog));
        if (offer is not null && isOurs)
        {
            Respond(transaction, StatusCodes.RequestPending, now);
            return;
        }

        if (offer is not null && (_pendingOffer is not null || _incoming is { OwesAnswer: true }))
        {
            Respond(transaction, StatusCodes.ServerInternalError, now, null, RetryAfter());
            return;
        }

        dialog.RefreshTarget(transaction.Request);
        if (offer is null)
        {
            Agree(transaction, null, now);
        }
        else
        {
            OnOfferIn(transaction, offer, now);
        }
    }

    /// <summary>200 with what belongs into it; with an answer if there was an offer.</summary>
    private void Agree(ServerTransaction transaction, SessionDescription? answer, MediaTime now)
    {
        var request = transaction.Request;
        var response = request.CreateResponse(StatusCodes.Ok, null);
        SipCore.AddCapabilities(response);
        _core.AddProduct(response);
        if (request.Method == SipMethods.Update)
        {
            response.Headers.Add(HeaderNames.Contact, _core.Requests.ContactFor(transaction.Flow, LocalUser, request.Uri.IsSecure));
            SessionTimer.Agree(request, response, now);
        }

        if (answer is not null)
        {
            response.SetSdp(answer);
        }

        transaction.Respond(response, now);
    }

    private bool TryReadOffer(ServerTransaction transaction, out SessionDescription? offer, MediaTime now)
    {
        var request = transaction.Request;
        offer = null;
        if (SessionTimer.IsTooSmall(_core, request, out var minimum))
        {
            Respond(transaction, StatusCodes.SessionIntervalTooSmall, now, null, new SipHeader(HeaderNames.MinSE, minimum));
            return false;
        }

        switch (request.TryReadSdp(out offer, out var problem))
        {
            case SdpPresence.UnknownType:
                Respond(transaction, StatusCodes.UnsupportedMediaType, now, null, new SipHeader(HeaderNames.Accept, SipBody.Sdp));
                return false;
            case SdpPresence.Malformed:
                Respond(transaction, StatusCodes.BadRequest, now, problem);
                return false;
            default:
                return true;
        }
    }

    private void Refresh(MediaTime now)
    {
        if (State != SipCallState.Established || _change is not null || IsPeerChanging)
        {
            return;
        }

        Change(_peerAllowsUpdate ? SipMethods.Update : SipMethods.Invite, _peerAllowsUpdate ? null : LocalSession, true, now);
    }

    /// <summary>0 to 10 s, as RFC 3261 section 14.2 has it.</summary>
    private SipHeader RetryAfter() =>
        new(HeaderNames.RetryAfter, ((int)(_core.Random.NextUnit() * 11)).ToString(CultureInfo.InvariantCulture));
}
