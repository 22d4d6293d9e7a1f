namespace Mcu.Conference;

/// <summary>Told of what happens in a conference, on its writer's thread. Must be quick and must not call back into the conference.</summary>
public interface IConferenceObserver
{
    void OnJoined(Participant participant);

    void OnUpdated(Participant participant);

    void OnLeft(Participant participant, string reason);

    void OnActiveSpeaker(Participant? participant);

    /// <summary>The layout that the participant sees has changed.</summary>
    void OnLayout(Participant participant, ViewState state);

    /// <summary>A participant's camera is of more or less use than before (<see cref="Participant.SendHint"/>); for those who tell it.</summary>
    void OnSendHint(Participant participant, SendHint hint) { }
}
