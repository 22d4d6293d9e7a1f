using Mcu.Media;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>One room's part in the policy: whether its writer can serve one more. Pure; time is handed in.</summary>
/// <param name="limit">The part of its core that the writer may take.</param>
internal sealed class RoomAdmission(double limit)
{
    /// <summary>Misses further apart are not one trouble.</summary>
    private static readonly TimeSpan MissMemory = TimeSpan.FromSeconds(5);

    /// <summary>One burst may miss several ticks; trouble is what misses them again later.</summary>
    private static readonly TimeSpan MissSpan = TimeSpan.FromSeconds(2);

    private readonly SustainedLimit _writer = new();
    private readonly SustainedLimit _lateness = new();
    private int _sessions;
    private long _late;
    private long _missed;
    private MediaTime? _firstMiss;
    private MediaTime _lastMiss;

    /// <summary>What the writer will take with one more participant, as a part of its limit.</summary>
    public double Used => _writer.Ratio;

    public void Observe(in RoomLoad load, MediaTime now)
    {
        _writer.Observe(Prediction.WithOneMore(load.Writer, _sessions, load.Sessions) / limit, now);
        _sessions = load.Sessions;
        _lateness.Observe(load.LateTicks > _late ? 1 : 0, now);
        _late = load.LateTicks;
        if (now - _lastMiss > MissMemory)
        {
            _firstMiss = null;
        }

        if (load.MissedTicks > _missed)
        {
            _missed = load.MissedTicks;
            _firstMiss ??= now;
            _lastMiss = now;
        }
    }

    /// <summary>Why the room takes nobody, as of the last observation; null where it does.</summary>
    public JoinRefusal? Refusal =>
        _writer.IsExceeded ? JoinRefusal.Room
        : _lateness.IsExceeded || _lastMiss - _firstMiss >= MissSpan ? JoinRefusal.Late
        : null;
}
