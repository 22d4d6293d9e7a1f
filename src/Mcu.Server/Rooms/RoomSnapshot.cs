using Mcu.Server.Rooms.Quality;

namespace Mcu.Server.Rooms;

/// <param name="Name">The room's name.</param>
/// <param name="Participants">How many are in it.</param>
public sealed record RoomSummary(string Name, int Participants);

/// <summary>A room in numbers, for GET /api/v1/rooms/{room}. Rates are averages over the last seconds.</summary>
/// <param name="Name">The room's name.</param>
/// <param name="Layout">The room's layout.</param>
/// <param name="ActiveSpeaker">Participant id, or null.</param>
/// <param name="Participants">Everybody in it.</param>
/// <param name="Renditions">The encodes at work.</param>
public sealed record RoomSnapshot(
    string Name,
    LayoutKind Layout,
    string? ActiveSpeaker,
    IReadOnlyList<ParticipantSnapshot> Participants,
    IReadOnlyList<RenditionSnapshot> Renditions
);

/// <param name="Participant">What others see of it.</param>
/// <param name="Connected">Whether its media connection is up.</param>
/// <param name="RttMs">Round trip in milliseconds, null before it was measured.</param>
/// <param name="Sends">Streams that come in: microphone, camera, screen.</param>
/// <param name="Receives">Streams that go out: the mix, the composite.</param>
/// <param name="Quality">What its connection was like in the last 2 s; null before the first 2 s.</param>
public sealed record ParticipantSnapshot(
    ParticipantInfo Participant,
    bool Connected,
    double? RttMs,
    IReadOnlyList<StreamSnapshot> Sends,
    IReadOnlyList<StreamSnapshot> Receives,
    ParticipantQuality? Quality
);

/// <param name="Kind">Audio or video.</param>
/// <param name="Source">microphone, camera, screen, mix or composite.</param>
/// <param name="Codec">As named in SDP, e.g. opus, VP8.</param>
/// <param name="Width">Pixels; null for audio and before the first frame.</param>
/// <param name="Height">Pixels; null for audio and before the first frame.</param>
/// <param name="FramesPerSecond">Null for audio.</param>
/// <param name="BitrateBps">Bits per second, payload.</param>
/// <param name="Packets">Since the start.</param>
/// <param name="PacketsLost">Since the start, after repair.</param>
/// <param name="LossFraction">0 to 1 over the last report.</param>
/// <param name="JitterMs">Interarrival jitter in milliseconds.</param>
/// <param name="Rendition">For what goes out: the id of the rendition it is subscribed to.</param>
public sealed record StreamSnapshot(
    MediaKind Kind,
    string Source,
    string? Codec,
    int? Width,
    int? Height,
    double? FramesPerSecond,
    long BitrateBps,
    long Packets,
    long PacketsLost,
    double LossFraction,
    double? JitterMs,
    string? Rendition
)
{
    /// <summary>Of what comes in: media packets that forward error correction restored. Of what goes out: packets of it that were sent.</summary>
    public long FecPackets { get; init; }
}

/// <summary>One encoder at work: encoded once, however many are subscribed.</summary>
/// <param name="Id">Unique within the room.</param>
/// <param name="Kind">Audio or video.</param>
/// <param name="View">What is encoded: "shared", or "without {participant}".</param>
/// <param name="Codec">As named in SDP.</param>
/// <param name="Width">Pixels; null for audio.</param>
/// <param name="Height">Pixels; null for audio.</param>
/// <param name="FramesPerSecond">Null for audio.</param>
/// <param name="BitrateBps">Bits per second now.</param>
/// <param name="Subscribers">How many receive it.</param>
public sealed record RenditionSnapshot(
    string Id,
    MediaKind Kind,
    string View,
    string Codec,
    int? Width,
    int? Height,
    double? FramesPerSecond,
    long BitrateBps,
    int Subscribers
);
