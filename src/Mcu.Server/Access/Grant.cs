using Mcu.Server.Rooms;

namespace Mcu.Server.Access;

/// <summary>What a caller may do.</summary>
/// <param name="IsAdministrator">May look at every room and make join tokens.</param>
/// <param name="Room">The only room it may enter; null: any.</param>
/// <param name="Name">The name it must bear; null: its own choice.</param>
/// <param name="Role">Its role in rooms.</param>
public sealed record Grant(bool IsAdministrator, string? Room, string? Name, ParticipantRole Role)
{
    /// <summary>The API key's, and everybody's on an open server.</summary>
    public static Grant Everything { get; } = new(IsAdministrator: true, Room: null, Name: null, ParticipantRole.Host);

    public bool Opens(string room) => Room is null || Room == room;
}
