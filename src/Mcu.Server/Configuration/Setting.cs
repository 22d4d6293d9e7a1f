using System.Text;

namespace Mcu.Server.Configuration;

/// <summary>One setting: its names, what it takes, and how its text is read into the options.</summary>
/// <param name="Key">Path in JSON below "Mcu", e.g. Conference:Width.</param>
/// <param name="Option">On the command line, e.g. --media-port; null: not there.</param>
/// <param name="Placeholder">What stands for the value in help, e.g. N; empty for a switch.</param>
/// <param name="Meaning">One line of help.</param>
/// <param name="Allowed">What values are allowed, to complete "must be …".</param>
/// <param name="TryApply">Reads a value into the options; false when it is not allowed.</param>
/// <param name="Show">The value in the options as text, for help.</param>
/// <param name="Secret">Whether messages must not show the value.</param>
public sealed record Setting(
    string Key,
    string? Option,
    string Placeholder,
    string Meaning,
    string Allowed,
    Func<McuOptions, string, bool> TryApply,
    Func<McuOptions, string> Show,
    bool Secret = false
)
{
    /// <summary>Name in the environment: MCU_ and the key's words in capitals.</summary>
    public string Variable { get; } = ToVariable(Key);

    /// <summary>The names a person may know it by.</summary>
    public string Names => Option is null ? $"{Key} ({Variable})" : $"{Key} ({Option}, {Variable})";

    private static string ToVariable(string key)
    {
        var name = new StringBuilder("MCU");
        foreach (var character in key)
        {
            if (char.IsAsciiLetterUpper(character))
            {
                name.Append('_');
            }

            if (character != ':')
            {
                name.Append(char.ToUpperInvariant(character));
            }
        }

        return name.ToString();
    }
}
