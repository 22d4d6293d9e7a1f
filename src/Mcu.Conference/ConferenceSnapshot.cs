using Mcu.Conference.Audio;
using Mcu.Conference.Video;
using Mcu.Media.Codecs;
using Mcu.Mixing.Video;

namespace Mcu.Conference;

/// <summary>What a conference is doing at one moment: who sends and receives what, and which renditions are encoded for it.</summary>
public sealed record ConferenceSnapshot(
    string Name,
    LayoutKind Layout,
    string? ActiveSpeaker,
    long AudioTicks,
    long MissedAudioTicks,
    IReadOnlyList<ParticipantSnapshot> Participants,
    IReadOnlyList<RenditionSnapshot> Renditions
)
{
    internal static ConferenceSnapshot Of(Conference conference, IReadOnlyCollection<View> views) =>
        new(
            conference.Name,
            conference.Layout,
            conference.ActiveSpeaker?.Id,
            conference.AudioTicks,
            conference.MissedAudioTicks,
            [.. conference.Participants.Select(ParticipantSnapshot.Of)],
            [.. views.SelectMany(view => view.Renditions.Select(rendition => RenditionSnapshot.Of(view, rendition)))]
        );
}

/// <summary>One participant: its state, what it sends and what it receives.</summary>
public sealed record ParticipantSnapshot(
    string Id,
    string Name,
    ParticipantRole Role,
    MutedBy AudioMutedBy,
    MutedBy VideoMutedBy,
    AudioInSnapshot? Microphone,
    VideoInSnapshot? Camera,
    VideoInSnapshot? Screen,
    AudioCodec? HearsCodec,
    bool HearsPrivateMix,
    VideoCodec? SeesCodec,
    string? SeesView,
    PictureReception? Picture,
    int FramesSent,
    ReceiveLimit Limit
)
{
    internal static ParticipantSnapshot Of(Participant participant)
    {
        var media = participant.Leg.Media;
        return new ParticipantSnapshot(
            participant.Id,
            participant.Name,
            participant.Role,
            participant.AudioMutedBy,
            participant.VideoMutedBy,
            AudioInSnapshot.Of(participant),
            VideoInSnapshot.Of(participant.Camera),
            VideoInSnapshot.Of(participant.Screen),
            media.ReceiveAudioCodec,
            participant.PrivateMix is not null,
            participant.Video.Current?.Codec ?? media.ReceiveVideoCodec,
            participant.Video.Current?.ViewName,
            participant.Picture,
            participant.Video.Frames,
            participant.ReceiveLimit
        );
    }
}

/// <summary>An incoming microphone. Levels in dBov, delays in ms.</summary>
public sealed record AudioInSnapshot(
    AudioCodec? Codec,
    int LevelDbov,
    double DelayMs,
    double TargetDelayMs,
    long Received,
    long Lost,
    long Late,
    PlayoutStatistics Playout
)
{
    internal static AudioInSnapshot? Of(Participant participant) =>
        participant.Microphone is { } source
            ? new AudioInSnapshot(
                source.Codec,
                -source.Level,
                source.Delay.TotalMilliseconds,
                source.TargetDelay.TotalMilliseconds,
                source.Statistics.Received,
                source.Statistics.Lost,
                source.Statistics.Late,
                source.Playout
            )
            : null;
}

/// <summary>An incoming camera or screen.</summary>
public sealed record VideoInSnapshot(
    VideoCodec? Codec,
    bool Sending,
    bool Decoded,
    int Width,
    int Height,
    int FramesReceived,
    int FramesDecoded,
    int FramesDamaged
)
{
    internal static VideoInSnapshot? Of(VideoSource? source) =>
        source is null
            ? null
            : new VideoInSnapshot(
                source.Codec,
                source.Sending,
                source.Visible,
                source.Current?.Width ?? 0,
                source.Current?.Height ?? 0,
                source.FramesReceived,
                source.FramesDecoded,
                source.FramesDamaged
            );
}

/// <summary>One encode: which view, on which rung, in what, for how many.</summary>
public sealed record RenditionSnapshot(
    string View,
    string Rung,
    VideoCodec Codec,
    int Width,
    int Height,
    double FramesPerSecond,
    int BitrateBps,
    int Subscribers,
    long FramesEncoded,
    long BytesEncoded,
    long Keyframes
)
{
    internal static RenditionSnapshot Of(View view, VideoRendition rendition) =>
        new(
            view.Name,
            new Rung(rendition.Encoding, Video.Rung.AllLayers).Name,
            rendition.Codec,
            rendition.Encoding.Shape.Width,
            rendition.Encoding.Shape.Height,
            rendition.Encoding.FramesPerSecond,
            rendition.Encoding.BitrateBps,
            rendition.Subscribers.Count,
            rendition.FramesEncoded,
            rendition.BytesEncoded,
            rendition.Keyframes
        );
}
