namespace Mcu.Server.Configuration;

/// <summary>What settings must fulfil together.</summary>
internal static class OptionsCheck
{
    public static IEnumerable<string> Errors(McuOptions options)
    {
        if (options.ListensBeyondLoopback && (options.ApiKey is null || options.TokenSecret is null))
        {
            var missing = string.Join(
                " and ",
                Missing(options).Select(key => Settings.Find(key)!).Select(setting => $"{setting.Names}, {setting.Allowed}")
            );
            yield return $"Http is '{string.Join(",", options.Http.Select(url => url.OriginalString))}', which other machines can reach: set {missing}. "
                + "Or listen on loopback only, e.g. --http http://127.0.0.1:8080.";
        }

        if (options.Http.Any(url => url.Scheme == Uri.UriSchemeHttps) && (options.TlsCertificate is null || options.TlsKey is null))
        {
            yield return "Http has an https:// URL: set TlsCertificate (MCU_TLS_CERTIFICATE) and TlsKey (MCU_TLS_KEY) to PEM files.";
        }

        foreach (var (key, path) in Files(options))
        {
            if (path is not null && !File.Exists(path))
            {
                yield return $"{Settings.Find(key)!.Names} is '{path}', but must be the path of a file that can be read.";
            }
        }

        if (NeedsTurnSecret(options))
        {
            yield return "IceServers has a turn: URL, whose credentials need TurnSecret (MCU_TURN_SECRET), the secret shared with that server.";
        }
    }

    private static IEnumerable<string> Missing(McuOptions options)
    {
        if (options.ApiKey is null)
        {
            yield return "ApiKey";
        }

        if (options.TokenSecret is null)
        {
            yield return "TokenSecret";
        }
    }

    private static IEnumerable<(string Key, string? Path)> Files(McuOptions options)
    {
        yield return ("TlsCertificate", options.TlsCertificate);
        yield return ("TlsKey", options.TlsKey);
        yield return ("Conference:Logo", options.Conference.Logo);
        if (!options.Conference.Background.StartsWith('#'))
        {
            yield return ("Conference:Background", options.Conference.Background);
        }
    }

    private static bool NeedsTurnSecret(McuOptions options) =>
        options.TurnSecret is null && options.IceServers.Any(server => server.StartsWith("turn", StringComparison.Ordinal));
}
