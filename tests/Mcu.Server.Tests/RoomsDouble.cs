using System.Collections.Concurrent;
using System.Threading.Channels;
using Mcu.Server.Rooms;

namespace Mcu.Server.Tests;

/// <summary>Rooms without media: remembers what was asked, and refuses what a test's names ask it to refuse.</summary>
internal sealed class RoomsDouble : IRoomDirectory
{
    public const string FullRoom = "full";
    public const string BusyRoom = "busy";

    private readonly ConcurrentDictionary<string, SessionDouble> _sessions = new(StringComparer.Ordinal);
    private int _count;

    public ConcurrentQueue<JoinRequest> Joins { get; } = new();

    public SessionDouble Last { get; private set; } = null!;

    public ServerCapacity Capacity { get; set; } = new(0.25, Admits: true);

    public ValueTask<IRoomSession> JoinAsync(JoinRequest request, CancellationToken cancellationToken)
    {
        if (request.Room == FullRoom)
        {
            throw new RoomException(RoomError.RoomFull, "The room is full.");
        }

        if (request.Room == BusyRoom)
        {
            throw new RoomException(RoomError.Busy, "One more would be too many. Try again.");
        }

        Joins.Enqueue(request);
        Last = new SessionDouble($"s{Interlocked.Increment(ref _count)}", request);
        _sessions[Last.Id] = Last;
        return ValueTask.FromResult<IRoomSession>(Last);
    }

    public void CheckOffer(string sdp) { }

    public IReadOnlyList<RoomSummary> List() =>
        [.. Alive().GroupBy(session => session.Room, StringComparer.Ordinal).Select(room => new RoomSummary(room.Key, room.Count()))];

    public ValueTask<RoomSnapshot?> DescribeAsync(string room, CancellationToken cancellationToken)
    {
        var inRoom = Alive().Where(session => session.Room == room).ToList();
        return ValueTask.FromResult(
            inRoom.Count == 0 ? null : new RoomSnapshot(room, LayoutKind.Grid, null, [.. inRoom.Select(session => session.Snapshot())], [])
        );
    }

    public ValueTask LimitAsync(string room, string participantId, ReceiveLimit limit, CancellationToken cancellationToken) =>
        Alive().FirstOrDefault(session => session.Room == room && session.ParticipantId == participantId) is { } session
            ? session.LimitAsync(limit, participantId, cancellationToken)
            : throw new RoomException(RoomError.NotFound, "No such participant is in the room.");

    public IRoomSession? Find(string sessionId) => Alive().FirstOrDefault(session => session.Id == sessionId);

    public async ValueTask CloseAllAsync(LeaveReason reason, CancellationToken cancellationToken)
    {
        foreach (var session in Alive().ToList())
        {
            await session.LeaveAsync(reason);
        }
    }

    private IEnumerable<SessionDouble> Alive() => _sessions.Values.Where(session => !session.Completion.IsCompleted);
}

internal sealed class SessionDouble(string id, JoinRequest request) : IRoomSession
{
    public const string BadSdp = "bad";
    public const string UnacceptableSdp = "unacceptable";
    public const string RestartFragment = "restart";

    private readonly Channel<RoomEvent> _events = Channel.CreateUnbounded<RoomEvent>();
    private readonly TaskCompletionSource<LeaveReason> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ConcurrentQueue<string> Calls { get; } = new();

    public TaskCompletionSource Lost { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Resumed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Id => id;
    public string Room => request.Room;
    public string ParticipantId => "p-" + id;
    public ParticipantRole Role => request.Role;
    public string ETag { get; private set; } = "ice1";
    public RoomWelcome Welcome => new(new RoomState(Room, LayoutKind.Grid, null), [Info()]);
    public ChannelReader<RoomEvent> Events => _events.Reader;
    public Task<LeaveReason> Completion => _ended.Task;

    public void Raise(RoomEvent roomEvent) => _events.Writer.TryWrite(roomEvent);

    public ParticipantInfo Info() =>
        new(ParticipantId, request.Name, Role, new AudioState(true, false, null), new VideoState(true, false), false, ReceiveLimit.Full);

    public ParticipantSnapshot Snapshot() =>
        new(
            Info(),
            true,
            12.5,
            [new StreamSnapshot(MediaKind.Audio, "microphone", "opus", null, null, null, 32_000, 50, 0, 0, 1.5, null)],
            [],
            null
        );

    public ValueTask<string> OfferAsync(string sdp, CancellationToken cancellationToken) =>
        sdp switch
        {
            BadSdp => throw new RoomException(RoomError.BadSdp, "Line 1 is not SDP."),
            UnacceptableSdp => throw new RoomException(RoomError.UnacceptableSdp, "No codec in common."),
            "bug" => throw new InvalidOperationException("a bug"),
            _ => ValueTask.FromResult("answer to " + sdp),
        };

    public ValueTask<string?> TrickleAsync(string sdpFragment, CancellationToken cancellationToken)
    {
        Calls.Enqueue("trickle " + sdpFragment);
        if (sdpFragment != RestartFragment)
        {
            return ValueTask.FromResult<string?>(null);
        }

        ETag = "ice2";
        return ValueTask.FromResult<string?>("server fragment");
    }

    public ValueTask AddCandidateAsync(string? candidate, string? mid, int? mLineIndex, CancellationToken cancellationToken) =>
        Note($"candidate {candidate ?? "end"} {mid} {mLineIndex}");

    public ValueTask MuteAsync(MediaKind kind, bool muted, string? participantId, CancellationToken cancellationToken) =>
        participantId is not null && Role != ParticipantRole.Host
            ? throw new RoomException(RoomError.Forbidden, "Only a host mutes others.")
            : Note($"mute {kind} {muted} {participantId}");

    public ValueTask LimitAsync(ReceiveLimit limit, string? participantId, CancellationToken cancellationToken) =>
        Note($"receive {limit} {participantId}");

    public ValueTask LayoutAsync(LayoutCommand command, CancellationToken cancellationToken) => Note(command.ToString());

    public ValueTask ChatAsync(string text, CancellationToken cancellationToken) => Note("chat " + text);

    public ValueTask KickAsync(string participantId, CancellationToken cancellationToken) =>
        throw new RoomException(RoomError.NotFound, "There is no such participant.");

    public ValueTask LeaveAsync(LeaveReason reason)
    {
        if (_ended.TrySetResult(reason))
        {
            _events.Writer.TryWrite(new SessionClosed(reason));
            _events.Writer.TryComplete();
        }

        return ValueTask.CompletedTask;
    }

    public void SignallingLost() => Lost.TrySetResult();

    public void SignallingResumed() => Resumed.TrySetResult();

    private ValueTask Note(string call)
    {
        Calls.Enqueue(call);
        return ValueTask.CompletedTask;
    }
}
