namespace Mcu.Recording;

public enum RecordingState
{
    Recording,
    Paused,

    /// <summary>Ended as it was asked to, or with its room.</summary>
    Ended,

    /// <summary>Ended by trouble, such as a full disk; what there is plays.</summary>
    Failed,

    /// <summary>The server ended in the midst of it; what there is plays.</summary>
    EndedByCrash,
}

/// <summary>One recording, as it is listed and kept beside its file.</summary>
/// <param name="Id">Names it in URLs, and its folder.</param>
/// <param name="Room">The room's name.</param>
/// <param name="Format">mp4 or webm.</param>
/// <param name="Codec">h264, vp8, vp9, or none for sound alone.</param>
/// <param name="State">What it does at present.</param>
/// <param name="StartedAt">UTC.</param>
/// <param name="EndedAt">UTC; null while it goes on.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="DurationMs">Milliseconds of sound and pictures in the file.</param>
/// <param name="Bytes">Of the file.</param>
public sealed record RecordingInfo(
    string Id,
    string Room,
    string Format,
    string Codec,
    RecordingState State,
    DateTimeOffset StartedAt,
    DateTimeOffset? EndedAt,
    string? Reason,
    long DurationMs,
    long Bytes
);
