using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Dialogs;
using Mcu.Sip.Messages;
using Mcu.Sip.Transactions;

namespace Mcu.Sip.Calls;

/// <summary>
/// One re-INVITE or UPDATE of ours in an established call: a new offer, or only a refresh of the session. If both sides begin at once, it waits
/// and tries again (RFC 3261 section 14.1).
/// </summary>
internal sealed class SessionChange : IOutgoingRequestUser
{
    // A peer that only says that it tries is waited for, but not for ever.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(10);

    private readonly SipCall _call;
    private readonly SipCore _core;
    private readonly Dialog _dialog;
    private readonly string _method;
    private readonly SipTimer _retry;
    private readonly SipTimer _limit;
    private OutgoingRequest? _request;
    private (SipFlow Flow, byte[] Bytes)? _ack;
    private uint _acknowledged;

    /// <param name="call">Whose session.</param>
    /// <param name="core">The user agent.</param>
    /// <param name="dialog">The call's dialog.</param>
    /// <param name="method">INVITE or UPDATE.</param>
    /// <param name="session">The offer; null in an UPDATE that only refreshes.</param>
    /// <param name="isRefresh">The owner did not ask for it, and is not told.</param>
    public SessionChange(SipCall call, SipCore core, Dialog dialog, string method, SessionDescription? session, bool isRefresh)
    {
        _call = call;
        _core = core;
        _dialog = dialog;
        _method = method;
        Session = session;
        IsRefresh = isRefresh;
        _retry = new SipTimer(OnRetry);
        _limit = new SipTimer(now => _request?.Cancel(now));
    }

    public SessionDescription? Session { get; }

    public bool IsRefresh { get; }

    public bool IsInvite => _method == SipMethods.Invite;

    /// <summary>Sent, and not answered; false while it waits to be sent again.</summary>
    public bool IsOnTheWay { get; private set; }

    public void Send(MediaTime now)
    {
        IsOnTheWay = true;
        var request = _dialog.CreateRequest(_method);
        request.ContactUser = _call.LocalUser ?? "";
        SipCore.AddCapabilities(request);
        _core.AddProduct(request);
        _call.SessionTimer.Ask(request);
        if (Session is not null)
        {
            request.SetSdp(Session);
        }

        if (IsInvite)
        {
            _core.Timers.Set(_limit, now + s_patience);
        }

        _request = _core.Requests.Send(this, request, _dialog.Flow, _call.Credentials, _dialog.NextSequence, now);
    }

    /// <summary>The call is over: an INVITE that is still being dealt with is taken back, so that it does not stay for ever.</summary>
    public void Stop(MediaTime now)
    {
        _core.Timers.Clear(_retry);
        _core.Timers.Clear(_limit);
        IsOnTheWay = false;
        if (IsInvite)
        {
            _request?.Cancel(now);
        }
    }

    void IOutgoingRequestUser.OnProvisional(OutgoingRequest request, SipResponse response, MediaTime now) { }

    void IOutgoingRequestUser.OnFinal(OutgoingRequest request, SipResponse response, MediaTime now)
    {
        if (response.IsSuccess && IsInvite && !TryAcknowledge(request, response))
        {
            return;
        }

        IsOnTheWay = false;
        _core.Timers.Clear(_limit);
        if (_call.State == SipCallState.Ended)
        {
            return;
        }

        switch (response.StatusCode)
        {
            case < 300:
                Succeed(response, now);
                break;
            case StatusCodes.RequestPending:
                _core.Timers.Set(_retry, now + RetryDelay());
                break;
            case StatusCodes.SessionIntervalTooSmall when _call.SessionTimer.Raise(response):
                Send(now);
                break;
            case StatusCodes.CallDoesNotExist or StatusCodes.RequestTimeout:
                // RFC 3261 section 12.2.1.2: the peer does not know the call, or is gone.
                _call.Fail($"The peer answered a change of the session with {response.StatusCode}", now);
                break;
            default:
                _call.OnChangeDone(this, null, response.StatusCode, now);
                break;
        }
    }

    /// <summary>Sends the ACK of a 2xx; false if it was only repeated because the 2xx was.</summary>
    private bool TryAcknowledge(OutgoingRequest request, SipResponse response)
    {
        if (_ack is { } ack && _acknowledged == response.CSeq.Number)
        {
            _core.Requests.Repeat(ack.Flow, ack.Bytes);
            return false;
        }

        _dialog.RefreshTarget(response);
        _acknowledged = response.CSeq.Number;
        _ack = _core.Requests.SendAck(_dialog.CreateAck(response.CSeq.Number), _dialog.Flow, request.Flow!.Value);
        return true;
    }

    private void Succeed(SipResponse response, MediaTime now)
    {
        _dialog.RefreshTarget(response);
        _call.SessionTimer.Learn(response, now);
        var presence = response.TryReadSdp(out var answer, out _);
        if (Session is not null && presence != SdpPresence.Present)
        {
            _call.Fail("An offer of ours was accepted without an answer", now);
            return;
        }

        _call.OnChangeDone(this, answer, response.StatusCode, now);
    }

    /// <summary>2.1 to 4 s for who began the call, 0 to 2 s for the other, in steps of 10 ms.</summary>
    private TimeSpan RetryDelay()
    {
        var delay = _call.IsIncoming
            ? _core.Random.NextSpan(TimeSpan.Zero, TimeSpan.FromSeconds(2))
            : _core.Random.NextSpan(TimeSpan.FromSeconds(2.1), TimeSpan.FromSeconds(4));
        return new TimeSpan(delay.Ticks - (delay.Ticks % s_step.Ticks));
    }

    private void OnRetry(MediaTime now)
    {
        if (_call.State != SipCallState.Established)
        {
            return;
        }

        if (_call.IsPeerChanging)
        {
            _core.Timers.Set(_retry, now + RetryDelay());
            return;
        }

        Send(now);
    }
}
