namespace Mcu.Recording;

/// <summary>A recording cannot go on; the message is for those who asked for it. Messages of the system name paths, which are nobody's business.</summary>
public sealed class RecordingException(string message) : IOException(message);
