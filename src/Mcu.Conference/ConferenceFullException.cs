namespace Mcu.Conference;

/// <summary>The conference takes no more participants.</summary>
public sealed class ConferenceFullException : Exception
{
    public ConferenceFullException(int limit)
        : base($"The room is full: it takes {limit} participants. Try again when somebody has left, or raise MaxParticipants.") { }
}
