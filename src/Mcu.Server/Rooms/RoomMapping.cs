using Mcu.Conference;
using ConferenceLayout = Mcu.Mixing.Video.LayoutKind;
using ConferenceRole = Mcu.Conference.ParticipantRole;

namespace Mcu.Server.Rooms;

/// <summary>The conference's words in the API's.</summary>
internal static class RoomMapping
{
    public static ParticipantInfo Info(Participant participant)
    {
        var audioBy = participant.AudioMutedBy;
        return new ParticipantInfo(
            participant.Id,
            participant.Name,
            Role(participant.Role),
            new AudioState(participant.SendsAudio, audioBy != Mcu.Conference.MutedBy.Nobody, By(audioBy)),
            new VideoState(participant.ShowsCamera, participant.VideoMutedBy != Mcu.Conference.MutedBy.Nobody),
            participant.ShowsScreen,
            Limit(participant.ReceiveLimit)
        );
    }

    public static RoomWelcome Welcome(Mcu.Conference.Conference conference, bool recording) =>
        new(
            new RoomState(
                conference.Name,
                Layout(conference.Layout),
                conference.Pinned is { } pinned ? conference.Find(pinned)?.Id : null,
                recording
            ),
            [.. conference.Participants.Select(Info)]
        );

    public static ParticipantRole Role(ConferenceRole role) =>
        role switch
        {
            ConferenceRole.Host => ParticipantRole.Host,
            ConferenceRole.Guest => ParticipantRole.Guest,
            _ => ParticipantRole.Viewer,
        };

    public static ConferenceRole Role(ParticipantRole role) =>
        role switch
        {
            ParticipantRole.Host => ConferenceRole.Host,
            ParticipantRole.Guest => ConferenceRole.Guest,
            _ => ConferenceRole.Viewer,
        };

    public static ReceiveLimit Limit(Mcu.Conference.ReceiveLimit limit) =>
        limit switch
        {
            Mcu.Conference.ReceiveLimit.SaveData => ReceiveLimit.SaveData,
            Mcu.Conference.ReceiveLimit.AudioOnly => ReceiveLimit.AudioOnly,
            _ => ReceiveLimit.Full,
        };

    public static Mcu.Conference.ReceiveLimit Limit(ReceiveLimit limit) =>
        limit switch
        {
            ReceiveLimit.SaveData => Mcu.Conference.ReceiveLimit.SaveData,
            ReceiveLimit.AudioOnly => Mcu.Conference.ReceiveLimit.AudioOnly,
            _ => Mcu.Conference.ReceiveLimit.Full,
        };

    public static LayoutKind Layout(ConferenceLayout layout) =>
        layout switch
        {
            ConferenceLayout.Grid => LayoutKind.Grid,
            ConferenceLayout.Speaker => LayoutKind.Speaker,
            ConferenceLayout.Presenter => LayoutKind.Presenter,
            ConferenceLayout.Single => LayoutKind.Single,
            _ => LayoutKind.Auto,
        };

    /// <summary>Null for <see cref="LayoutKind.Default"/>: follow the room.</summary>
    public static ConferenceLayout? Layout(LayoutKind layout) =>
        layout switch
        {
            LayoutKind.Default => null,
            LayoutKind.Grid => ConferenceLayout.Grid,
            LayoutKind.Speaker => ConferenceLayout.Speaker,
            LayoutKind.Presenter => ConferenceLayout.Presenter,
            LayoutKind.Single => ConferenceLayout.Single,
            _ => ConferenceLayout.Auto,
        };

    private static MutedBy? By(Mcu.Conference.MutedBy by) =>
        by switch
        {
            Mcu.Conference.MutedBy.Self => MutedBy.Self,
            Mcu.Conference.MutedBy.Room => MutedBy.Room,
            _ => null,
        };
}
