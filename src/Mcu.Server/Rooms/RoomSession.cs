using System.Threading.Channels;
using Mcu.Conference;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp;
using Mcu.Server.Rooms.Quality;
using Mcu.Transport;
using ConferenceRole = Mcu.Conference.ParticipantRole;

namespace Mcu.Server.Rooms;

/// <summary>
/// One participant's stay in a room: the thread-safe face of it towards HTTP and signalling (each call runs on the room's writer),
/// and the writer's own view of it.
/// </summary>
internal sealed class RoomSession : IRoomSession, IDatagramInbox
{
    /// <summary>A session may be without signalling, or without media, for so long.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private const int MaxEvents = 1024;

    private readonly Channel<RoomEvent> _events = Channel.CreateBounded<RoomEvent>(
        new BoundedChannelOptions(MaxEvents) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = false }
    );
    private readonly TaskCompletionSource<LeaveReason> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly JoinRequest _request;
    private MediaTime _signallingLostAt = MediaTime.Never;

    /// <param name="open">Makes the leg; null for WebRTC's, which begins with the first offer.</param>
    public RoomSession(Room room, JoinRequest request, string id, string participantId, Func<RoomSession, ISessionLeg>? open = null)
    {
        Room = room;
        _request = request;
        Id = id;
        ParticipantId = participantId;
        Leg = open?.Invoke(this) ?? new WebRtcLeg(this);
        Quality = new SessionQuality(this, request.ViaWebSocket);
    }

    public string Id { get; }

    public string ParticipantId { get; }

    public string Name => _request.Name;

    public Room Room { get; }

    string IRoomSession.Room => Room.Name;

    public ParticipantRole Role => _request.Role;

    public ConferenceRole ConferenceRole => RoomMapping.Role(_request.Role);

    public string ETag => WebRtc.ETag;

    public ChannelReader<RoomEvent> Events => _events.Reader;

    public Task<LeaveReason> Completion => _completion.Task;

    /// <summary>When <see cref="Run"/> has something to do; zero after anything happened to it (<see cref="Room.Touch"/>). Only for the room's writer.</summary>
    public MediaTime Due { get; set; } = MediaTime.Zero;

    /// <summary>Its media. Only for the room's writer.</summary>
    public ISessionLeg Leg { get; }

    /// <summary>The same where it is WebRTC's, which has offers and candidates. Only for the room's writer.</summary>
    /// <exception cref="RoomException">It is not.</exception>
    public WebRtcLeg WebRtc =>
        Leg as WebRtcLeg ?? throw new RoomException(RoomError.BadRequest, "This is a phone's session: its calls are changed by SIP.");

    /// <summary>Its place in the conference, from the moment it joined. Only for the room's writer.</summary>
    public Participant? Participant { get; set; }

    /// <summary>What its connection is like, and what its camera is asked for. Only for the room's writer.</summary>
    public SessionQuality Quality { get; }

    public RoomWelcome Welcome => Room.Welcome;

    public ValueTask<string> OfferAsync(string sdp, CancellationToken cancellationToken) =>
        OnWriter(now => WebRtc.Negotiate(sdp, now), cancellationToken);

    public ValueTask<string?> TrickleAsync(string sdpFragment, CancellationToken cancellationToken) =>
        OnWriter(_ => WebRtc.Trickle(sdpFragment), cancellationToken);

    public async ValueTask AddCandidateAsync(string? candidate, string? mid, int? mLineIndex, CancellationToken cancellationToken)
    {
        // We are ICE-lite: the client finds us, its candidates are of no use to us beyond being well-formed (RFC 8445 section 2.5).
        if (!string.IsNullOrEmpty(candidate) && !IceCandidate.TryParse(candidate, out _))
        {
            throw new RoomException(
                RoomError.BadRequest,
                "The candidate is not in the form of RFC 8839 section 5.1: send it as the browser gave it."
            );
        }

        await OnWriter(_ => true, cancellationToken);
    }

    public async ValueTask MuteAsync(MediaKind kind, bool muted, string? participantId, CancellationToken cancellationToken) =>
        await OnWriter(
            _ =>
            {
                var own = participantId is null || participantId == ParticipantId;
                var target = own ? Participant! : Room.ParticipantOf(participantId!);
                if (!own && (Role != ParticipantRole.Host || !muted))
                {
                    throw new RoomException(
                        RoomError.Forbidden,
                        "Only a host can mute somebody else, and nobody can unmute another: ask the participant to do it."
                    );
                }

                Room.Conference.Mute(target, kind == MediaKind.Video, By(muted, own));
                return true;
            },
            cancellationToken
        );

    public async ValueTask LimitAsync(ReceiveLimit limit, string? participantId, CancellationToken cancellationToken) =>
        await OnWriter(
            _ =>
            {
                var own = participantId is null || participantId == ParticipantId;
                var target = own ? Participant! : Room.ParticipantOf(participantId!);
                if (!own && Role != ParticipantRole.Host)
                {
                    throw new RoomException(
                        RoomError.Forbidden,
                        "Only a host can limit what somebody else receives: leave participant out to limit what you receive."
                    );
                }

                Room.Conference.SetReceiveLimit(target, RoomMapping.Limit(limit));
                return true;
            },
            cancellationToken
        );

    public async ValueTask LayoutAsync(LayoutCommand command, CancellationToken cancellationToken) =>
        await OnWriter(
            _ =>
            {
                long? pinned = command.Pinned is { } id ? Room.ParticipantOf(id).Number : null;
                if (command.Scope == LayoutScope.Room)
                {
                    SetRoomLayout(command, pinned);
                    return true;
                }

                var choice = Participant!.ViewChoice with
                {
                    Layout = RoomMapping.Layout(command.Layout),
                    Pinned = pinned,
                    Page = command.Page,
                    SelfView = command.SelfView ?? Participant.ViewChoice.SelfView,
                };
                Room.Conference.SetView(Participant, choice);
                return true;
            },
            cancellationToken
        );

    public async ValueTask ChatAsync(string text, CancellationToken cancellationToken) =>
        await OnWriter(
            _ =>
            {
                var posted = new ChatPosted(ParticipantId, Name, text, Room.Media.Time.GetUtcNow());
                foreach (var session in Room.Sessions)
                {
                    session.Tell(posted);
                }

                return true;
            },
            cancellationToken
        );

    public async ValueTask KickAsync(string participantId, CancellationToken cancellationToken) =>
        await OnWriter(
            now =>
            {
                if (Role != ParticipantRole.Host)
                {
                    throw new RoomException(RoomError.Forbidden, "Only a host can remove somebody: join with a token whose role is host.");
                }

                var target = Room.ParticipantOf(participantId);
                var session = Room.Sessions.First(s => s.Participant == target);
                Room.End(session, LeaveReason.Kicked, now);
                return true;
            },
            cancellationToken
        );

    public async ValueTask LeaveAsync(LeaveReason reason)
    {
        if (Completion.IsCompleted)
        {
            return;
        }

        try
        {
            await Room.InvokeAsync(
                now =>
                {
                    Room.End(this, reason, now);
                    return true;
                },
                always: true
            );
        }
        catch (RoomException) when (Completion.IsCompleted)
        {
            // The room ended meanwhile, and this session with it.
        }
    }

    public void SignallingLost() => Room.Post(now => _signallingLostAt = now, always: true);

    public void SignallingResumed() =>
        Room.Post(
            now =>
            {
                _signallingLostAt = MediaTime.Never;
                Quality.Repeat(now);
            },
            always: true
        );

    /// <summary>Called by the transport's receiving threads.</summary>
    public void Enqueue(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival) => Room.Enqueue(this, datagram, path, arrival);

    /// <summary>Queues an event for whoever reads <see cref="Events"/>.</summary>
    public void Tell(RoomEvent roomEvent) => _events.Writer.TryWrite(roomEvent);

    /// <summary>The session has ended: the last event, then nothing more.</summary>
    public void Complete(LeaveReason reason)
    {
        Tell(new SessionClosed(reason));
        _completion.TrySetResult(reason);
        _events.Writer.TryComplete();
    }

    /// <summary>Runs the leg's timers and ends the session when media and signalling have been gone for too long. Only for the room's writer.</summary>
    public MediaTime Run(MediaTime now)
    {
        var deadline = Leg.Run(now);
        if (Leg.Ended && !_request.ViaWebSocket)
        {
            Room.End(this, LeaveReason.Failed, now);
            return MediaTime.Never;
        }

        deadline = MediaTime.Min(deadline, Quality.Run(now));
        var mediaGone = Leg.MediaLostAt;
        // A WHIP session has only its media; one with signalling lives as long as that, and 30 s on media alone.
        var end = _request.ViaWebSocket
            ? MediaTime.Min(
                AfterGrace(_signallingLostAt),
                mediaGone == MediaTime.Never ? MediaTime.Never : Later(_signallingLostAt, mediaGone)
            )
            : AfterGrace(mediaGone);
        if (end <= now)
        {
            Room.End(this, Leg.Ended ? LeaveReason.Failed : LeaveReason.Lost, now);
            return MediaTime.Never;
        }

        return MediaTime.Min(deadline, end);
    }

    private static MediaTime AfterGrace(MediaTime since) => since == MediaTime.Never ? MediaTime.Never : since + Grace;

    private static MediaTime Later(MediaTime a, MediaTime b) => MediaTime.Max(a, b);

    private static Mcu.Conference.MutedBy By(bool muted, bool own) =>
        (muted, own) switch
        {
            (false, _) => Mcu.Conference.MutedBy.Nobody,
            (true, true) => Mcu.Conference.MutedBy.Self,
            (true, false) => Mcu.Conference.MutedBy.Room,
        };

    private void SetRoomLayout(LayoutCommand command, long? pinned)
    {
        if (Role != ParticipantRole.Host)
        {
            throw new RoomException(RoomError.Forbidden, "Only a host can set the room's layout: use scope 'me', or join as host.");
        }

        if (RoomMapping.Layout(command.Layout) is not { } layout)
        {
            throw new RoomException(RoomError.BadRequest, "'default' means to follow the room; for the room itself name a layout.");
        }

        Room.Conference.SetRoomLayout(layout, pinned);
    }

    private async ValueTask<T> OnWriter<T>(Func<MediaTime, T> command, CancellationToken cancellationToken) =>
        await Room.InvokeAsync(now =>
            {
                if (Completion.IsCompleted)
                {
                    throw new RoomException(RoomError.NotFound, "The session has ended: join again.");
                }

                return command(now);
            })
            .WaitAsync(cancellationToken);
}
