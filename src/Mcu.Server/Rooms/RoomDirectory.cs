using System.Security.Cryptography;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Sdp;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms.Capacity;
using Mcu.Transport;

namespace Mcu.Server.Rooms;

/// <summary>
/// All rooms of this server. A room comes with its first participant and goes a while after its last; the lock guards only the table,
/// never media.
/// </summary>
internal sealed class RoomDirectory : IRoomDirectory, IDisposable
{
    /// <summary>An empty room keeps its layout for whoever comes back.</summary>
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(15);

    /// <summary>Nobody is there and nobody has been for so long: memory is given back.</summary>
    private static readonly TimeSpan IdleBeforeTrim = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan MeasureInterval = TimeSpan.FromMilliseconds(500);

    private readonly Mcu.Conference.ConferenceOptions _options;
    private readonly ICodecFactory _codecs;
    private readonly MediaHost _media;
    private readonly LimitOptions _limits;
    private readonly AdmissionPolicy _admission;
    private readonly CapacityMetrics _metrics;
    private readonly ITimer _sweep;
    private readonly ITimer _measure;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _rooms = new(StringComparer.Ordinal);
    private ServerCapacity _capacity = new(Used: 0, Admits: true);
    private bool _closed;
    private int _usesSinceTrim; // joins, and rooms that are gone

    public RoomDirectory(McuOptions limits, Mcu.Conference.ConferenceOptions options, ICodecFactory codecs, MediaHost media)
    {
        _limits = limits.Limits;
        _options = options;
        _codecs = codecs;
        _media = media;
        media.Scheduler.UnhandledLaneException += Abandon;
        _admission = new AdmissionPolicy(_limits.Load, Environment.ProcessorCount);
        _metrics = new CapacityMetrics(() => Capacity);
        _sweep = media.Time.CreateTimer(_ => Sweep(), null, SweepInterval, SweepInterval);
        _measure = media.Time.CreateTimer(_ => Measure(media.Scheduler.Load, media.Clock.Now), null, MeasureInterval, MeasureInterval);
    }

    public ServerCapacity Capacity => Volatile.Read(ref _capacity);

    private sealed class Entry(Room room, RoomAdmission admission)
    {
        public Room Room => room;

        public RoomAdmission Admission => admission;

        public int Sessions { get; set; }

        public DateTimeOffset EmptySince { get; set; }
    }

    public async ValueTask<IRoomSession> JoinAsync(JoinRequest request, CancellationToken cancellationToken) =>
        await JoinAsync(request, open: null);

    /// <summary>The same with a leg of another kind than WebRTC's.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.RoomFull"/>, <see cref="RoomError.Busy"/>, or what opening the leg throws.</exception>
    public async Task<RoomSession> JoinAsync(JoinRequest request, Func<RoomSession, ISessionLeg>? open)
    {
        Interlocked.Increment(ref _usesSinceTrim);
        var entry = Enter(request.Room);
        RoomSession? session = null;
        try
        {
            session = new RoomSession(entry.Room, request, NewId("s_", 16), NewId("p_", 8), open);
            await entry.Room.InvokeAsync(now =>
            {
                entry.Room.Add(session, now);
                return true;
            });
        }
        catch
        {
            session?.Leg.Dispose();
            Leave(entry);
            throw;
        }

        _media.Sessions.Add(session);
        _ = session.Completion.ContinueWith(_ => Leave(entry), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return session;
    }

    public void CheckOffer(string sdp)
    {
        if (!SessionDescription.TryParse(sdp, out _, out var error))
        {
            throw new RoomException(RoomError.BadSdp, error!.ToString());
        }
    }

    public IReadOnlyList<RoomSummary> List()
    {
        lock (_gate)
        {
            return
            [
                .. _rooms
                    .Values.Select(entry => new RoomSummary(entry.Room.Name, entry.Sessions))
                    .OrderBy(r => r.Name, StringComparer.Ordinal),
            ];
        }
    }

    public async ValueTask<RoomSnapshot?> DescribeAsync(string room, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_gate)
        {
            _rooms.TryGetValue(room, out entry);
        }

        return entry is null ? null : await entry.Room.InvokeAsync(_ => RoomReport.Of(entry.Room)).WaitAsync(cancellationToken);
    }

    public async ValueTask LimitAsync(string room, string participantId, ReceiveLimit limit, CancellationToken cancellationToken)
    {
        Entry? entry;
        lock (_gate)
        {
            _rooms.TryGetValue(room, out entry);
        }

        if (entry is null)
        {
            throw new RoomException(RoomError.NotFound, "There is no such room; a room comes with its first participant.");
        }

        await entry
            .Room.InvokeAsync(_ =>
            {
                entry.Room.Conference.SetReceiveLimit(entry.Room.ParticipantOf(participantId), RoomMapping.Limit(limit));
                return true;
            })
            .WaitAsync(cancellationToken);
    }

    /// <summary>Runs a command on the writer of a room.</summary>
    /// <exception cref="RoomException"><see cref="RoomError.NotFound"/>: there is no such room; or what the command throws.</exception>
    public Task<T> InRoomAsync<T>(string room, Func<Room, MediaTime, T> command)
    {
        Entry? entry;
        lock (_gate)
        {
            _rooms.TryGetValue(room, out entry);
        }

        return entry is null
            ? throw new RoomException(RoomError.NotFound, "There is no such room; a room comes with its first participant.")
            : entry.Room.InvokeAsync(now => command(entry.Room, now));
    }

    public IRoomSession? Find(string sessionId) => _media.Sessions.Find(sessionId);

    public async ValueTask CloseAllAsync(LeaveReason reason, CancellationToken cancellationToken)
    {
        Room[] rooms;
        lock (_gate)
        {
            _closed = true;
            rooms = [.. _rooms.Values.Select(entry => entry.Room)];
        }

        await Task.WhenAll(
                rooms.Select(room =>
                    room.InvokeAsync(now =>
                    {
                        room.EndAll(reason, now);
                        room.Recorders.EndAll("the server ended", now);
                        return true;
                    })
                )
            )
            .WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        _media.Scheduler.UnhandledLaneException -= Abandon;
        _sweep.Dispose();
        _measure.Dispose();
        _metrics.Dispose();
        lock (_gate)
        {
            foreach (var entry in _rooms.Values)
            {
                entry.Room.Dispose();
            }

            _rooms.Clear();
        }
    }

    private static string NewId(string prefix, int bytes) => prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(bytes));

    /// <summary>Finds or opens a room and counts the newcomer in, so that it is not swept away before he is inside.</summary>
    private Entry Enter(string name)
    {
        lock (_gate)
        {
            if (_closed)
            {
                throw new RoomException(RoomError.RoomFull, "The server is shutting down: join again in a few seconds.");
            }

            _rooms.TryGetValue(name, out var entry);
            if (_admission.Refuse(entry?.Admission) is { } refusal)
            {
                _metrics.Refused(refusal);
                throw refusal.ToException();
            }

            if (entry is null)
            {
                if (_rooms.Count >= _limits.Rooms)
                {
                    throw new RoomException(
                        RoomError.RoomFull,
                        $"The server takes {_limits.Rooms} rooms at once: join one that exists, try again later, or raise Limits:Rooms."
                    );
                }

                entry = new Entry(new Room(name, _options, _codecs, _media), _admission.AddRoom());
                _rooms.Add(name, entry);
            }

            entry.Sessions++;
            return entry;
        }
    }

    private void Leave(Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Sessions == 0)
            {
                entry.EmptySince = _media.Time.GetUtcNow();
            }
        }
    }

    /// <summary>A room whose writer threw never runs again; the next to join gets a new one.</summary>
    private void Abandon(object? sender, MediaWorkFailedEventArgs failed)
    {
        if (failed.Work is not Room room)
        {
            return;
        }

        lock (_gate)
        {
            if (_rooms.TryGetValue(room.Name, out var entry) && entry.Room == room)
            {
                _rooms.Remove(room.Name);
            }
        }

        room.Abandon();
    }

    /// <summary>Looks at what the rooms cost, so that a join can be judged at once.</summary>
    internal void Measure(SchedulerLoad scheduler, MediaTime now)
    {
        lock (_gate)
        {
            var sessions = 0;
            var used = 0.0;
            foreach (var entry in _rooms.Values)
            {
                sessions += entry.Sessions;
                var (late, missed) = entry.Room.AudioTroubles;
                entry.Admission.Observe(new RoomLoad(entry.Room.Load, entry.Sessions, late, missed), now);
                used = Math.Max(used, entry.Admission.Used);
            }

            _admission.Observe(new ServerLoad(scheduler, sessions), now);
            Volatile.Write(ref _capacity, new ServerCapacity(Math.Max(used, _admission.Used), _admission.Admits && !_closed));
        }
    }

    private void Sweep()
    {
        var now = _media.Time.GetUtcNow();
        bool isIdle;
        lock (_gate)
        {
            isIdle = _rooms.Values.All(entry => entry.Sessions == 0 && now - entry.EmptySince > IdleBeforeTrim);
            foreach (var (name, entry) in _rooms.Where(r => r.Value.Sessions == 0 && now - r.Value.EmptySince > Linger).ToList())
            {
                _rooms.Remove(name);
                entry.Room.Dispose();
                Interlocked.Increment(ref _usesSinceTrim);
            }
        }

        if (isIdle && Interlocked.Exchange(ref _usesSinceTrim, 0) > 0)
        {
            IdleMemory.GiveBack();
        }
    }
}
