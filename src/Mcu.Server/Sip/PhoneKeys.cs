using Mcu.Media;

namespace Mcu.Server.Sip;

/// <summary>What somebody in a conference asks for by keys.</summary>
internal enum PhoneCommand
{
    None,
    ToggleMute,
}

/// <summary>Reads commands out of keys: <c>*6</c> mutes and unmutes. What is begun is forgotten after a while.</summary>
internal sealed class PhoneKeys
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private MediaTime _starAt = new(long.MinValue / 2);

    public PhoneCommand Press(char key, MediaTime now)
    {
        var follows = now - _starAt <= Patience;
        _starAt = key == '*' ? now : new MediaTime(long.MinValue / 2);
        return follows && key == '6' ? PhoneCommand.ToggleMute : PhoneCommand.None;
    }
}
