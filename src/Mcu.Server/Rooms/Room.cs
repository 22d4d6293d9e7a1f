using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Transport;

namespace Mcu.Server.Rooms;

/// <summary>
/// One room at work: the conference, the sessions in it and their legs, all run by one writer. Datagrams and commands come in through
/// two bounded queues; whatever the legs want to send leaves in one batch at the end of each run.
/// </summary>
internal sealed class Room : ISerialWork, IDisposable
{
    private const int MaxDatagrams = 4096;
    private const int MaxCommands = 4096;

    // given
    private readonly MediaHost _media;

    // owned
    private readonly DatagramRing _datagrams = new(MaxDatagrams);
    private readonly ConcurrentQueue<Action<MediaTime>> _commands = new();
    private readonly DatagramBatch _batch = new();
    private readonly List<RoomSession> _sessions = [];
    private readonly RoomAnnouncer _announcer;
    private readonly ILane _lane;

    // state
    private int _commandCount;
    private RoomWelcome _welcome;

    public Room(string name, Mcu.Conference.ConferenceOptions options, ICodecFactory codecs, MediaHost media)
    {
        Name = name;
        _media = media;
        _announcer = new RoomAnnouncer(_sessions);
        _batch.Full = Flush;
        _lane = media.Scheduler.AddLane(this);
        Conference = new Mcu.Conference.Conference(name, options, codecs, media.Scheduler, _announcer, media.Overlays, _lane.Wake);
        _welcome = RoomMapping.Welcome(Conference);
    }

    public string Name { get; }

    /// <summary>Only for this room's writer.</summary>
    public Mcu.Conference.Conference Conference { get; }

    /// <summary>Where the legs write what they send. Only for this room's writer.</summary>
    public DatagramBatch Batch => _batch;

    public MediaHost Media => _media;

    /// <summary>Roster and state as last published. Read by any thread.</summary>
    public RoomWelcome Welcome => Volatile.Read(ref _welcome);

    /// <summary>Time of the writer's present run.</summary>
    public MediaTime Now { get; private set; }

    /// <summary>Sessions now in the room. Only for this room's writer.</summary>
    public IReadOnlyList<RoomSession> Sessions => _sessions;

    /// <summary>Queues a datagram for a session; a flood beyond the queue is dropped, as a network would.</summary>
    public void Enqueue(RoomSession session, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (_datagrams.TryEnqueue(session, datagram, path, arrival))
        {
            _lane.Wake();
        }
    }

    /// <summary>Runs a function on the room's writer and gives its result; exceptions reach the caller.</summary>
    /// <exception cref="RoomException">Too much is waiting already.</exception>
    public Task<T> InvokeAsync<T>(Func<MediaTime, T> command)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(now =>
        {
            try
            {
                completion.SetResult(command(now));
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller, not to the writer.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    public void Post(Action<MediaTime> command)
    {
        if (Interlocked.Increment(ref _commandCount) > MaxCommands)
        {
            Interlocked.Decrement(ref _commandCount);
            throw new RoomException(
                RoomError.RoomFull,
                "The room is busy: more requests wait than it can serve. Try again in a few seconds."
            );
        }

        _commands.Enqueue(command);
        _lane.Wake();
    }

    public void Add(RoomSession session, MediaTime now)
    {
        try
        {
            session.Participant = Conference.Join(session.ParticipantId, session.Name, session.ConferenceRole, session.Leg, now);
            _sessions.Add(session);
            PublishWelcome();
        }
        catch (Mcu.Conference.ConferenceFullException full)
        {
            throw new RoomException(RoomError.RoomFull, full.Message);
        }
    }

    /// <summary>Ends a session: media, place in the conference, signalling, in this order.</summary>
    public void End(RoomSession session, LeaveReason reason, MediaTime now)
    {
        if (!_sessions.Remove(session))
        {
            return;
        }

        session.Leg.Close(reason.ToString());
        Conference.Leave(session.Participant!, reason.ToString(), now);
        session.Leg.Dispose();
        session.Complete(reason);
        _media.Sessions.Remove(session);
    }

    public void EndAll(LeaveReason reason, MediaTime now)
    {
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            End(_sessions[i], reason, now);
        }
    }

    public MediaTime Run(MediaTime now)
    {
        Now = now;
        while (_datagrams.TryDequeue(out var datagram))
        {
            ((RoomSession)datagram.Target).Leg.Receive(datagram.Bytes, datagram.Path, datagram.Arrival);
            datagram.Release();
        }

        while (_commands.TryDequeue(out var command))
        {
            Interlocked.Decrement(ref _commandCount);
            command(now);
        }

        var deadline = Conference.Run(now);
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            deadline = MediaTime.Min(deadline, _sessions[i].Run(now));
        }

        if (_announcer.RosterChanged)
        {
            PublishWelcome();
        }

        Flush(_batch);
        return deadline;
    }

    public void Dispose()
    {
        _lane.Dispose();
        _datagrams.Clear();
        Conference.Dispose();
    }

    private void PublishWelcome()
    {
        _announcer.RosterChanged = false;
        Volatile.Write(ref _welcome, RoomMapping.Welcome(Conference));
    }

    private void Flush(DatagramBatch batch)
    {
        _media.Port.Send(batch);
        batch.Clear();
    }
}
