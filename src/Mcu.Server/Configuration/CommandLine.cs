using System.Text;

namespace Mcu.Server.Configuration;

/// <summary>The command line, split into settings: '--name value' or '--name=value'.</summary>
internal sealed record CommandLine(IReadOnlyList<(Setting Setting, string Value)> Values, string? ConfigFile)
{
    private const string ConfigOption = "--config";

    public static bool AsksForHelp(IReadOnlyList<string> arguments) => arguments.Any(argument => argument is "--help" or "-h");

    public static CommandLine Parse(IReadOnlyList<string> arguments, List<string> errors)
    {
        var values = new List<(Setting, string)>();
        string? configFile = null;
        for (var index = 0; index < arguments.Count; index++)
        {
            var (name, value) = Split(arguments[index]);
            var setting = Settings.All.FirstOrDefault(candidate => candidate.Option == name);
            if (setting is null && name != ConfigOption)
            {
                errors.Add($"'{name}' is not an option. Known: {string.Join(", ", KnownOptions())}.");
                index += value is null && HasValue(index) ? 1 : 0;
                continue;
            }

            if (value is null && setting is { Placeholder.Length: 0 })
            {
                value = "true";
            }

            if (value is null && HasValue(index))
            {
                value = arguments[++index];
            }

            if (value is null)
            {
                errors.Add($"{name} needs a value: {(setting is null ? "a JSON file" : setting.Allowed)}.");
            }
            else if (setting is null)
            {
                configFile = value;
            }
            else
            {
                values.Add((setting, value));
            }
        }

        return new CommandLine(values, configFile);

        bool HasValue(int index) => index + 1 < arguments.Count && !arguments[index + 1].StartsWith("--", StringComparison.Ordinal);
    }

    /// <summary>The text of --help.</summary>
    public static string Help()
    {
        var defaults = new McuOptions();
        var text = new StringBuilder("Usage: ./mcu run [OPTIONS]\n\nOptions:\n");
        foreach (var setting in Settings.All.Where(setting => setting.Option is not null))
        {
            text.Append($"  {setting.Option + " " + setting.Placeholder, -22} {setting.Meaning}{Default(setting)}\n");
        }

        text.Append($"  {ConfigOption + " FILE", -22} JSON file with settings in a section \"Mcu\" (MCU_CONFIG)\n");
        text.Append($"  {"--help", -22} this text\n\nSettings for the environment and, under the name behind them, for JSON files:\n");
        foreach (var setting in Settings.All)
        {
            text.Append($"  {setting.Variable, -34} {setting.Key, -28} {setting.Meaning}{Default(setting)}\n");
        }

        return text.ToString();

        string Default(Setting setting) => setting.Show(defaults) is { Length: > 0 } value ? $" (default {value})" : "";
    }

    private static IEnumerable<string> KnownOptions() =>
        Settings.All.Select(setting => setting.Option).OfType<string>().Append(ConfigOption).Append("--help");

    private static (string Name, string? Value) Split(string argument)
    {
        var equals = argument.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (argument, null) : (argument[..equals], argument[(equals + 1)..]);
    }
}
