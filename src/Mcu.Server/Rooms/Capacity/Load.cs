using Mcu.Transport;

namespace Mcu.Server.Rooms.Capacity;

/// <summary>What all rooms together cost at one moment.</summary>
/// <param name="Scheduler">Work and lateness of the last second.</param>
/// <param name="Sessions">Participants in all rooms, those that are joining included.</param>
internal readonly record struct ServerLoad(SchedulerLoad Scheduler, int Sessions);

/// <summary>What one room costs at one moment.</summary>
/// <param name="Writer">The part of the last second in which its writer ran, 0 to 1.</param>
/// <param name="Sessions">Participants, those that are joining included.</param>
/// <param name="LateTicks">Audio ticks that began late since the room was opened.</param>
/// <param name="MissedTicks">Audio ticks missed since then.</param>
internal readonly record struct RoomLoad(double Writer, int Sessions, long LateTicks, long MissedTicks);

/// <summary>What the load will be with one more participant.</summary>
internal static class Prediction
{
    /// <param name="load">In the last second, on average.</param>
    /// <param name="paidFor">Participants in that second.</param>
    /// <param name="sessions">Participants now, those that are joining included.</param>
    /// <returns>As if everybody cost the same and nothing else did: rather too much than too little.</returns>
    public static double WithOneMore(double load, int paidFor, int sessions) => load * (sessions + 1) / Math.Max(paidFor, 1);
}
