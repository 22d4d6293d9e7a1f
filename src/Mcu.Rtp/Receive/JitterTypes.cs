using Mcu.Media;

namespace Mcu.Rtp.Receive;

/// <summary>Bounds of an <see cref="AudioJitterBuffer"/>.</summary>
public sealed record AudioJitterOptions
{
    /// <summary>Least time a packet is held, 0 to <see cref="MaxDelay"/>.</summary>
    public TimeSpan MinDelay { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Most time the target grows to, whatever the network does.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>Audio held at most; the oldest goes first.</summary>
    public TimeSpan MaxBuffered { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Time between two pulls of the mixer: playing starts at the pull nearest to the target.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>Whether a packet may hold what repairs the one before (in-band FEC), so that it is waited for where packets are lost.</summary>
    public bool NextRepairs { get; init; } = true;
}

/// <summary>What a pull gave.</summary>
public enum JitterPull
{
    /// <summary>A payload to decode.</summary>
    Frame,

    /// <summary>The frame is lost, but the one after it is here: recover from the FEC of its payload, or conceal. It stays in the buffer.</summary>
    RecoverFromNext,

    /// <summary>The frame is lost: conceal its duration.</summary>
    Lost,

    /// <summary>Nothing is to be played now: a pause of the talker, filling up, or an underrun. Fade into silence.</summary>
    Waiting,
}

/// <summary>The frame of a pull. The payload is valid until the next call of any method of the buffer.</summary>
public readonly ref struct JitterFrame
{
    internal JitterFrame(ReadOnlySpan<byte> payload, long timestamp, int durationUnits, MediaTime arrival)
    {
        Payload = payload;
        Timestamp = (uint)timestamp;
        DurationUnits = durationUnits;
        Arrival = arrival;
    }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>RTP timestamp of the frame's first sample, also of a lost one.</summary>
    public uint Timestamp { get; }

    /// <summary>What to decode or conceal, in units of the RTP clock.</summary>
    public int DurationUnits { get; }

    /// <summary>When the payload arrived; for a lost frame, zero.</summary>
    public MediaTime Arrival { get; }
}

/// <summary>Counters since the buffer was made.</summary>
/// <param name="Received">Packets inserted, whatever became of them.</param>
/// <param name="Late">Came after their time.</param>
/// <param name="Duplicates">Were there already.</param>
/// <param name="Lost">Never played.</param>
/// <param name="Concealed">Pulls answered with <see cref="JitterPull.Lost"/>.</param>
/// <param name="Recovered">Pulls answered with <see cref="JitterPull.RecoverFromNext"/>.</param>
/// <param name="Redundant">Gaps filled by what another packet carried once more (RFC 2198).</param>
/// <param name="Dropped">Thrown away to shorten the delay or to stay within bounds.</param>
/// <param name="Underruns">Times that a talker's audio ran out.</param>
public readonly record struct JitterStatistics(
    long Received,
    long Late,
    long Duplicates,
    long Lost,
    long Concealed,
    long Recovered,
    long Redundant,
    long Dropped,
    long Underruns
);
