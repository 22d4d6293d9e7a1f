using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Server.Recording;
using Mcu.Server.Rooms.Quality;
using Mcu.Transport;

namespace Mcu.Server.Rooms;

/// <summary>
/// One room at work: the conference, the sessions in it and their legs, all run by one writer. Datagrams and commands come in through
/// two bounded queues; whatever the legs want to send leaves in one batch at the end of each run.
/// </summary>
internal sealed class Room : ISerialWork, IDisposable
{
    private const int MaxDatagrams = 4096;

    /// <summary>Datagrams dealt with in one run: a flood of them may not hold up the audio tick, nor other rooms.</summary>
    private const int DatagramsPerRun = 256;

    /// <summary>Timers of sessions run with the audio ticks and halfway between them: a few milliseconds later a report is as good, and a run serves many.</summary>
    private static readonly TimeSpan TimerStep = TimeSpan.FromMilliseconds(10);

    /// <summary>So many words about quality a room says at most in a second, however many are in it.</summary>
    private const int QualityWordsPerSecond = 500;

    // given
    private readonly IMediaHost _media;

    // owned
    private readonly DatagramQueue _datagrams = new(MaxDatagrams);
    private readonly RoomCommands _commands;
    private readonly DatagramBatch _batch = new();
    private readonly List<RoomSession> _sessions = [];
    private readonly List<RoomSession> _touched = [];
    private readonly RoomAnnouncer _announcer;
    private readonly ILane _lane;
    private readonly RoomRecorders _recorders;

    // state
    private volatile bool _ticks;
    private MediaTime _nextSession;
    private RoomWelcome _welcome;
    private long _lateAudioTicks;
    private long _missedAudioTicks;

    public Room(string name, Mcu.Conference.ConferenceOptions options, ICodecFactory codecs, IMediaHost media)
    {
        Name = name;
        _media = media;
        _announcer = new RoomAnnouncer(_sessions);
        _batch.Full = Flush;
        _lane = media.Scheduler.AddLane(this);
        _commands = new RoomCommands(_lane);
        Conference = new Mcu.Conference.Conference(name, options, codecs, media.Scheduler, _announcer, media.Overlays, _lane.Wake);
        _recorders = new RoomRecorders(this, _announcer);
        _welcome = RoomMapping.Welcome(Conference, recording: false);
    }

    public string Name { get; }

    /// <summary>Only for this room's writer.</summary>
    public Mcu.Conference.Conference Conference { get; }

    /// <summary>Where the legs write what they send. Only for this room's writer.</summary>
    public DatagramBatch Batch => _batch;

    public IMediaHost Media => _media;

    /// <summary>Only for this room's writer.</summary>
    public RoomRecorders Recorders => _recorders;

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

    /// <summary>From one word about quality to the next, to each who is told.</summary>
    public TimeSpan QualityInterval =>
        TimeSpan.FromSeconds(Math.Max(QualityMeter.Window.TotalSeconds, _sessions.Count / (double)QualityWordsPerSecond));

    /// <summary>
    /// Queues a datagram for a session; a flood beyond the queue is dropped, as a network would. Sound is not needed before the next
    /// tick, for which the room wakes up anyway: it does not wake the room, nor does anything of those who are connected and have no video.
    /// </summary>
    public void Enqueue(RoomSession session, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (
            _datagrams.TryEnqueue(session, datagram, path, arrival)
            && !(_ticks && (session.Leg.IsPatient || SoundPackets.IsLikely(datagram)))
        )
        {
            _lane.Wake();
        }
    }

    /// <inheritdoc cref="RoomCommands.InvokeAsync{T}"/>
    public Task<T> InvokeAsync<T>(Func<MediaTime, T> command, bool always = false) => _commands.InvokeAsync(command, always);

    /// <inheritdoc cref="RoomCommands.Post"/>
    public void Post(Action<MediaTime> command, bool always = false) => _commands.Post(command, always);

    /// <summary>Only for this room's writer.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.NotFound"/>.</exception>
    public Mcu.Conference.Participant ParticipantOf(string id) =>
        Conference.Find(id)
        ?? throw new RoomException(RoomError.NotFound, "No such participant is in the room: it may have left. See the participant list.");

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
        RunSessions(now);
        deadline = MediaTime.Min(deadline, _nextSession);
        if (_announcer.RosterChanged)
        {
            PublishWelcome();
        }

        Flush(_batch);
        return hasMore ? now : deadline;
    }

    /// <summary>Sends what the legs have written: before one of them closes what it would leave by. Only for this room's writer.</summary>
    public void Flush() => Flush(_batch);

    /// <summary>Something happened to a session: its timers run at the end of this run. Only for this room's writer.</summary>
    public void Touch(RoomSession session)
    {
        if (session.Due != MediaTime.Zero)
        {
            session.Due = MediaTime.Zero;
            _touched.Add(session);
        }
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
        _recorders.EndFiles("the room ended", Now);
        _commands.Dispose();
        _datagrams.Clear();
        Conference.Dispose();
    }

    public override string ToString() => $"Room {Name}";

    private void RunCommands(MediaTime now)
    {
        if (!_commands.Run(now))
        {
            return;
        }

        // A command may have touched anybody.
        foreach (var session in _sessions)
        {
            session.Due = MediaTime.Zero;
        }

        _nextSession = MediaTime.Zero;
    }

    /// <summary>Runs the timers of all that are due; between their deadlines only of those to whom something happened.</summary>
    private void RunSessions(MediaTime now)
    {
        if (_nextSession <= now)
        {
            _nextSession = MediaTime.Never;
            for (var i = _sessions.Count - 1; i >= 0; i--)
            {
                RunSession(_sessions[i], now);
            }
        }
        else
        {
            foreach (var session in _touched)
            {
                RunSession(session, now);
            }
        }

        _touched.Clear();
    }

    /// <summary>The next step of the room's timers at or after a time.</summary>
    private MediaTime OnTimerStep(MediaTime time)
    {
        var phase = TimeSpan.FromTicks(Conference.NextAudioTick.Ticks % TimerStep.Ticks);
        return time == MediaTime.Never ? time : (time - phase).RoundUp(TimerStep) + phase;
    }

    private void RunSession(RoomSession session, MediaTime now)
    {
        if (session.Completion.IsCompleted)
        {
            return;
        }

        if (session.Due <= now)
        {
            var next = OnTimerStep(session.Run(now));
            session.Due = MediaTime.Min(next, session.Leg.NextPacket);
        }

        _nextSession = MediaTime.Min(_nextSession, session.Due);
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
                Touch(session);
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
        Volatile.Write(ref _welcome, RoomMapping.Welcome(Conference, _recorders.IsRecording));
    }

    private void Flush(DatagramBatch batch)
    {
        _media.Send(batch);
        batch.Clear();
    }
}
