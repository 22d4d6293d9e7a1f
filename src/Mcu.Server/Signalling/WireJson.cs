using System.Text.Json;
using System.Text.Json.Serialization;
using Mcu.Recording;
using Mcu.Server.Api;
using Mcu.Server.Recording;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>JSON of the API and the signalling, generated at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    AllowDuplicateProperties = false,
    MaxDepth = 16,
    Converters = [
        typeof(WireEnum<ErrorCode>),
        typeof(WireEnum<LayoutKind>),
        typeof(WireEnum<LayoutScope>),
        typeof(WireEnum<LeaveReason>),
        typeof(WireEnum<MediaKind>),
        typeof(WireEnum<MutedBy>),
        typeof(WireEnum<ParticipantRole>),
        typeof(WireEnum<ReceiveLimit>),
        typeof(WireEnum<RecordingState>),
    ]
)]
[JsonSerializable(typeof(ClientFrame))]
[JsonSerializable(typeof(CandidateFrame))]
[JsonSerializable(typeof(ServerMessage))]
[JsonSerializable(typeof(RoomEvent))]
[JsonSerializable(typeof(IReadOnlyList<RoomSummary>))]
[JsonSerializable(typeof(RoomSnapshot))]
[JsonSerializable(typeof(IReadOnlyList<RecordingInfo>))]
[JsonSerializable(typeof(RecordingRequest))]
[JsonSerializable(typeof(ParticipantChange))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenReply))]
[JsonSerializable(typeof(HealthReply))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Makes the host's own serialization the same.</summary>
    public static void ApplyTo(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default);
        foreach (var converter in Default.Options.Converters)
        {
            options.Converters.Add(converter);
        }
    }
}

/// <summary>Enum members on the wire: small letters, words joined by '-', never numbers.</summary>
internal sealed class WireEnum<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>A client's message before it is known to be right: every field of every type.</summary>
internal sealed class ClientFrame
{
    public string? Type { get; set; }
    public long? Id { get; set; }
    public string? Room { get; set; }
    public string? Name { get; set; }
    public string? Token { get; set; }
    public string? Session { get; set; }
    public string? ResumeToken { get; set; }
    public string? Sdp { get; set; }
    public JsonElement Candidate { get; set; }
    public MediaKind? Kind { get; set; }
    public bool? Muted { get; set; }
    public string? Participant { get; set; }
    public LayoutScope? Scope { get; set; }
    public LayoutKind? Layout { get; set; }
    public string? Pinned { get; set; }
    public int? Page { get; set; }
    public bool? SelfView { get; set; }
    public ReceiveLimit? Limit { get; set; }
    public string? Text { get; set; }
    public JsonElement T { get; set; }
}

/// <summary>RTCIceCandidateInit, as browsers make it.</summary>
internal sealed class CandidateFrame
{
    public string? Candidate { get; set; }
    public string? SdpMid { get; set; }
    public int? SdpMLineIndex { get; set; }
    public string? UsernameFragment { get; set; }
}
