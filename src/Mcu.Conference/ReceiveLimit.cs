namespace Mcu.Conference;

/// <summary>How much a participant wants to receive, whatever its network carries. What it sends is not touched.</summary>
public enum ReceiveLimit
{
    /// <summary>As much as its network carries.</summary>
    Full,

    /// <summary>As little as is still a picture.</summary>
    SaveData,

    /// <summary>Sound alone.</summary>
    AudioOnly,
}
