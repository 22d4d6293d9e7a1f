using System.Text.Json.Serialization;
using Mcu.Server.Rooms.Quality;

namespace Mcu.Server.Rooms;

/// <summary>Something that happened in a room, as one participant is told. On the wire: docs/signalling.md, same names.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(ParticipantJoined), "participant-joined")]
[JsonDerivedType(typeof(ParticipantUpdated), "participant-updated")]
[JsonDerivedType(typeof(ParticipantLeft), "participant-left")]
[JsonDerivedType(typeof(ActiveSpeakerChanged), "active-speaker")]
[JsonDerivedType(typeof(LayoutChanged), "layout")]
[JsonDerivedType(typeof(ChatPosted), "chat")]
[JsonDerivedType(typeof(QualityChanged), "quality")]
[JsonDerivedType(typeof(SendLimited), "send")]
[JsonDerivedType(typeof(RecordingChanged), "recording")]
[JsonDerivedType(typeof(SessionClosed), "closed")]
public abstract record RoomEvent;

public sealed record ParticipantJoined(ParticipantInfo Participant) : RoomEvent;

public sealed record ParticipantUpdated(ParticipantInfo Participant) : RoomEvent;

public sealed record ParticipantLeft(string Id, LeaveReason Reason) : RoomEvent;

/// <param name="Participant">Its id, or null while nobody speaks.</param>
public sealed record ActiveSpeakerChanged(string? Participant) : RoomEvent;

/// <summary>The layout now in force for this client.</summary>
/// <param name="Scope">Whether it follows the room or has its own.</param>
/// <param name="Layout">Never <see cref="LayoutKind.Default"/>.</param>
/// <param name="Pinned">A participant's id.</param>
/// <param name="Page">0 to <paramref name="Pages"/> - 1.</param>
/// <param name="Pages">At least 1.</param>
public sealed record LayoutChanged(LayoutScope Scope, LayoutKind Layout, string? Pinned, int Page, int Pages) : RoomEvent;

/// <param name="From">The writer's participant id.</param>
/// <param name="Name">The writer's name.</param>
/// <param name="Text">1 to 2,000 characters.</param>
/// <param name="At">When the server received it, UTC.</param>
public sealed record ChatPosted(string From, string Name, string Text, DateTimeOffset At) : RoomEvent;

/// <summary>One's own connection is noticeably better or worse than told last.</summary>
public sealed record QualityChanged(ParticipantQuality Quality) : RoomEvent;

/// <summary>The most that one's own camera is of use for at the moment: it is not shown larger anywhere.</summary>
/// <param name="MaxWidth">Pixels.</param>
/// <param name="MaxHeight">Pixels.</param>
/// <param name="MaxFramesPerSecond">Frames that would not be shown.</param>
/// <param name="MaxBitrateBps">Bits per second.</param>
public sealed record SendLimited(int MaxWidth, int MaxHeight, int MaxFramesPerSecond, int MaxBitrateBps) : RoomEvent;

/// <summary>Whether the room is being recorded; not while every recording pauses.</summary>
public sealed record RecordingChanged(bool Recording) : RoomEvent;

/// <summary>The session has ended. The last event.</summary>
public sealed record SessionClosed(LeaveReason Reason) : RoomEvent;

public enum LayoutScope
{
    Room,
    Me,
}

public enum LayoutKind
{
    /// <summary>Only as a wish of one participant: follow the room.</summary>
    Default,

    /// <summary>Presenter while a screen is shared, speaker while somebody is pinned, else grid.</summary>
    Auto,
    Grid,
    Speaker,
    Presenter,
    Single,
}

/// <param name="Scope">The room's layout (host only) or one's own.</param>
/// <param name="Layout">The layout wished for; <see cref="LayoutKind.Default"/> only for one's own.</param>
/// <param name="Pinned">Participant to pin, or null for none.</param>
/// <param name="Page">From 0; beyond the last page means the last.</param>
/// <param name="SelfView">Whether to see oneself; only for one's own, null leaves it as it is.</param>
public sealed record LayoutCommand(LayoutScope Scope, LayoutKind Layout, string? Pinned, int Page, bool? SelfView);

/// <summary>How much somebody wants to receive; what it sends is not touched.</summary>
public enum ReceiveLimit
{
    /// <summary>As much as its network carries.</summary>
    Full,

    /// <summary>As little as is still a picture.</summary>
    SaveData,

    /// <summary>Sound alone.</summary>
    AudioOnly,
}

public enum MutedBy
{
    Self,
    Room,
}

/// <param name="Sending">Whether media of this kind arrives.</param>
/// <param name="Muted">Muted by whomever.</param>
/// <param name="MutedBy">Null when not muted.</param>
public sealed record AudioState(bool Sending, bool Muted, MutedBy? MutedBy);

public sealed record VideoState(bool Sending, bool Muted);

/// <param name="Id">Known to everybody in the room.</param>
/// <param name="Name">Display name.</param>
/// <param name="Role">Its role.</param>
/// <param name="Audio">Its microphone.</param>
/// <param name="Video">Its camera.</param>
/// <param name="Screen">Whether it shares its screen.</param>
/// <param name="ReceiveLimit">How much it wants to receive.</param>
public sealed record ParticipantInfo(
    string Id,
    string Name,
    ParticipantRole Role,
    AudioState Audio,
    VideoState Video,
    bool Screen,
    ReceiveLimit ReceiveLimit
);

/// <param name="Name">The room's name.</param>
/// <param name="Layout">The room's layout, never <see cref="LayoutKind.Default"/>.</param>
/// <param name="Pinned">The participant pinned for the room.</param>
/// <param name="Recording">Whether the room is being recorded.</param>
public sealed record RoomState(string Name, LayoutKind Layout, string? Pinned, bool Recording = false);

/// <param name="Room">State of the room.</param>
/// <param name="Participants">Everybody in it, oneself included.</param>
public sealed record RoomWelcome(RoomState Room, IReadOnlyList<ParticipantInfo> Participants);
