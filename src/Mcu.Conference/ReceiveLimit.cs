namespace Mcu.Conference;

/// <summary>What a participant wants to get at most, whatever its network carries.</summary>
public enum ReceiveLimit
{
    /// <summary>The best that the network carries.</summary>
    Full,

    /// <summary>Small pictures: no more than about 150 kbit/s of them.</summary>
    SaveData,

    /// <summary>No pictures.</summary>
    AudioOnly,
}
