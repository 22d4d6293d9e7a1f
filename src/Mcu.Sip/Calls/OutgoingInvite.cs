using System.Globalization;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>
/// The INVITE that begins a call of ours. A proxy may fork it: each callee that answers has a dialog of its own, the first that accepts is
/// taken, others that accept as well are thanked and hung up on (RFC 3261 section 13.2.2.4).
/// </summary>
internal sealed class OutgoingInvite : IOutgoingRequestUser
{
    private readonly SipCall _call;
    private readonly SipCore _core;
    private readonly OutgoingCall _plan;
    private readonly SipTimer _ringLimit;
    private readonly Dictionary<string, EarlyDialog> _early = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (SipFlow Flow, byte[] Bytes)> _acks = new(StringComparer.Ordinal);
    private OutgoingRequest? _request;
    private uint _sequence;

    public OutgoingInvite(SipCall call, SipCore core, OutgoingCall plan)
    {
        _call = call;
        _core = core;
        _plan = plan;
        _ringLimit = new SipTimer(now => _call.GiveUp(StatusCodes.RequestTimeout, "Nobody answered", now));
    }

    public void Send(SipRequest invite, MediaTime now)
    {
        _sequence = invite.CSeq.Number;
        if (!_ringLimit.IsSet)
        {
            _core.Timers.Set(_ringLimit, now + _plan.RingLimit);
        }

        _request = null;
        _request = _core.Requests.Send(this, invite, _plan.Flow, _plan.Credentials, NextSequence, now);
    }

    public void Cancel(MediaTime now)
    {
        _core.Timers.Clear(_ringLimit);
        _request?.Cancel(now);
    }

    void IOutgoingRequestUser.OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        if (_call.State != SipCallState.Calling || FindDialog(request, response) is not { } early)
        {
            return;
        }

        var presence = response.TryReadSdp(out var session, out _);
        if (response.Headers.HasToken(HeaderNames.Require, Extensions.Reliable) && response.Number(HeaderNames.RSeq) is { } sequence)
        {
            // In order, and each once (RFC 3262 section 4).
            if (early.LastReliable is { } last && sequence != last + 1)
            {
                return;
            }

            early.LastReliable = sequence;
            early.Answer ??= session;
            SendPrack(early.Dialog, sequence, request.Request.CSeq, now);
        }

        early.Dialog.RefreshTarget(response);
        _call.OnProgress(response, presence == SdpPresence.Present ? session : null, now);
    }

    void IOutgoingRequestUser.OnFinal(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        _core.Timers.Clear(_ringLimit);
        if (response.IsSuccess)
        {
            Accept(request, response, now);
            return;
        }

        ForgetEarly();
        if (
            _call.State == SipCallState.Calling
            && response.StatusCode == StatusCodes.SessionIntervalTooSmall
            && _call.SessionTimer.Raise(response)
        )
        {
            var again = request.Request.Again(NextSequence());
            _call.SessionTimer.Ask(again);
            Send(again, now);
            return;
        }

        _call.OnRefused(response, now);
    }

    /// <summary>Our offer was answered reliably in this early dialog, so that the callee may make the next (RFC 3311 section 5.1).</summary>
    public bool IsAnswered(Dialog dialog) => _early.GetValueOrDefault(dialog.Id.RemoteTag)?.Answer is not null;

    /// <summary>An offer of the callee was answered: it takes the place of the answer to ours.</summary>
    public void Renegotiate(SipRequest update, SessionDescription offer)
    {
        if (_early.GetValueOrDefault(update.From.Tag ?? "") is { } early)
        {
            early.Answer = offer;
        }
    }

    /// <summary>The dialog of a request from the peer while the call is not established.</summary>
    public Dialog? Find(DialogId id) => _early.GetValueOrDefault(id.RemoteTag)?.Dialog;

    private uint NextSequence() => ++_sequence;

    private EarlyDialog? FindDialog(OutgoingRequest request, SipResponse response)
    {
        if (response.To.Tag is not { } tag)
        {
            return null;
        }

        if (_early.TryGetValue(tag, out var known))
        {
            return known;
        }

        if (_early.Count >= _core.Options.MaxForks || Dialog.OfOutgoing(request.Request, response, _plan.Flow) is not { } dialog)
        {
            return null;
        }

        var early = new EarlyDialog(dialog);
        _early.Add(tag, early);
        _core.Add(dialog.Id, _call);
        return early;
    }

    private void Accept(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        var tag = response.To.Tag ?? "";
        if (_acks.TryGetValue(tag, out var ack))
        {
            // Our ACK was lost.
            _core.Requests.Repeat(ack.Flow, ack.Bytes);
            return;
        }

        var early = _early.GetValueOrDefault(tag);
        ForgetEarly();
        // The 2xx says anew what the way is; what an early response said counts no more (RFC 3261 section 13.2.2.4).
        if (_acks.Count >= _core.Options.MaxForks || Dialog.OfOutgoing(request.Request, response, _plan.Flow) is not { } dialog)
        {
            _call.OnUnusable("The answer has no usable way back", now);
            return;
        }

        for (var passed = early?.Dialog.LocalSequence ?? 0; dialog.LocalSequence < passed; )
        {
            dialog.NextSequence();
        }

        SendAck(tag, dialog, request);
        if (_call.State != SipCallState.Calling)
        {
            // Cancelled too late, or a fork too many.
            SipCall.SendBye(_core, dialog, now);
            return;
        }

        var presence = response.TryReadSdp(out var session, out _);
        var answer = early?.Answer ?? (presence == SdpPresence.Present ? session : null);
        _core.Add(dialog.Id, _call);
        dialog.IsConfirmed = true;
        _call.OnAccepted(dialog, response, answer, now);
    }

    private void SendAck(string tag, Dialog dialog, OutgoingRequest request)
    {
        var ack = dialog.CreateAck(request.Request.CSeq.Number);
        // The same proxies will ask for the same credentials (RFC 3261 section 22.1).
        foreach (var name in (ReadOnlySpan<string>)[HeaderNames.Authorization, HeaderNames.ProxyAuthorization])
        {
            foreach (var row in request.Request.Headers.Rows(name))
            {
                ack.Headers.Add(name, row);
            }
        }

        _acks.Add(tag, _core.Requests.SendAck(ack, dialog.Flow, request.Flow!.Value));
    }

    private void SendPrack(Dialog dialog, uint sequence, CSeq invite, MediaTime now)
    {
        var prack = dialog.CreateRequest(SipMethods.Prack);
        prack.Headers.Add(HeaderNames.RAck, $"{sequence.ToString(CultureInfo.InvariantCulture)} {invite}");
        _core.AddProduct(prack);
        _core.Requests.Send(NoOutcome.Instance, prack, dialog.Flow, _plan.Credentials, dialog.NextSequence, now);
    }

    private void ForgetEarly()
    {
        foreach (var early in _early.Values)
        {
            _core.Remove(early.Dialog.Id);
        }

        _early.Clear();
    }

    private sealed class EarlyDialog(Dialog dialog)
    {
        public Dialog Dialog => dialog;

        public uint? LastReliable { get; set; }

        /// <summary>An answer that came reliably: it counts, whatever the 2xx says.</summary>
        public SessionDescription? Answer { get; set; }
    }
}

/// <summary>A request whose outcome changes nothing.</summary>
internal sealed class NoOutcome : IOutgoingRequestUser
{
    public static readonly NoOutcome Instance = new();

    public void OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now) { }

    public void OnFinal(OutgoingRequest request, SipResponse response, MediaTime now) { }
}
