using Mcu.Mixing.Audio;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Video;

/// <summary>Fills the scenes of views: which picture, name and marks each tile of a layout shows at this tick.</summary>
internal sealed class SceneBuilder(ConferenceOptions options)
{
    private readonly Dictionary<long, Participant> _participants = [];
    private ActiveSpeakerDetector? _speakers;
    private long? _speaker;

    /// <summary>Notes who is there and who speaks, once per tick.</summary>
    public void Begin(List<Participant> participants, ActiveSpeakerDetector speakers)
    {
        _participants.Clear();
        foreach (var participant in participants)
        {
            _participants.Add(participant.Number, participant);
        }

        _speakers = speakers;
        _speaker = speakers.ActiveSpeaker;
    }

    /// <summary>Fills a scene from a layout. Frames are borrowed: whoever uses the scene beyond this tick takes references.</summary>
    public void Fill(Scene scene, LayoutResult layout)
    {
        scene.Clear();
        scene.Backdrop = options.Backdrop;
        scene.Notice = layout.Tiles.Count == 0 ? "Waiting for others to join" : null;
        // By index: the enumerator of an interface would be boxed, for every view and frame.
        for (var i = 0; i < layout.Tiles.Count; i++)
        {
            var place = layout.Tiles[i];
            if (!_participants.TryGetValue(place.SourceId, out var participant))
            {
                continue;
            }

            ref var tile = ref scene.Add(place.Area);
            var source = place.IsScreen ? participant.Screen : participant.Camera;
            tile.SourceId = place.SourceId;
            tile.IsScreen = place.IsScreen;
            tile.Fit = place.Fit;
            tile.Frame = source?.Current;
            tile.FrameVersion = source?.Version ?? 0;
            tile.Name = participant.Name;
            tile.IsMuted = !place.IsScreen && IsMuted(participant);
            tile.IsSpeaking = !place.IsScreen && _speaker == place.SourceId && _speakers!.IsSpeaking(place.SourceId);
        }
    }

    private static bool IsMuted(Participant participant) => participant.AudioMutedBy != MutedBy.Nobody || !participant.SendsAudio;
}
