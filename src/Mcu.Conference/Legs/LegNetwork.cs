namespace Mcu.Conference.Legs;

/// <summary>What the path to a participant carries, as its leg measures it.</summary>
/// <param name="TargetBps">
/// Bit/s that all media to the participant may take together, IP and UDP headers and repairs included; null where no feedback tells: no limit is known.
/// </param>
/// <param name="FractionLost">Share of our packets that lately did not arrive, before any repair; 0 to 1.</param>
/// <param name="RoundTripTime">Smoothed.</param>
/// <param name="QueueDelay">How long a packet handed over now waits before it is sent.</param>
public readonly record struct LegNetwork(long? TargetBps, double FractionLost, TimeSpan RoundTripTime, TimeSpan QueueDelay)
{
    /// <summary>Nothing limits, nothing is lost.</summary>
    public static readonly LegNetwork Unlimited = new(null, 0, TimeSpan.Zero, TimeSpan.Zero);

    /// <summary>Bytes of forward error correction that are sent for each byte of video; they come out of the video's share.</summary>
    public double VideoProtection { get; init; }
}
