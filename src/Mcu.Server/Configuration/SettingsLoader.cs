using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Mcu.Server.Configuration;

/// <summary>Where settings come from.</summary>
/// <param name="Arguments">The command line.</param>
/// <param name="Environment">Variables by name.</param>
/// <param name="BaseDirectory">Where appsettings.json may stand.</param>
public sealed record SettingsSources(IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string BaseDirectory)
{
    public static SettingsSources OfProcess(IReadOnlyList<string> arguments) =>
        new(
            arguments,
            System
                .Environment.GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .ToDictionary(entry => (string)entry.Key, entry => entry.Value as string ?? "", StringComparer.Ordinal),
            AppContext.BaseDirectory
        );
}

/// <summary>Reads the settings, lowest source first: defaults, appsettings.json, --config FILE, environment, command line.</summary>
public sealed class SettingsLoader
{
    private const string Section = "Mcu";
    private const string ConfigVariable = "MCU_CONFIG";

    /// <summary>Variables of the project's tests, which stand in the same environment where the server is tried out.</summary>
    private static readonly string[] s_testVariables = ["MCU_MEDIA", "MCU_CHROMIUM", "MCU_FIREFOX", "MCU_PYTHON", "MCU_SERVER_DLL"];

    private readonly McuOptions _options = new();
    private readonly List<string> _errors = [];

    private SettingsLoader() { }

    /// <summary>Reads and checks all settings.</summary>
    /// <param name="sources">Where they come from.</param>
    /// <param name="options">The settings, when all are right.</param>
    /// <param name="files">The JSON files alone, for what is not ours, e.g. Logging.</param>
    /// <param name="errors">One line for each wrong setting, naming it, its value, and what is allowed.</param>
    public static bool TryLoad(
        SettingsSources sources,
        [NotNullWhen(true)] out McuOptions? options,
        [NotNullWhen(true)] out IConfiguration? files,
        out IReadOnlyList<string> errors
    )
    {
        var loader = new SettingsLoader();
        var line = CommandLine.Parse(sources.Arguments, loader._errors);
        files = loader.ReadFiles(sources, line.ConfigFile);
        loader.ReadEnvironment(sources.Environment);
        foreach (var (setting, value) in line.Values)
        {
            loader.Apply(setting, value, $"{setting.Option} on the command line");
        }

        if (loader._errors.Count == 0)
        {
            loader._errors.AddRange(OptionsCheck.Errors(loader._options));
        }

        errors = loader._errors;
        options = errors.Count == 0 ? loader._options : null;
        return options is not null && files is not null;
    }

    private IConfiguration? ReadFiles(SettingsSources sources, string? configFile)
    {
        var builder = new ConfigurationBuilder();
        configFile ??= sources.Environment.GetValueOrDefault(ConfigVariable);
        var paths = new List<string> { Path.Combine(sources.BaseDirectory, "appsettings.json") };
        if (configFile is not null)
        {
            if (!File.Exists(configFile))
            {
                _errors.Add($"--config names '{configFile}', which is not a file.");
                return null;
            }

            paths.Add(Path.GetFullPath(configFile));
        }

        foreach (var path in paths.Where(File.Exists))
        {
            if (ReadFile(path) is not { } file)
            {
                return null;
            }

            builder.AddConfiguration(file);
        }

        return builder.Build();
    }

    private IConfiguration? ReadFile(string path)
    {
        try
        {
            var file = new ConfigurationBuilder().AddJsonFile(path, optional: false).Build();
            foreach (var (key, value) in file.GetSection(Section).AsEnumerable(makePathsRelative: true))
            {
                if (value is not null)
                {
                    ApplyKey(key, value, path);
                }
            }

            return file;
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            _errors.Add($"{path} cannot be read: {exception.InnerException?.Message ?? exception.Message}");
            return null;
        }
    }

    private void ReadEnvironment(IReadOnlyDictionary<string, string> environment)
    {
        foreach (var (name, value) in environment)
        {
            if (
                !name.StartsWith("MCU_", StringComparison.Ordinal)
                || name == ConfigVariable
                || value.Length == 0
                || s_testVariables.Contains(name)
            )
            {
                continue;
            }

            if (Settings.All.FirstOrDefault(setting => setting.Variable == name) is { } known)
            {
                Apply(known, value, $"{name} in the environment");
            }
            else
            {
                _errors.Add(
                    $"{name} in the environment is not a setting. Known: {string.Join(", ", Settings.All.Select(s => s.Variable))}."
                );
            }
        }
    }

    private void ApplyKey(string key, string value, string path)
    {
        if (Settings.Find(key) is { } known)
        {
            Apply(known, value, $"{Section}:{known.Key} in {path}");
        }
        else
        {
            _errors.Add($"{Section}:{key} in {path} is not a setting. Known: {string.Join(", ", Settings.All.Select(s => s.Key))}.");
        }
    }

    private void Apply(Setting setting, string value, string where)
    {
        if (!setting.TryApply(_options, value))
        {
            var shown = setting.Secret ? "its value" : $"'{value}'";
            _errors.Add($"{where} is {shown}, but must be {setting.Allowed}.");
        }
    }
}
