using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Authentication;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>
/// One call, ours or the peer's. What its owner does is here, what the network brings is in the other part. Methods that no longer fit the
/// call's state do nothing: the peer may always have been faster.
/// </summary>
public sealed partial class SipCall
{
    private readonly SipCore _core;
    private readonly CallTransfers _transfers;
    private readonly OutgoingCall? _plan;
    private readonly OutgoingInvite? _outgoing;
    private readonly SipTimer? _answerLimit;
    private IncomingInvite? _incoming;
    private Dialog? _dialog;
    private SessionChange? _change;
    private SessionDescription? _queuedOffer;
    private PendingOffer? _pendingOffer;
    private bool _peerAllowsUpdate;
    private bool _isReplaced;

    /// <summary>A call that comes in.</summary>
    internal SipCall(
        SipCore core,
        ServerTransaction transaction,
        Dialog dialog,
        SessionDescription? offer,
        SipCall? replaces,
        string? user,
        MediaTime now
    )
        : this(core, transaction.Request.CallId, true, transaction.Request.To, transaction.Request.From)
    {
        Invite = transaction.Request;
        AuthenticatedUser = user;
        Source = transaction.Flow;
        Replaces = replaces;
        RemoteSession = offer;
        LocalUser = transaction.Request.Uri.IsSip ? transaction.Request.Uri.User : null;
        _dialog = dialog;
        _incoming = new IncomingInvite(this, core, transaction, dialog, offer is not null);
        State = SipCallState.Incoming;
        _answerLimit = new SipTimer(OnUnanswered);
        core.Timers.Set(_answerLimit, now + core.Options.AnswerLimit);
        LearnCapabilities(Invite);
        transaction.Cancelled = OnCancelled;
        core.Add(this);
        core.Add(dialog.Id, this);
    }

    /// <summary>A call of ours; <see cref="Start"/> sends it.</summary>
    internal SipCall(SipCore core, OutgoingCall plan, SessionDescription offer)
        : this(core, $"{core.Random.NextToken(16)}", false, plan.From.WithTag(core.NewTag()), new NameAddress(plan.Target))
    {
        _plan = plan;
        LocalSession = offer;
        LocalUser = plan.From.Uri.User;
        _outgoing = new OutgoingInvite(this, core, plan);
        State = SipCallState.Calling;
        core.Add(this);
    }

    private SipCall(SipCore core, string callId, bool isIncoming, NameAddress local, NameAddress peer)
    {
        _core = core;
        CallId = callId;
        IsIncoming = isIncoming;
        Local = local;
        Peer = peer;
        SessionTimer = new SessionTimer(core, Refresh, OnExpired);
        _transfers = new CallTransfers(this, core);
    }

    public string CallId { get; }

    public bool IsIncoming { get; }

    public NameAddress Local { get; }

    /// <summary>The other side as its own message names it: not proven unless <see cref="AuthenticatedUser"/> is set.</summary>
    public NameAddress Peer { get; }

    /// <summary>The request of an incoming call: its Request-URI says whom the caller wants.</summary>
    public SipRequest? Invite { get; }

    /// <summary>Where an incoming call's INVITE came from.</summary>
    public SipFlow? Source { get; }

    /// <summary>The account of the caller, if it was challenged.</summary>
    public string? AuthenticatedUser { get; }

    /// <summary>The call whose place this one takes when it is accepted (RFC 3891).</summary>
    public SipCall? Replaces { get; }

    public SipCallState State { get; private set; }

    /// <summary>The session as we described it last.</summary>
    public SessionDescription? LocalSession { get; internal set; }

    /// <summary>The session as the peer described it last.</summary>
    public SessionDescription? RemoteSession { get; private set; }

    /// <summary>For the owner to find what belongs to the call.</summary>
    public object? Owner { get; set; }

    /// <summary>How often the session must be refreshed (RFC 4028); zero if never.</summary>
    public TimeSpan SessionInterval => SessionTimer.Interval;

    /// <summary>What a Replaces header says to mean this call; null before it has a dialog.</summary>
    public string? ReplacesValue => _dialog is { } dialog ? $"{CallId};to-tag={dialog.Id.RemoteTag};from-tag={dialog.Id.LocalTag}" : null;

    internal string? LocalUser { get; }

    internal SessionTimer SessionTimer { get; }

    internal SipCredentials? Credentials => _plan?.Credentials;

    /// <summary>180: the callee is being asked.</summary>
    public void Ring(MediaTime now) => Progress(StatusCodes.Ringing, null, now);

    /// <summary>Early media, or a status of 101 to 199; sent reliably if it carries a session and the peer can.</summary>
    public void Progress(int status, SessionDescription? session, MediaTime now)
    {
        if (State == SipCallState.Incoming)
        {
            _incoming!.Progress(status, session, now);
        }
    }

    /// <summary>Answers the call.</summary>
    /// <param name="session">The answer to its offer, or our offer if it had none.</param>
    /// <param name="now">The current time.</param>
    public void Accept(SessionDescription session, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (State != SipCallState.Incoming)
        {
            return;
        }

        State = SipCallState.Answered;
        _core.Timers.Clear(_answerLimit!);
        _dialog!.IsConfirmed = true;
        _incoming!.Accept(session, now);
        if (Replaces is { State: not SipCallState.Ended } replaced)
        {
            replaced._isReplaced = true;
            replaced.Hangup(now);
        }
    }

    /// <summary>Refuses the call.</summary>
    public void Reject(int status, MediaTime now, string? reason = null)
    {
        if (State == SipCallState.Incoming)
        {
            _incoming!.Refuse(status, reason, now);
            End(new SipCallEnd(SipEndCause.Local, status, reason ?? StatusCodes.ReasonOf(status)), now);
        }
    }

    /// <summary>302: the caller may try elsewhere.</summary>
    public void Redirect(IEnumerable<SipUri> targets, MediaTime now)
    {
        if (State == SipCallState.Incoming)
        {
            _incoming!.Refuse(
                StatusCodes.MovedTemporarily,
                null,
                now,
                targets.Select(uri => new SipHeader(HeaderNames.Contact, $"<{uri}>"))
            );
            End(new SipCallEnd(SipEndCause.Local, StatusCodes.MovedTemporarily, "Moved Temporarily"), now);
        }
    }

    /// <summary>Ends the call, whatever its state: refuses, cancels or hangs up.</summary>
    public void Hangup(MediaTime now)
    {
        var cause = _isReplaced ? SipEndCause.Replaced : SipEndCause.Local;
        switch (State)
        {
            case SipCallState.Incoming:
                Reject(StatusCodes.Decline, now);
                return;
            case SipCallState.Calling:
                End(new SipCallEnd(cause, 0, "Hung up"), now);
                _outgoing!.Cancel(now);
                return;
            case SipCallState.Established:
                SendBye(_core, _dialog!, now, Credentials);
                break;
            case SipCallState.Answered:
                // No BYE before the ACK (RFC 3261 section 15): it follows when that comes. An answer that still waits for a PRACK is not given.
                _incoming!.Refuse(StatusCodes.Decline, null, now);
                break;
            case SipCallState.Ended:
                return;
            default:
                throw new InvalidOperationException($"No such state: {State}.");
        }

        End(new SipCallEnd(cause, 0, "Hung up"), now);
    }

    /// <summary>Offers another session (re-INVITE); of several that are made while one is under way the last counts.</summary>
    public void Offer(SessionDescription session, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (State is not (SipCallState.Established or SipCallState.Answered))
        {
            return;
        }

        if (State == SipCallState.Answered || _change is not null || IsPeerChanging)
        {
            _queuedOffer = session;
            return;
        }

        Change(SipMethods.Invite, session, false, now);
    }

    /// <summary>Answers <see cref="ISipUserAgentHandler.OnOffer"/>: the answer, or our offer if it had none.</summary>
    public void Answer(SessionDescription session, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(session);
        if (Take(ref _pendingOffer) is { } pending)
        {
            RemoteSession = pending.Session ?? RemoteSession;
            LocalSession = session;
            pending.Answer(session, now);
            SendQueued(now);
        }
    }

    /// <summary>Refuses an offer: the session stays as it was.</summary>
    public void RefuseOffer(MediaTime now, int status = StatusCodes.NotAcceptableHere)
    {
        if (Take(ref _pendingOffer) is { } pending)
        {
            pending.Refuse(status, now);
            SendQueued(now);
        }
    }

    /// <summary>Sends INFO with a body (RFC 6086), such as a fast update request or a digit.</summary>
    public void SendInfo(string contentType, ReadOnlyMemory<byte> body, MediaTime now)
    {
        if (State == SipCallState.Established)
        {
            var info = _dialog!.CreateRequest(SipMethods.Info);
            info.SetBody(contentType, body);
            _core.AddProduct(info);
            _core.Requests.Send(NoOutcome.Instance, info, _dialog.Flow, Credentials, _dialog.NextSequence, now);
        }
    }

    /// <summary>Asks the peer to call somebody else (RFC 3515), in the place of a call of ours with him if one is given (RFC 3891).</summary>
    public void Transfer(SipUri target, SipCall? replaced, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(target);
        if (State == SipCallState.Established)
        {
            _transfers.Send(_dialog!, target, replaced?.ReplacesValue, now);
        }
    }

    /// <summary>Sends the INVITE.</summary>
    internal void Start(MediaTime now)
    {
        Span<byte> start = stackalloc byte[2];
        _core.Random.Fill(start);
        var invite = SipRequest.Create(SipMethods.Invite, _plan!.Target.AsTarget(), Local, Peer, CallId, BitConverter.ToUInt16(start) + 1u);
        foreach (var route in _plan.Route)
        {
            invite.Headers.Add(HeaderNames.Route, $"<{route}>");
        }

        invite.ContactUser = LocalUser ?? "";
        SipCore.AddCapabilities(invite);
        _core.AddProduct(invite);
        SessionTimer.Ask(invite);
        if (_plan.Replaces is { } replaces)
        {
            invite.Headers.Add(HeaderNames.Replaces, WireText.FromText(replaces)).Add(HeaderNames.Require, Extensions.Replaces);
        }

        if (_plan.ReferredBy is { } by)
        {
            invite.Headers.Add(HeaderNames.ReferredBy, WireText.FromText(by));
        }

        invite.SetSdp(LocalSession!);
        _outgoing!.Send(invite, now);
    }

    internal static void SendBye(SipCore core, Dialog dialog, MediaTime now, SipCredentials? credentials = null)
    {
        var bye = dialog.CreateRequest(SipMethods.Bye);
        core.AddProduct(bye);
        core.Requests.Send(NoOutcome.Instance, bye, dialog.Flow, credentials, dialog.NextSequence, now);
    }

    private void Change(string method, SessionDescription? session, bool isRefresh, MediaTime now)
    {
        _change = new SessionChange(this, _core, _dialog!, method, session, isRefresh);
        _change.Send(now);
    }

    private void SendQueued(MediaTime now)
    {
        if (State == SipCallState.Established && _change is null && !IsPeerChanging && Take(ref _queuedOffer) is { } queued)
        {
            Change(SipMethods.Invite, queued, false, now);
        }
    }

    /// <summary>Says once that the call is over. What waits for an ACK, or a late answer to a cancelled call, is still seen to.</summary>
    private void End(SipCallEnd end, MediaTime now)
    {
        if (State == SipCallState.Ended)
        {
            return;
        }

        State = SipCallState.Ended;
        SessionTimer.Stop();
        if (_answerLimit is not null)
        {
            _core.Timers.Clear(_answerLimit);
        }

        _queuedOffer = null;
        _change?.Stop(now);
        // What the peer still waits for is not left open (RFC 3261 section 15.1.2).
        Take(ref _pendingOffer)?.Refuse(StatusCodes.RequestTerminated, now);
        _core.Remove(this);
        if (_incoming is not { IsAwaitingAck: true })
        {
            Release(now);
        }

        _core.Handler.OnEnded(this, end, now);
    }

    private void Release(MediaTime now)
    {
        // Nobody is left to answer an INVITE that is open.
        _incoming?.Refuse(StatusCodes.RequestTerminated, null, now);
        _incoming?.Stop();
        if (_dialog is { } dialog)
        {
            _core.Remove(dialog.Id);
        }
    }

    private static T? Take<T>(ref T? field)
        where T : class
    {
        var taken = field;
        field = null;
        return taken;
    }

    /// <summary>What the peer offers, and how it is answered.</summary>
    private sealed record PendingOffer(
        SessionDescription? Session,
        Action<SessionDescription, MediaTime> Answer,
        Action<int, MediaTime> Refuse
    );
}
