using Mcu.Media.Codecs;
using Mcu.Sdp.Negotiation;

namespace Mcu.Server.Rooms;

/// <summary>A room in numbers for the API. Runs on the room's writer.</summary>
internal static class RoomReport
{
    public static RoomSnapshot Of(Room room)
    {
        var report = room.Conference.Describe();
        return new RoomSnapshot(
            room.Name,
            RoomMapping.Layout(report.Layout),
            report.ActiveSpeaker,
            [.. room.Sessions.Select(session => ParticipantOf(session, report.Participants.First(p => p.Id == session.ParticipantId)))],
            [.. report.Renditions.Select(RenditionOf)]
        );
    }

    private static ParticipantSnapshot ParticipantOf(RoomSession session, Mcu.Conference.ParticipantSnapshot state)
    {
        var leg = session.Leg;
        return new ParticipantSnapshot(
            RoomMapping.Info(session.Participant!),
            leg.IsConnected,
            leg.MeasuredRoundTrip?.TotalMilliseconds,
            [.. SendsOf(leg, state)],
            [.. ReceivesOf(leg, state)],
            session.Quality.Current
        );
    }

    private static IEnumerable<StreamSnapshot> SendsOf(ISessionLeg leg, Mcu.Conference.ParticipantSnapshot state)
    {
        if (state.Microphone is { Codec: { } codec } microphone)
        {
            yield return Incoming(leg, MediaPurpose.Audio, MediaKind.Audio, "microphone", NameOf(codec)) with
            {
                Packets = microphone.Received,
                PacketsLost = microphone.Lost,
            };
        }

        foreach (
            var (video, track, name) in new[]
            {
                (state.Camera, MediaPurpose.Video, "camera"),
                (state.Screen, MediaPurpose.Screen, "screen"),
            }
        )
        {
            if (video is { Codec: { } videoCodec })
            {
                yield return Incoming(leg, track, MediaKind.Video, name, NameOf(videoCodec)) with
                {
                    Width = video.Width > 0 ? video.Width : null,
                    Height = video.Height > 0 ? video.Height : null,
                };
            }
        }
    }

    private static StreamSnapshot Incoming(ISessionLeg leg, MediaPurpose track, MediaKind kind, string source, string codec)
    {
        var stream = leg.ReceiveStreamOf(track);
        var statistics = stream?.Statistics;
        return new StreamSnapshot(
            kind,
            source,
            codec,
            null,
            null,
            null,
            leg.Rates.Incoming(track),
            statistics?.Received ?? 0,
            statistics?.CumulativeLost ?? 0,
            0,
            statistics?.Jitter.TotalMilliseconds,
            null
        )
        {
            FecPackets = stream?.PacketsRestoredByFec ?? 0,
        };
    }

    private static IEnumerable<StreamSnapshot> ReceivesOf(ISessionLeg leg, Mcu.Conference.ParticipantSnapshot state)
    {
        if (state.HearsCodec is { } audio)
        {
            yield return Outgoing(
                leg,
                MediaPurpose.Audio,
                MediaKind.Audio,
                "mix",
                NameOf(audio),
                state.HearsPrivateMix ? "own mix" : "shared mix"
            );
        }

        if (state.SeesCodec is { } video)
        {
            yield return Outgoing(leg, MediaPurpose.Video, MediaKind.Video, "composite", NameOf(video), state.SeesView) with
            {
                Width = state.Picture?.Width,
                Height = state.Picture?.Height,
                FramesPerSecond = state.Picture?.FramesPerSecond,
            };
        }
    }

    private static StreamSnapshot Outgoing(
        ISessionLeg leg,
        MediaPurpose track,
        MediaKind kind,
        string source,
        string codec,
        string? rendition
    )
    {
        var stream = leg.SendStreamOf(track);
        return new StreamSnapshot(
            kind,
            source,
            codec,
            null,
            null,
            null,
            leg.Rates.Outgoing(track),
            stream?.PacketsSent ?? 0,
            stream?.LastReport.CumulativeLost ?? 0,
            stream?.FractionLost ?? 0,
            stream?.Jitter.TotalMilliseconds,
            rendition
        )
        {
            FecPackets = stream?.FecPacketsSent ?? 0,
        };
    }

    private static RenditionSnapshot RenditionOf(Mcu.Conference.RenditionSnapshot rendition) =>
        new(
            $"{rendition.View} {rendition.Rung} {rendition.Codec}",
            MediaKind.Video,
            rendition.View,
            NameOf(rendition.Codec),
            rendition.Width,
            rendition.Height,
            rendition.FramesPerSecond,
            rendition.BitrateBps,
            rendition.Subscribers
        );

    private static string NameOf(AudioCodec codec) =>
        codec switch
        {
            AudioCodec.Opus => "opus",
            _ => codec.ToString().ToUpperInvariant(),
        };

    internal static string NameOf(VideoCodec codec) =>
        codec switch
        {
            VideoCodec.Vp8 => "VP8",
            VideoCodec.Vp9 => "VP9",
            _ => codec.ToString().ToUpperInvariant(),
        };
}
