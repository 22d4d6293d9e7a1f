using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.WebSockets;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>
/// The protocol of one connection: what each message does, and what the room tells back. Messages come one after another.
/// The connection owns it, and calls <see cref="EndAsync"/> once when it is gone.
/// </summary>
[SuppressMessage(
    "Reliability",
    "CA1001",
    Justification = "A cancellation source without a timer holds nothing to free, and another connection may cancel it at any time."
)]
internal sealed class SignallingDialogue(SignallingServices services, ISignallingOutput output, IPAddress? source, string? credential)
{
    private readonly CancellationTokenSource _detached = new();
    private ResumableSession? _current;
    private Task _pump = Task.CompletedTask;
    private long? _leaveId;

    public bool IsJoined => _current is not null;

    private IRoomSession Session =>
        _current?.Session ?? throw new RoomException(RoomError.BadRequest, "Join a room first: send join, or resume.");

    /// <summary>Does what a message asks. A refusal is answered and changes nothing.</summary>
    public async Task HandleAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        try
        {
            if (await ReplyAsync(message, cancellationToken) is { } reply)
            {
                output.Send(reply);
            }
        }
        catch (RoomException exception)
        {
            output.Send(Error(message.Id, ErrorCodes.Of(exception.Error), exception.Message));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One request that hits a bug must not cost the participant the call.
            services.Logger.LogError(exception, "Signalling message {Type} failed", message.GetType().Name);
            output.Send(Error(message.Id, ErrorCode.Internal, "The request failed in the server, and was logged there."));
        }
    }

    public static ErrorReply Error(long? re, ErrorCode code, string detail) => new(re, code, ErrorCodes.Title(code), detail);

    /// <summary>The connection is gone.</summary>
    /// <param name="leaves">Whether the client meant to leave; else the session waits for a new connection.</param>
    public async Task EndAsync(bool leaves)
    {
        await StopPumpAsync();
        if (_current is { } current && current.Detach(this))
        {
            if (leaves)
            {
                await current.Session.LeaveAsync(LeaveReason.Left);
            }
            else
            {
                services.Logger.LogInformation("Participant {Participant} lost its signalling", current.Session.ParticipantId);
                current.Session.SignallingLost();
            }
        }
    }

    private async ValueTask<ServerMessage?> ReplyAsync(ClientMessage message, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case JoinMessage join:
                return await JoinAsync(join, cancellationToken);
            case ResumeMessage resume:
                return await ResumeAsync(resume);
            case OfferMessage offer:
                return new AnswerReply(offer.Id, await Session.OfferAsync(offer.Sdp, cancellationToken));
            case CandidateMessage candidate:
                await Session.AddCandidateAsync(candidate.Candidate, candidate.Mid, candidate.MLineIndex, cancellationToken);
                return null;
            case MuteMessage mute:
                await Session.MuteAsync(mute.Kind, mute.Muted, mute.Participant, cancellationToken);
                return new OkReply(mute.Id);
            case LayoutMessage layout:
                await Session.LayoutAsync(layout.Command, cancellationToken);
                return new OkReply(layout.Id);
            case ReceiveMessage receive:
                await Session.LimitAsync(receive.Limit, receive.Participant, cancellationToken);
                return new OkReply(receive.Id);
            case ChatMessage chat:
                await Session.ChatAsync(chat.Text, cancellationToken);
                return new OkReply(chat.Id);
            case KickMessage kick:
                await Session.KickAsync(kick.Participant, cancellationToken);
                return new OkReply(kick.Id);
            case LeaveMessage leave:
                // The reply is the session's own last event.
                _leaveId = leave.Id;
                await Session.LeaveAsync(LeaveReason.Left);
                return null;
            case PingMessage ping:
                return new PongReply(ping.Id, ping.T);
            default:
                return null;
        }
    }

    private async ValueTask<ServerMessage?> JoinAsync(JoinMessage join, CancellationToken cancellationToken)
    {
        RequireNoSession();
        if (services.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return Error(join.Id, ErrorCode.Internal, "The server is shutting down: try again in a moment.");
        }

        if (!services.Limiter.TryTake(source, out var wait))
        {
            return Error(
                join.Id,
                ErrorCode.RateLimited,
                $"Too many joins from this address: try again in {Math.Ceiling(wait.TotalSeconds)} s."
            );
        }

        if (await services.Gate.AuthorizeAsync(join.Token ?? credential) is not { } grant)
        {
            return Error(join.Id, ErrorCode.Unauthorized, "Send a join token that has not expired, or the API key, as token.");
        }

        if (!grant.Opens(join.Room))
        {
            return Error(join.Id, ErrorCode.Forbidden, "This token is for another room.");
        }

        var request = new JoinRequest(join.Room, grant.Name ?? join.Name, grant.Role, ViaWebSocket: true);
        var session = await services.Rooms.JoinAsync(request, cancellationToken);
        services.Metrics.Joined("websocket");
        services.Logger.LogInformation(
            "Participant {Participant} joined room {Room} as {Role}",
            session.ParticipantId,
            session.Room,
            session.Role
        );
        var current = services.Sessions.Add(session);
        current.Attach(this);
        Enter(join.Id, current);
        return null;
    }

    private async ValueTask<ServerMessage?> ResumeAsync(ResumeMessage resume)
    {
        RequireNoSession();
        if (services.Sessions.Find(resume.Session, resume.ResumeToken) is not { } found)
        {
            return Error(resume.Id, ErrorCode.NotFound, "There is no such session any more: join again.");
        }

        if (found.Attach(this) is { } previous)
        {
            // Events have one reader, so the old connection lets go first.
            await previous.ReplaceAsync();
        }

        found.Session.SignallingResumed();
        services.Metrics.Resumed();
        Enter(resume.Id, found);
        return null;
    }

    /// <summary>Replies with the room as it is, then tells what happens in it.</summary>
    private void Enter(long? re, ResumableSession current)
    {
        _current = current;
        var session = current.Session;
        var welcome = session.Welcome;
        output.Send(
            new JoinedReply(
                re,
                session.Id,
                current.ResumeToken,
                session.ParticipantId,
                session.Role,
                welcome.Room,
                welcome.Participants,
                services.IceServers.For(session.ParticipantId)
            )
        );
        _pump = PumpAsync(session, _detached.Token);
    }

    private async Task PumpAsync(IRoomSession session, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var roomEvent in session.Events.ReadAllAsync(cancellationToken))
            {
                if (roomEvent is not SessionClosed)
                {
                    output.Send(roomEvent);
                }
            }

            output.Send(new ClosedReply(_leaveId, await session.Completion.WaitAsync(cancellationToken)));
            output.Finish(WebSocketCloseStatus.NormalClosure);
        }
        catch (OperationCanceledException)
        {
            // Detached: another connection reads on.
        }
    }

    /// <summary>Lets another connection take over; returns when this one reads no more events.</summary>
    private async Task ReplaceAsync()
    {
        await StopPumpAsync();
        output.Send(new ClosedReply(Re: null, LeaveReason.Replaced));
        output.Finish(WebSocketCloseStatus.NormalClosure);
    }

    private async Task StopPumpAsync()
    {
        await _detached.CancelAsync();
        await _pump;
    }

    private void RequireNoSession()
    {
        if (_current is not null)
        {
            throw new RoomException(RoomError.BadRequest, "This connection is in a room already: leave first, or open another.");
        }
    }
}
