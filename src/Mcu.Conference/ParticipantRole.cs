namespace Mcu.Conference;

public enum ParticipantRole
{
    /// <summary>Hears and sees; sends nothing.</summary>
    Viewer,
    Guest,

    /// <summary>May also mute and remove others and set the room's layout.</summary>
    Host,
}

/// <summary>Who muted a participant.</summary>
public enum MutedBy
{
    Nobody,
    Self,
    Room,
}
