using System.Text.Json;
using System.Text.Json.Serialization;
using Mcu.Server.Access;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>What the server says of its own accord or as a reply; what happens in the room is <see cref="RoomEvent"/>.</summary>
/// <param name="Re">The id of the request it replies to.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(JoinedReply), "joined")]
[JsonDerivedType(typeof(AnswerReply), "answer")]
[JsonDerivedType(typeof(OkReply), "ok")]
[JsonDerivedType(typeof(ErrorReply), "error")]
[JsonDerivedType(typeof(PongReply), "pong")]
[JsonDerivedType(typeof(ClosedReply), "closed")]
[JsonDerivedType(typeof(ServerPing), "ping")]
public abstract record ServerMessage(
    [property: JsonPropertyOrder(-1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Re
);

public sealed record JoinedReply(
    long? Re,
    string Session,
    string ResumeToken,
    string Participant,
    ParticipantRole Role,
    RoomState Room,
    IReadOnlyList<ParticipantInfo> Participants,
    IReadOnlyList<IceServer> IceServers
) : ServerMessage(Re);

public sealed record AnswerReply(long? Re, string Sdp) : ServerMessage(Re);

public sealed record OkReply(long? Re) : ServerMessage(Re);

public sealed record ErrorReply(long? Re, ErrorCode Code, string Title, string Detail) : ServerMessage(Re);

public sealed record PongReply(long? Re, JsonElement T) : ServerMessage(Re);

public sealed record ClosedReply(long? Re, LeaveReason Reason) : ServerMessage(Re);

/// <param name="T">Milliseconds on the server's clock.</param>
public sealed record ServerPing(long T) : ServerMessage(Re: null);

/// <summary>Machine-readable reason of an error, the same in signalling and in problem details.</summary>
public enum ErrorCode
{
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    RoomFull,
    Busy,
    RateLimited,
    BadSdp,
    Internal,
}

/// <summary>What an error code means in words and in HTTP.</summary>
public static class ErrorCodes
{
    public static string Title(ErrorCode code) =>
        code switch
        {
            ErrorCode.BadRequest => "The request was not understood",
            ErrorCode.Unauthorized => "Access needs a valid key or token",
            ErrorCode.Forbidden => "Not allowed",
            ErrorCode.NotFound => "Not found",
            ErrorCode.RoomFull => "The room is full",
            ErrorCode.Busy => "Too busy at the moment",
            ErrorCode.RateLimited => "Too many requests",
            ErrorCode.BadSdp => "The SDP cannot be answered",
            _ => "The server failed",
        };

    public static ErrorCode Of(RoomError error) =>
        error switch
        {
            RoomError.BadRequest => ErrorCode.BadRequest,
            RoomError.Forbidden => ErrorCode.Forbidden,
            RoomError.NotFound => ErrorCode.NotFound,
            RoomError.RoomFull => ErrorCode.RoomFull,
            RoomError.Busy => ErrorCode.Busy,
            RoomError.BadSdp or RoomError.UnacceptableSdp => ErrorCode.BadSdp,
            _ => ErrorCode.Internal,
        };
}
