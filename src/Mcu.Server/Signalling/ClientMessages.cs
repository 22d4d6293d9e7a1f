using System.Text.Json;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>What a client may say (docs/signalling.md). <paramref name="Id"/> is echoed in the reply.</summary>
public abstract record ClientMessage(long? Id);

public sealed record JoinMessage(long? Id, string Room, string Name, string? Token) : ClientMessage(Id);

public sealed record ResumeMessage(long? Id, string Session, string ResumeToken) : ClientMessage(Id);

public sealed record OfferMessage(long? Id, string Sdp) : ClientMessage(Id);

/// <summary>One ICE candidate; <paramref name="Candidate"/> is null when there will be no more.</summary>
public sealed record CandidateMessage(long? Id, string? Candidate, string? Mid, int? MLineIndex) : ClientMessage(Id);

public sealed record MuteMessage(long? Id, MediaKind Kind, bool Muted, string? Participant) : ClientMessage(Id);

public sealed record LayoutMessage(long? Id, LayoutCommand Command) : ClientMessage(Id);

public sealed record ReceiveMessage(long? Id, ReceiveLimit Limit, string? Participant) : ClientMessage(Id);

public sealed record ChatMessage(long? Id, string Text) : ClientMessage(Id);

public sealed record KickMessage(long? Id, string Participant) : ClientMessage(Id);

public sealed record LeaveMessage(long? Id) : ClientMessage(Id);

/// <param name="Id">Echoed in the reply.</param>
/// <param name="T">A number, echoed exactly as it came.</param>
public sealed record PingMessage(long? Id, JsonElement T) : ClientMessage(Id);

public sealed record PongMessage(long? Id) : ClientMessage(Id);

/// <summary>Why a message was not understood.</summary>
/// <param name="Re">The message's id, where that much could be read.</param>
/// <param name="Detail">What to do.</param>
public sealed record SignallingError(long? Re, string Detail);
