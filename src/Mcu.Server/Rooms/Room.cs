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

    /// <summary>Datagrams dealt with in one run: a flood of them may not hold up the audio tick, nor other rooms.</summary>
    private const int DatagramsPerRun = 256;

    /// <summary>Timers of sessions are grouped by this: a few milliseconds later a report is as good, and a run serves many.</summary>
    private static readonly TimeSpan TimerStep = TimeSpan.FromMilliseconds(5);

    // given
    private readonly MediaHost _media;

    // owned
    private readonly DatagramRing _datagrams = new(MaxDatagrams);
    private readonly ConcurrentQueue<Command> _commands = new();
    private readonly DatagramBatch _batch = new();
    private readonly List<RoomSession> _sessions = [];
    private readonly RoomAnnouncer _announcer;
    private readonly ILane _lane;

    // state
    private int _commandCount;
    private volatile bool _stopped;
    private volatile bool _ticks;
    private RoomWelcome _welcome;
    private long _lateAudioTicks;
    private long _missedAudioTicks;

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

    /// <summary>The part of about the last second in which the writer ran, 0 to 1. Read by any thread.</summary>
    public double Load => _lane.Load;

    /// <summary>Audio ticks that were late, and missed, since the room was opened. Read by any thread.</summary>
    public (long Late, long Missed) AudioTroubles => (Volatile.Read(ref _lateAudioTicks), Volatile.Read(ref _missedAudioTicks));

    /// <summary>Time of the writer's present run.</summary>
    public MediaTime Now { get; private set; }

    /// <summary>Sessions now in the room. Only for this room's writer.</summary>
    public IReadOnlyList<RoomSession> Sessions => _sessions;

    /// <summary>
    /// Queues a datagram for a session; a flood beyond the queue is dropped, as a network would. Sound is not needed before the next
    /// tick, for which the room wakes up anyway: it does not wake the room.
    /// </summary>
    public void Enqueue(RoomSession session, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (_datagrams.TryEnqueue(session, datagram, path, arrival) && !(_ticks && SoundPackets.IsLikely(datagram)))
        {
            _lane.Wake();
        }
    }

    /// <summary>Runs a function on the room's writer and gives its result; exceptions reach the caller.</summary>
    /// <param name="command">Gets the time of the run.</param>
    /// <param name="always">For what comes once in a session's life and may not get lost: the bound does not hold for it.</param>
    /// <exception cref="RoomException">Too much is waiting already, or the room has ended.</exception>
    public Task<T> InvokeAsync<T>(Func<MediaTime, T> command, bool always = false)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(
            new Command(
                now =>
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
                },
                () => completion.SetException(new RoomException(RoomError.NotFound, "The room has ended: join again."))
            ),
            always
        );
        return completion.Task;
    }

    /// <summary>Runs an action on the room's writer; not at all where the room has ended.</summary>
    /// <param name="command">Gets the time of the run.</param>
    /// <param name="always">For what comes once in a session's life and may not get lost: the bound does not hold for it.</param>
    /// <exception cref="RoomException">Too much is waiting already.</exception>
    public void Post(Action<MediaTime> command, bool always = false) => Post(new Command(command, static () => { }), always);

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
        var hasMore = ReceiveDatagrams(now);
        RunCommands(now);
        var deadline = Conference.Run(now);
        _ticks = deadline != MediaTime.Never;
        Volatile.Write(ref _lateAudioTicks, Conference.LateAudioTicks);
        Volatile.Write(ref _missedAudioTicks, Conference.MissedAudioTicks);
        for (var i = _sessions.Count - 1; i >= 0; i--)
        {
            var session = _sessions[i];
            if (session.Due <= now)
            {
                session.Due = session.Run(now).RoundUp(TimerStep);
            }

            deadline = MediaTime.Min(deadline, session.Due);
        }

        if (_announcer.RosterChanged)
        {
            PublishWelcome();
        }

        Flush(_batch);
        return hasMore ? now : deadline;
    }

    /// <summary>
    /// The writer threw and never runs again: everybody is told that the session failed, so that they can join anew. Called when its
    /// last run is over.
    /// </summary>
    public void Abandon()
    {
        foreach (var session in _sessions)
        {
            session.Complete(LeaveReason.Failed);
            _media.Sessions.Remove(session);
            session.Leg.Dispose();
        }

        _sessions.Clear();
        Dispose();
    }

    public void Dispose()
    {
        _lane.Dispose();
        _stopped = true;
        RefuseCommands();
        _datagrams.Clear();
        Conference.Dispose();
    }

    public override string ToString() => $"Room {Name}";

    private void Post(Command command, bool always)
    {
        if (Interlocked.Increment(ref _commandCount) > MaxCommands && !always)
        {
            Interlocked.Decrement(ref _commandCount);
            throw new RoomException(RoomError.Busy, "The room is busy: more requests wait than it can serve. Try again in a few seconds.");
        }

        _commands.Enqueue(command);
        _lane.Wake();
        if (_stopped)
        {
            // It ended after this was queued, or before: whoever takes the command out refuses it.
            RefuseCommands();
        }
    }

    private void RunCommands(MediaTime now)
    {
        var left = Volatile.Read(ref _commandCount);
        if (left == 0)
        {
            return;
        }

        for (; left > 0 && TryTakeCommand(out var command); left--)
        {
            command.Run(now);
        }

        // A command may have touched anybody.
        foreach (var session in _sessions)
        {
            session.Due = MediaTime.Zero;
        }
    }

    private bool TryTakeCommand(out Command command)
    {
        var taken = _commands.TryDequeue(out command);
        if (taken)
        {
            Interlocked.Decrement(ref _commandCount);
        }

        return taken;
    }

    private void RefuseCommands()
    {
        while (TryTakeCommand(out var command))
        {
            command.Refuse();
        }
    }

    /// <summary>Hands datagrams to their legs; true where more wait. A leg that throws costs its own session, not the room.</summary>
    private bool ReceiveDatagrams(MediaTime now)
    {
        for (var left = DatagramsPerRun; left > 0; left--)
        {
            if (!_datagrams.TryDequeue(out var datagram))
            {
                return false;
            }

            var session = (RoomSession)datagram.Target;
            try
            {
                session.Leg.Receive(datagram.Bytes, datagram.Path, datagram.Arrival);
                session.Due = MediaTime.Zero;
            }
#pragma warning disable CA1031 // Whatever it is, it came from this participant's network: the others go on.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                _media.ReportFailedSession(exception, session);
                End(session, LeaveReason.Failed, now);
            }
            finally
            {
                datagram.Release();
            }
        }

        return true;
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

    /// <param name="Run">On the writer.</param>
    /// <param name="Refuse">Instead, where the room has ended.</param>
    private readonly record struct Command(Action<MediaTime> Run, Action Refuse);
}
