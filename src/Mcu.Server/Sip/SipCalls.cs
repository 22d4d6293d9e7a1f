using System.Net;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Server.Access;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Mcu.Sip;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;
using StatusCodes = Mcu.Sip.Messages.StatusCodes;

namespace Mcu.Server.Sip;

/// <summary>
/// What becomes of calls: who may call, which room they lead to, and what ties a call to its session. Everything here runs on the SIP
/// endpoint's lane; what a room does for a call runs on the room's, and comes back by posts.
/// </summary>
internal sealed class SipCalls(
    SipOptions options,
    IReadOnlyList<IPNetwork> allowed,
    JoinLimiter limiter,
    SipMetrics metrics,
    ILogger<SipCalls> logger
) : ISipUserAgentHandler
{
    private static readonly string[] s_keyTypes = ["application/dtmf-relay", "application/dtmf"];

    private readonly DialPlan _plan = new(options);
    private readonly HashSet<SipRegistration> _registered = [];

    /// <summary>Lets a phone into a room, off the lane.</summary>
    public required IPhoneRooms Rooms { get; init; }

    /// <summary>Has something done with the call, on the lane.</summary>
    public required Action<Action<MediaTime>> Post { get; init; }

    /// <summary>Trunks that we are registered at. Read by any thread.</summary>
    public int Registered { get; private set; }

    public SipAdmission Admit(SipRequest? request, in SipFlow flow, MediaTime now)
    {
        if (!IsAllowed(flow.Remote.Address))
        {
            metrics.Refused("source");
            return SipAdmission.Drop;
        }

        if (request is null)
        {
            metrics.Refused("malformed");
            return SipAdmission.Accept; // the answer says what is wrong with it
        }

        if (request.Method == SipMethods.Invite && !limiter.TryTake(flow.Remote.Address, out _))
        {
            metrics.Refused("rate");
            return SipAdmission.Reject(StatusCodes.ServiceUnavailable);
        }

        return SipAdmission.Accept;
    }

    public void OnIncomingCall(SipCall call, SessionDescription? offer, MediaTime now)
    {
        var called = call.Invite!.Uri.UserName;
        if (!_plan.TryFindRoom(called, out var room))
        {
            call.Reject(StatusCodes.NotFound, now);
            return;
        }

        var phone = new PhoneCall(call);
        call.Owner = phone;
        _ = EnterAsync(phone, new JoinRequest(room, CallerName.Of(call.Peer), ParticipantRole.Guest, ViaWebSocket: false), offer);
    }

    public void OnProgress(SipCall call, int status, SessionDescription? session, MediaTime now) { }

    public void OnEstablished(SipCall call, SessionDescription? answer, MediaTime now)
    {
        if (answer is not null)
        {
            _ = AcceptAsync((PhoneCall)call.Owner!, answer);
        }
    }

    public void OnOffer(SipCall call, SessionDescription? offer, MediaTime now)
    {
        if (call.Owner is PhoneCall { Session: not null } phone)
        {
            _ = ChangeAsync(phone, offer);
        }
        else
        {
            call.RefuseOffer(now, StatusCodes.RequestPending);
        }
    }

    public void OnOfferAnswered(SipCall call, SessionDescription? answer, int status, MediaTime now) { }

    /// <summary>Keys by INFO are taken where the phone sends none in its media, so that each counts once.</summary>
    public int OnInfo(SipCall call, SipRequest info, MediaTime now)
    {
        if (info.ContentType is not { } type || !s_keyTypes.Any(known => SipBody.IsType(type, known)))
        {
            return StatusCodes.UnsupportedMediaType;
        }

        if (call.Owner is PhoneCall { Session: { } session } && InfoKey.TryRead(type, info.Body.Span, out var key))
        {
            Rooms.Press(session, key);
        }

        return StatusCodes.Ok;
    }

    public bool OnTransferRequested(SipCall call, SipTransfer transfer, MediaTime now) => false;

    public void OnTransferProgress(SipCall call, int status, bool isFinal, MediaTime now) { }

    public void OnEnded(SipCall call, SipCallEnd end, MediaTime now)
    {
        metrics.Ended(end.Cause.ToString().ToLowerInvariant());
        if (call.Owner is PhoneCall phone)
        {
            phone.HasEnded = true;
            if (phone.Session is { } session)
            {
                _ = session.LeaveAsync(LeaveReason.Left).AsTask();
            }
        }
    }

    public void OnRegistrationChanged(SipRegistration registration, MediaTime now)
    {
        var isRegistered = registration.State == SipRegistrationState.Registered;
        Registered +=
            isRegistered == _registered.Contains(registration) ? 0
            : isRegistered ? 1
            : -1;
        _ = isRegistered ? _registered.Add(registration) : _registered.Remove(registration);
        logger.LogInformation(
            "Registration at {Registrar}: {State} (status {Status})",
            registration.Plan.Account.Uri.Host,
            registration.State,
            registration.LastStatus
        );
    }

    public void OnReachabilityChanged(SipProbe probe, MediaTime now) { }

    private bool IsAllowed(IPAddress source)
    {
        foreach (var network in allowed)
        {
            if (network.Contains(source))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Off the lane: into the room, and back with the answer.</summary>
    private async Task EnterAsync(PhoneCall phone, JoinRequest request, SessionDescription? offer)
    {
        var call = phone.Call;
        try
        {
            var (session, description) = await Rooms.EnterAsync(request, call.Source?.Remote.Address, offer);
            Post(now => Answer(phone, session, description, now));
        }
#pragma warning disable CA1031 // Whatever went wrong, the caller hears of it, and so does the operator.
        catch (Exception exception) when (exception is not RoomException)
#pragma warning restore CA1031
        {
            logger.LogError(exception, "A call to room {Room} failed", request.Room);
            Post(now => call.Reject(StatusCodes.ServerInternalError, now));
        }
        catch (RoomException refused)
        {
            logger.LogInformation("A call to room {Room} was refused: {Reason}", request.Room, refused.Message);
            Post(now => call.Reject(StatusOf(refused.Error), now));
        }
    }

    private void Answer(PhoneCall phone, RoomSession session, SessionDescription description, MediaTime now)
    {
        phone.Session = session;
        if (phone.HasEnded)
        {
            _ = session.LeaveAsync(LeaveReason.Left).AsTask(); // the caller gave up meanwhile
            return;
        }

        logger.LogInformation("Participant {Participant} joined room {Room} by phone", session.ParticipantId, session.Room.Name);
        phone.Call.Accept(description, now);
        _ = session.Completion.ContinueWith(
            _ => Post(later => phone.Call.Hangup(later)),
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default
        );
    }

    /// <summary>The answer to an offer of ours, which came with the ACK.</summary>
    private async Task AcceptAsync(PhoneCall phone, SessionDescription answer)
    {
        try
        {
            await Rooms.AcceptAsync(phone.Session!, answer);
        }
        catch (RoomException refused)
        {
            logger.LogInformation("A call in room {Room} was ended: {Reason}", phone.Session!.Room.Name, refused.Message);
            Post(now => phone.Call.Hangup(now));
        }
    }

    private async Task ChangeAsync(PhoneCall phone, SessionDescription? offer)
    {
        try
        {
            var description = await Rooms.ChangeAsync(phone.Session!, offer);
            Post(now => phone.Call.Answer(description, now));
        }
        catch (RoomException refused)
        {
            Post(now => phone.Call.RefuseOffer(now, StatusOf(refused.Error)));
        }
    }

    private static int StatusOf(RoomError error) =>
        error switch
        {
            RoomError.NotFound => StatusCodes.NotFound,
            RoomError.Forbidden => StatusCodes.Forbidden,
            RoomError.BadSdp or RoomError.UnacceptableSdp => StatusCodes.NotAcceptableHere,
            RoomError.RoomFull => StatusCodes.BusyHere,
            _ => StatusCodes.ServiceUnavailable,
        };
}

/// <summary>A call and, once it is in a room, its session. Only for the SIP endpoint's lane.</summary>
internal sealed class PhoneCall(SipCall call)
{
    public SipCall Call => call;

    public RoomSession? Session { get; set; }

    /// <summary>The call is over; a session that comes later is left at once.</summary>
    public bool HasEnded { get; set; }
}

/// <summary>What rooms do for calls. Any thread.</summary>
internal interface IPhoneRooms
{
    /// <summary>Lets a phone in; gives its session, and our answer or, without an offer, our offer.</summary>
    /// <exception cref="RoomException">It is not let in, or nothing in the offer can be taken.</exception>
    Task<(RoomSession Session, SessionDescription Description)> EnterAsync(
        JoinRequest request,
        IPAddress? signalling,
        SessionDescription? offer
    );

    /// <summary>Answers an offer within the call, or makes one where there is none.</summary>
    /// <exception cref="RoomException">Nothing in it can be taken, or the session has ended.</exception>
    Task<SessionDescription> ChangeAsync(RoomSession session, SessionDescription? offer);

    /// <summary>Takes the answer to an offer of ours.</summary>
    /// <exception cref="RoomException">It cannot be taken, or the session has ended.</exception>
    Task AcceptAsync(RoomSession session, SessionDescription answer);

    /// <summary>A key that was pressed, told by signalling.</summary>
    void Press(RoomSession session, char key);
}
