namespace Mcu.Server.Rooms.Capacity;

/// <summary>Why a join is refused.</summary>
internal enum JoinRefusal
{
    /// <summary>The room's writer, which has one core at most, has no more to give.</summary>
    Room,

    /// <summary>All rooms together take what sound may take.</summary>
    Server,

    /// <summary>Sound is late already, whatever the processor says: in the room, or in all of them.</summary>
    Late,
}

/// <summary>What refusals are called, and what they tell people.</summary>
internal static class JoinRefusals
{
    /// <summary>In metrics.</summary>
    public static string Label(this JoinRefusal refusal) =>
        refusal switch
        {
            JoinRefusal.Room => "room",
            JoinRefusal.Server => "server",
            _ => "late",
        };

    public static RoomException ToException(this JoinRefusal refusal) =>
        new(
            RoomError.Busy,
            refusal switch
            {
                JoinRefusal.Room =>
                    "The room is too busy for one more: it would cost the others their sound. Try again in half a minute, or use another room.",
                JoinRefusal.Server =>
                    "The server is too busy for one more: it would cost the others their sound. Try again in half a minute, or use another server.",
                _ => "The sound is late already, so nobody can join at the moment. Try again in half a minute.",
            }
        );
}
