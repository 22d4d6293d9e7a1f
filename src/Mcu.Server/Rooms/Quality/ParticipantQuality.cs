namespace Mcu.Server.Rooms.Quality;

/// <summary>What one participant's connection was like in the last 2 s. What is not known, or not measured by its client, is null.</summary>
public readonly record struct ParticipantQuality
{
    /// <summary>Smoothed round trip in milliseconds.</summary>
    public double? RttMs { get; init; }

    /// <summary>From the server to the participant.</summary>
    public DownQuality Down { get; init; }

    /// <summary>From the participant to the server.</summary>
    public UpQuality Up { get; init; }
}

/// <summary>The way from the server to a participant.</summary>
public readonly record struct DownQuality
{
    /// <summary>What the path carries by estimate, bits per second; null: no limit is known.</summary>
    public long? EstimateBps { get; init; }

    /// <summary>Bits per second sent, payload.</summary>
    public long BitrateBps { get; init; }

    /// <summary>Share of packets that did not arrive, before any repair; 0 to 1.</summary>
    public double? LossFraction { get; init; }

    /// <summary>Interarrival jitter of the sound in milliseconds, as the client reports it.</summary>
    public double? JitterMs { get; init; }

    /// <summary>How long a packet waits in the server before it is sent, in milliseconds.</summary>
    public double? QueueDelayMs { get; init; }

    /// <summary>The rung it is on; null while it gets no picture.</summary>
    public PictureQuality? Picture { get; init; }
}

/// <summary>The way from a participant to the server.</summary>
public readonly record struct UpQuality
{
    /// <summary>Bits per second received, payload.</summary>
    public long BitrateBps { get; init; }

    /// <summary>Share of packets that did not arrive, before any repair; 0 to 1.</summary>
    public double? LossFraction { get; init; }

    /// <summary>Interarrival jitter of the sound, else of the camera, in milliseconds.</summary>
    public double? JitterMs { get; init; }

    /// <summary>How long its sound is held to even out the jitter, in milliseconds.</summary>
    public double? DelayMs { get; init; }

    /// <summary>Share of its sound that was missing and is made up; 0 to 1.</summary>
    public double? ConcealedFraction { get; init; }

    /// <summary>Width in pixels that its camera is of use for at the moment; null without a camera.</summary>
    public int? MaxWidth { get; init; }

    /// <summary>Height in pixels that its camera is of use for at the moment; null without a camera.</summary>
    public int? MaxHeight { get; init; }
}

/// <summary>A picture that somebody gets: one rung of the ladder.</summary>
public readonly record struct PictureQuality
{
    /// <summary>For people, such as "720p30", "180p7.5 90k" or "still".</summary>
    public required string Rung { get; init; }

    /// <summary>As named in SDP.</summary>
    public required string Codec { get; init; }

    /// <summary>Pixels.</summary>
    public int Width { get; init; }

    /// <summary>Pixels.</summary>
    public int Height { get; init; }

    /// <summary>At most; a picture that does not change is not sent.</summary>
    public double FramesPerSecond { get; init; }

    /// <summary>Bits per second, at most.</summary>
    public int BitrateBps { get; init; }

    /// <summary>Others may get a larger one: its network carries no more, or it wants to save data.</summary>
    public bool Reduced { get; init; }
}
