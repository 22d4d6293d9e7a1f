using System.Threading.Channels;

namespace Mcu.Server.Rooms;

/// <summary>All rooms of this server, as the HTTP API and the signalling see them. Thread-safe.</summary>
public interface IRoomDirectory
{
    /// <summary>Lets somebody into a room, which is created on demand. Media starts with the session's first offer.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.RoomFull"/>, <see cref="RoomError.Busy"/>.</exception>
    ValueTask<IRoomSession> JoinAsync(JoinRequest request, CancellationToken cancellationToken);

    /// <summary>Refuses what is no SDP at all, before it brings anybody into a room.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.BadSdp"/>.</exception>
    void CheckOffer(string sdp);

    /// <summary>Rooms that exist at the moment.</summary>
    IReadOnlyList<RoomSummary> List();

    /// <summary>What everybody in a room sends and receives; null where there is no such room.</summary>
    ValueTask<RoomSnapshot?> DescribeAsync(string room, CancellationToken cancellationToken);

    /// <summary>Limits what a participant receives, on behalf of a host or an administrator.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.NotFound"/>.</exception>
    ValueTask LimitAsync(string room, string participantId, ReceiveLimit limit, CancellationToken cancellationToken);

    /// <summary>A session that has not ended, by its id.</summary>
    IRoomSession? Find(string sessionId);

    /// <summary>How full the server is, as measured last.</summary>
    ServerCapacity Capacity { get; }

    /// <summary>Ends every session: each gets its <see cref="SessionClosed"/> event, media a BYE. For the server's own end.</summary>
    ValueTask CloseAllAsync(LeaveReason reason, CancellationToken cancellationToken);
}

/// <summary>
/// One participant's stay in a room. Thread-safe. Every call after the end throws <see cref="RoomException"/> with
/// <see cref="RoomError.NotFound"/>, except those that say otherwise.
/// </summary>
public interface IRoomSession
{
    /// <summary>Names the session in URLs; not guessable.</summary>
    string Id { get; }

    /// <summary>The room's name.</summary>
    string Room { get; }

    /// <summary>The participant's id, known to everybody in the room.</summary>
    string ParticipantId { get; }

    ParticipantRole Role { get; }

    /// <summary>Names the ICE session, without quotes; changes with each ICE restart (RFC 9725 section 4.3.1).</summary>
    string ETag { get; }

    /// <summary>Roster and state of the room at the moment of reading. Events read afterwards bring it up to date, older ones included.</summary>
    RoomWelcome Welcome { get; }

    /// <summary>Answers a first offer, a renegotiation or an ICE restart.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.BadSdp"/>, <see cref="RoomError.UnacceptableSdp"/>.</exception>
    ValueTask<string> OfferAsync(string sdp, CancellationToken cancellationToken);

    /// <summary>Takes a trickle-ice-sdpfrag (RFC 8840). After an ICE restart the server's own fragment is returned, else null.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.BadSdp"/>.</exception>
    ValueTask<string?> TrickleAsync(string sdpFragment, CancellationToken cancellationToken);

    /// <summary>Takes one candidate; null means that there will be no more.</summary>
    ValueTask AddCandidateAsync(string? candidate, string? mid, int? mLineIndex, CancellationToken cancellationToken);

    /// <summary>Mutes or unmutes oneself (<paramref name="participantId"/> null), or as host mutes another.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.Forbidden"/>, <see cref="RoomError.NotFound"/>.</exception>
    ValueTask MuteAsync(MediaKind kind, bool muted, string? participantId, CancellationToken cancellationToken);

    /// <summary>Limits what one receives oneself (<paramref name="participantId"/> null), or as host another.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.Forbidden"/>, <see cref="RoomError.NotFound"/>.</exception>
    ValueTask LimitAsync(ReceiveLimit limit, string? participantId, CancellationToken cancellationToken);

    /// <exception cref="RoomException"><see cref="RoomError.Forbidden"/>: the room's layout needs the host role.</exception>
    ValueTask LayoutAsync(LayoutCommand command, CancellationToken cancellationToken);

    /// <param name="text">1 to 2,000 characters.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask ChatAsync(string text, CancellationToken cancellationToken);

    /// <exception cref="RoomException"><see cref="RoomError.Forbidden"/>, <see cref="RoomError.NotFound"/>.</exception>
    ValueTask KickAsync(string participantId, CancellationToken cancellationToken);

    /// <summary>Ends the session. Does nothing after the end.</summary>
    ValueTask LeaveAsync(LeaveReason reason);

    /// <summary>
    /// What happens in the room, in order. Bounded: the writer never waits, and the oldest event is dropped when nobody reads.
    /// Events tell whole states, so replaying older ones onto a newer <see cref="Welcome"/> ends right.
    /// <see cref="SessionClosed"/> is the last one, then the channel completes. One reader at a time.
    /// </summary>
    ChannelReader<RoomEvent> Events { get; }

    /// <summary>Its signalling connection is gone: the session ends 30 s later, or as soon as its media is lost too.</summary>
    void SignallingLost();

    /// <summary>Its signalling connection is back.</summary>
    void SignallingResumed();

    /// <summary>Completes with the reason when the session has ended; never faults.</summary>
    Task<LeaveReason> Completion { get; }
}

/// <summary>Who wants to join what.</summary>
/// <param name="Room">A valid room name (<see cref="Names"/>).</param>
/// <param name="Name">A valid display name (<see cref="Names"/>).</param>
/// <param name="Role">What its access grants.</param>
/// <param name="ViaWebSocket">False for WHIP and WHEP: such a session has no signalling connection that could be lost.</param>
public sealed record JoinRequest(string Room, string Name, ParticipantRole Role, bool ViaWebSocket);

/// <summary>How much of what sound may take of the processor is in use (the setting Limits:Load).</summary>
/// <param name="Used">By all rooms together or by the busiest one, whichever is more; joins are refused when it stays at 1.</param>
/// <param name="Admits">Whether somebody may join a room that is not too busy itself.</param>
public sealed record ServerCapacity(double Used, bool Admits);

public enum ParticipantRole
{
    /// <summary>Receives only, and is not shown.</summary>
    Viewer,
    Guest,

    /// <summary>May mute others, remove them and set the room's layout.</summary>
    Host,
}

public enum MediaKind
{
    Audio,
    Video,
}

/// <summary>Why a session ended.</summary>
public enum LeaveReason
{
    Left,
    Kicked,
    Shutdown,

    /// <summary>Another connection resumed the session. Said to the old connection only.</summary>
    Replaced,

    /// <summary>Media or signalling was lost for too long.</summary>
    Lost,

    /// <summary>The media connection failed, e.g. a DTLS fingerprint that did not match.</summary>
    Failed,
}

public enum RoomError
{
    BadRequest,
    Forbidden,
    NotFound,
    RoomFull,

    /// <summary>One more would cost the others their sound.</summary>
    Busy,

    /// <summary>The text is not SDP.</summary>
    BadSdp,

    /// <summary>Well-formed, but nothing this server can answer, e.g. no codec in common.</summary>
    UnacceptableSdp,
}

/// <summary>A request the room refuses. The message tells the client what to do; it is shown to people.</summary>
public sealed class RoomException(RoomError error, string detail) : Exception(detail)
{
    public RoomError Error { get; } = error;
}
