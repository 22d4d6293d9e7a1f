using System.Collections.Concurrent;

namespace Mcu.Server.Rooms;

/// <summary>All sessions that have not ended, by id. Thread-safe.</summary>
internal sealed class SessionTable
{
    private readonly ConcurrentDictionary<string, RoomSession> _sessions = new(StringComparer.Ordinal);

    public int Count => _sessions.Count;

    /// <summary>Adds a session, unless it has ended meanwhile.</summary>
    public void Add(RoomSession session)
    {
        _sessions[session.Id] = session;
        if (session.Completion.IsCompleted)
        {
            Remove(session);
        }
    }

    public void Remove(RoomSession session) => _sessions.TryRemove(session.Id, out _);

    public RoomSession? Find(string id) => _sessions.GetValueOrDefault(id);
}
