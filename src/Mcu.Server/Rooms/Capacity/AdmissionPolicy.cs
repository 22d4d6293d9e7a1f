using Mcu.Media;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>
/// Refuses joins before sound breaks, by what the participants there are cost (docs/decisions/0007-admission.md). Pure; observed a few
/// times a second, with the time handed in. Not thread-safe.
/// </summary>
/// <param name="percent">Of the processor, that sound may take; 0 admits everybody.</param>
/// <param name="cores">Of this machine.</param>
internal sealed class AdmissionPolicy(int percent, int cores)
{
    /// <summary>Participants of the server who are let in whatever is measured: so few tell nothing of what one costs.</summary>
    public const int AlwaysAdmitted = 10;

    private static readonly TimeSpan MaxLateness = TimeSpan.FromMilliseconds(10);

    private readonly double _limit = percent == 0 ? 1 : percent / 100.0;
    private readonly SustainedLimit _lanes = new();
    private readonly SustainedLimit _lateness = new();
    private int _sessions;

    /// <summary>What all rooms together will take with one more participant, as a part of the limit.</summary>
    public double Used => _lanes.Ratio;

    /// <summary>Whether the server has room for one more, leaving aside the room that is joined.</summary>
    public bool Admits => Refuse(room: null) is null;

    /// <summary>For a room that is opened.</summary>
    public RoomAdmission AddRoom() => new(_limit);

    public void Observe(in ServerLoad load, MediaTime now)
    {
        _lanes.Observe(Prediction.WithOneMore(load.Scheduler.LaneCores, _sessions, load.Sessions) / (_limit * cores), now);
        _lateness.Observe(load.Scheduler.LaneLatenessP99 / MaxLateness, now);
        _sessions = load.Sessions;
    }

    /// <summary>Why nobody may join now; null where somebody may.</summary>
    /// <param name="room">Null where the join opens one.</param>
    public JoinRefusal? Refuse(RoomAdmission? room)
    {
        if (percent == 0 || _sessions < AlwaysAdmitted)
        {
            return null;
        }

        return room?.Refusal is { } refusal ? refusal
            : _lanes.IsExceeded ? JoinRefusal.Server
            : _lateness.IsExceeded ? JoinRefusal.Late
            : null;
    }
}
