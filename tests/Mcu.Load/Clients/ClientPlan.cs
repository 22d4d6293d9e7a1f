using Mcu.Load.Clips;
using Mcu.Media.Codecs;

namespace Mcu.Load.Clients;

/// <summary>What a participant sends, and whether what it hears is decoded.</summary>
internal sealed record ClientPlan
{
    public required string Name { get; init; }

    public required string Room { get; init; }

    /// <summary>Null: sends no sound, only receives.</summary>
    public SoundClip? Sound { get; init; }

    /// <summary>Null: sends no picture.</summary>
    public VideoClip? Video { get; init; }

    /// <summary>Codecs of the composite it takes, the preferred one first; empty: takes no picture.</summary>
    public IReadOnlyList<VideoCodec> ReceivesVideo { get; init; } = [];

    /// <summary>Decodes the mix and notes markers in it.</summary>
    public bool Listens { get; init; }
}
