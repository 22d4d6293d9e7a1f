namespace Mcu.Server.Rooms.Quality;

/// <summary>What one participant's connection was like in the last 2 s. What is not known, or not measured by its client, is null.</summary>
/// <param name="RttMs">Smoothed round trip in milliseconds.</param>
/// <param name="Down">From the server to the participant.</param>
/// <param name="Up">From the participant to the server.</param>
public readonly record struct ParticipantQuality(double? RttMs, DownQuality Down, UpQuality Up);

/// <param name="EstimateBps">What the path carries by estimate, bits per second; null: no limit is known.</param>
/// <param name="BitrateBps">Bits per second sent, payload.</param>
/// <param name="LossFraction">Packets that did not arrive, before any repair; 0 to 1.</param>
/// <param name="JitterMs">Interarrival jitter of the sound in milliseconds, as the client reports it.</param>
/// <param name="QueueDelayMs">How long a packet waits in the server before it is sent, in milliseconds.</param>
/// <param name="Picture">The rung it is on; null while it gets no picture.</param>
public readonly record struct DownQuality(
    long? EstimateBps,
    long BitrateBps,
    double? LossFraction,
    double? JitterMs,
    double? QueueDelayMs,
    PictureQuality? Picture
);

/// <param name="BitrateBps">Bits per second received, payload.</param>
/// <param name="LossFraction">Packets that did not arrive, before any repair; 0 to 1.</param>
/// <param name="JitterMs">Interarrival jitter of the sound, else of the camera, in milliseconds.</param>
/// <param name="DelayMs">How long its sound is held to even out the jitter, in milliseconds.</param>
/// <param name="ConcealedFraction">Share of its sound that was missing and is made up; 0 to 1.</param>
/// <param name="MaxWidth">Pixels its camera is of use for at the moment; null without a camera.</param>
/// <param name="MaxHeight">The same.</param>
public readonly record struct UpQuality(
    long BitrateBps,
    double? LossFraction,
    double? JitterMs,
    double? DelayMs,
    double? ConcealedFraction,
    int? MaxWidth,
    int? MaxHeight
);

/// <summary>One rung of the ladder.</summary>
/// <param name="Codec">As named in SDP.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="FramesPerSecond">At most.</param>
/// <param name="BitrateBps">Bits per second, at most.</param>
/// <param name="Reduced">Others may get a larger one: its network carries no more, or it wants to save data.</param>
public readonly record struct PictureQuality(string Codec, int Width, int Height, double FramesPerSecond, int BitrateBps, bool Reduced);
