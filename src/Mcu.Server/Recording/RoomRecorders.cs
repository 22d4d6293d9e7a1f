using Mcu.Media;
using Mcu.Recording;
using Mcu.Server.Rooms;

namespace Mcu.Server.Recording;

/// <summary>The recordings that a room makes at present: a hidden participant for each. Belongs to the room's writer.</summary>
internal sealed class RoomRecorders
{
    private readonly Room _room;
    private readonly RoomAnnouncer _announcer;
    private readonly List<RecordingFile> _files = [];
    private readonly HashSet<string> _sharers = new(StringComparer.Ordinal);

    public RoomRecorders(Room room, RoomAnnouncer announcer)
    {
        (_room, _announcer) = (room, announcer);
        announcer.Observed = Note;
    }

    /// <summary>Some recording takes what is said and shown.</summary>
    public bool IsRecording { get; private set; }

    public int Count => _files.Count;

    public void Add(RecordingFile file, MediaTime now)
    {
        file.Leg.Participant = _room.Conference.JoinHidden(file.Info.Id, file.Leg, now);
        foreach (var participant in _room.Conference.Participants)
        {
            file.Note(new TimelineEntry(0, "joined", participant.Id, participant.Name));
        }

        _files.Add(file);
        Announce();
    }

    /// <exception cref="RoomException"><see cref="RoomError.NotFound"/>: it has ended.</exception>
    public void SetPaused(string id, bool paused, MediaTime now)
    {
        var file = Find(id) ?? throw new RoomException(RoomError.NotFound, "This recording has ended: start another one.");
        file.SetPaused(paused, now);
        _room.Conference.OnMediaChanged(file.Leg.Participant!, now);
        Announce();
    }

    /// <summary>Ends one; does nothing where it has ended.</summary>
    public void End(string id, string reason, MediaTime now)
    {
        if (Find(id) is { } file)
        {
            file.End(reason, now);
            _room.Conference.Leave(file.Leg.Participant!, reason, now);
            _files.Remove(file);
            Announce();
        }
    }

    public void EndAll(string reason, MediaTime now)
    {
        while (_files.Count > 0)
        {
            End(_files[^1].Info.Id, reason, now);
        }
    }

    /// <summary>The room is gone, and its conference with it: the files end.</summary>
    public void EndFiles(string reason, MediaTime now)
    {
        foreach (var file in _files)
        {
            file.End(reason, now);
        }

        _files.Clear();
    }

    private RecordingFile? Find(string id) => _files.Find(f => f.Info.Id == id);

    private void Announce()
    {
        var recording = _files.Exists(f => !f.Leg.IsPaused);
        if (recording != IsRecording)
        {
            IsRecording = recording;
            _announcer.Tell(new RecordingChanged(recording));
        }
    }

    private void Note(RoomEvent roomEvent)
    {
        var (what, participant, name) = roomEvent switch
        {
            ParticipantJoined joined => ("joined", joined.Participant.Id, joined.Participant.Name),
            ParticipantLeft left => ("left", left.Id, null),
            ActiveSpeakerChanged speaker => ("speaks", speaker.Participant, null),
            ParticipantUpdated { Participant: { Screen: true } sharer } when _sharers.Add(sharer.Id) => ("shares", sharer.Id, null),
            ParticipantUpdated { Participant: { Screen: false } sharer } when _sharers.Remove(sharer.Id) => ("unshares", sharer.Id, null),
            _ => (null, (string?)null, (string?)null),
        };
        if (roomEvent is ParticipantLeft gone)
        {
            _sharers.Remove(gone.Id);
        }

        if (what is null)
        {
            return;
        }

        foreach (var file in _files)
        {
            file.Note(new TimelineEntry((long)file.Leg.PositionAt(_room.Now).TotalMilliseconds, what, participant, name));
        }
    }
}
