namespace Mcu.Sdp;

/// <summary>Why a description was refused, in words that say what to change.</summary>
/// <param name="Line">1-based line of the text, 0 where the description as a whole is meant.</param>
/// <param name="Message">What is wrong and what to send instead.</param>
public sealed record SdpError(int Line, string Message)
{
    public override string ToString() => Line > 0 ? $"SDP line {Line}: {Message}" : $"SDP: {Message}";
}
