namespace Mcu.Conference.Audio;

/// <summary>What became of the sound of one microphone since its codec was opened; in samples at 48 kHz where nothing else is said.</summary>
/// <param name="Played">Mixed or handed on, concealment included; not the pauses of the talker.</param>
/// <param name="Concealed">Made up, or silent, because packets were lost or late; not what in-band FEC or RED repaired.</param>
/// <param name="Accelerations">How often sound was shortened.</param>
/// <param name="Removed">Left out by that.</param>
/// <param name="Expansions">How often sound was lengthened.</param>
/// <param name="Added">Put in by that.</param>
public readonly record struct PlayoutStatistics(long Played, long Concealed, long Accelerations, long Removed, long Expansions, long Added)
{
    /// <summary>Share of the time that was concealed, 0 to 1.</summary>
    public double ConcealedShare => Played == 0 ? 0 : Concealed / (double)Played;
}
