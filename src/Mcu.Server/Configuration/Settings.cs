using System.Globalization;
using System.Net;
using Mcu.Media.Codecs;
using static Mcu.Server.Configuration.Values;

namespace Mcu.Server.Configuration;

/// <summary>The table of all settings: command line, environment, JSON files, help and README follow from it.</summary>
public static class Settings
{
    public static IReadOnlyList<Setting> All { get; } = [.. Network(), .. Access(), .. Limits(), .. Conference(), .. SipSettings.All];

    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<Setting> Network() =>
        [
            new(
                "Http",
                "--http",
                "URL",
                "where HTTP listens",
                "http:// or https:// URLs with an IP address, localhost or * and a port, separated by commas",
                (options, text) => List<Uri>(text, TryListenUrl, urls => options.Http = urls, atLeast: 1),
                options => Join(options.Http.Select(url => url.OriginalString))
            ),
            Number(
                "MediaPort",
                "--media-port",
                "UDP and TCP port of all media; 0: any free one",
                0,
                65535,
                o => o.MediaPort,
                (o, n) => o.MediaPort = n
            ),
            new(
                "Announce",
                "--announce",
                "ADDRESS",
                "address at which clients reach the media port, where it differs (1:1 NAT)",
                "IP addresses, separated by commas",
                (options, text) => List<IPAddress>(text, TryAddress, addresses => options.Announce = addresses),
                options => Join(options.Announce)
            ),
            Text("Data", "--data", "DIR", "folder for what the server keeps: recordings", o => o.Data, (o, text) => o.Data = text),
            new(
                "Demo",
                "--demo",
                "",
                "synthetic participants in the room \"demo\"",
                "true or false",
                (options, text) => Flag(text, value => options.Demo = value),
                options => Show(options.Demo)
            ),
            Text(
                "TlsCertificate",
                null,
                "FILE",
                "PEM certificate chain for https:// URLs",
                o => o.TlsCertificate,
                (o, text) => o.TlsCertificate = text
            ),
            Text("TlsKey", null, "FILE", "PEM private key for https:// URLs", o => o.TlsKey, (o, text) => o.TlsKey = text),
            new(
                "TrustedProxies",
                null,
                "ADDRESS",
                "reverse proxies whose X-Forwarded-For and -Proto are believed",
                "IP addresses, separated by commas",
                (options, text) => List<IPAddress>(text, TryAddress, addresses => options.TrustedProxies = addresses),
                options => Join(options.TrustedProxies)
            ),
            new(
                "CorsOrigins",
                null,
                "ORIGIN",
                "other sites whose pages may use the API",
                "origins such as https://example.com, separated by commas",
                (options, text) => List<string>(text, TryOrigin, origins => options.CorsOrigins = origins),
                options => Join(options.CorsOrigins)
            ),
            new(
                "IceServers",
                null,
                "URL",
                "STUN and TURN servers handed to clients",
                "stun:, turn: or turns: URLs, separated by commas",
                (options, text) => List<string>(text, TryIceServer, servers => options.IceServers = servers),
                options => Join(options.IceServers)
            ),
        ];

    private static IEnumerable<Setting> Access() =>
        [
            SecretText("ApiKey", "opens everything; needed beyond loopback", 16, o => o.ApiKey, (o, text) => o.ApiKey = text),
            SecretText(
                "TokenSecret",
                "signs join tokens; needed beyond loopback",
                32,
                o => o.TokenSecret,
                (o, text) => o.TokenSecret = text
            ),
            SecretText("TurnSecret", "shared with the TURN server", 1, o => o.TurnSecret, (o, text) => o.TurnSecret = text),
        ];

    private static IEnumerable<Setting> Limits() =>
        [
            Number(
                "Limits:JoinsPerMinute",
                null,
                "joins per minute and source address",
                1,
                100_000,
                o => o.Limits.JoinsPerMinute,
                (o, n) => o.Limits.JoinsPerMinute = n
            ),
            Number(
                "Limits:MessagesPerSecond",
                null,
                "signalling messages per second and connection",
                5,
                10_000,
                o => o.Limits.MessagesPerSecond,
                (o, n) => o.Limits.MessagesPerSecond = n
            ),
            Number("Limits:Rooms", null, "rooms at once", 1, 100_000, o => o.Limits.Rooms, (o, n) => o.Limits.Rooms = n),
            Number(
                "Limits:ParticipantsPerRoom",
                null,
                "participants in one room",
                1,
                5_000,
                o => o.Limits.ParticipantsPerRoom,
                (o, n) => o.Limits.ParticipantsPerRoom = n
            ),
            Number(
                "Limits:Load",
                null,
                "percent of the processor that sound may take before joins are refused; 0: never",
                0,
                100,
                o => o.Limits.Load,
                (o, n) => o.Limits.Load = n
            ),
        ];

    private static IEnumerable<Setting> Conference() =>
        [
            Even("Conference:Width", "canvas width in pixels", 320, 1920, o => o.Conference.Width, (o, n) => o.Conference.Width = n),
            Even("Conference:Height", "canvas height in pixels", 180, 1080, o => o.Conference.Height, (o, n) => o.Conference.Height = n),
            Number(
                "Conference:FramesPerSecond",
                null,
                "canvas frame rate",
                5,
                30,
                o => o.Conference.FramesPerSecond,
                (o, n) => o.Conference.FramesPerSecond = n
            ),
            Number(
                "Conference:VideoKbps",
                null,
                "video bitrate of a composite in kbit/s",
                50,
                10_000,
                o => o.Conference.VideoKbps,
                (o, n) => o.Conference.VideoKbps = n
            ),
            Number(
                "Conference:AudioKbps",
                null,
                "Opus bitrate of a mix in kbit/s",
                8,
                128,
                o => o.Conference.AudioKbps,
                (o, n) => o.Conference.AudioKbps = n
            ),
            Number(
                "Conference:Speakers",
                null,
                "voices mixed at once",
                1,
                50,
                o => o.Conference.Speakers,
                (o, n) => o.Conference.Speakers = n
            ),
            Number(
                "Conference:MaxReduction",
                null,
                "how much video gives up under load: 1 nothing, 2 effort, 5 frames, 6 size, 7 views of one's own, 8 tiles",
                Mcu.Conference.VideoEffort.AsAsked,
                Mcu.Conference.VideoEffort.LastStep,
                o => o.Conference.MaxReduction,
                (o, n) => o.Conference.MaxReduction = n
            ),
            new(
                "Conference:Layout",
                null,
                "NAME",
                "a room's first layout",
                "auto, grid, speaker, presenter or single",
                (options, text) => TryLayout(text, layout => options.Conference.Layout = layout),
                options => Show(options.Conference.Layout)
            ),
            new(
                "Conference:SelfView",
                null,
                "BOOL",
                "whether participants see themselves in the composite",
                "true or false",
                (options, text) => Flag(text, value => options.Conference.SelfView = value),
                options => Show(options.Conference.SelfView)
            ),
            new(
                "Conference:VideoCodecs",
                null,
                "NAMES",
                "video codecs, the preferred one first",
                "one or more of vp8, vp9, h264, separated by commas",
                (options, text) => List<VideoCodec>(text, TryName, codecs => options.Conference.VideoCodecs = codecs, atLeast: 1),
                options => Join(options.Conference.VideoCodecs)
            ),
            new(
                "Conference:AudioCodecs",
                null,
                "NAMES",
                "audio codecs, the preferred one first",
                "one or more of opus, g722, pcmu, pcma, separated by commas",
                (options, text) => List<AudioCodec>(text, TryName, codecs => options.Conference.AudioCodecs = codecs, atLeast: 1),
                options => Join(options.Conference.AudioCodecs)
            ),
            Text(
                "Conference:Logo",
                null,
                "FILE",
                "PNG or JPEG in the corner of the canvas",
                o => o.Conference.Logo,
                (o, text) => o.Conference.Logo = text
            ),
            Text(
                "Conference:Background",
                null,
                "FILE|#RRGGBB",
                "picture or colour behind the tiles",
                o => o.Conference.Background,
                (o, text) => o.Conference.Background = text
            ),
        ];

    internal static Setting Number(
        string key,
        string? option,
        string meaning,
        int min,
        int max,
        Func<McuOptions, int> get,
        Action<McuOptions, int> set
    ) =>
        new(
            key,
            option,
            "N",
            meaning,
            string.Create(CultureInfo.InvariantCulture, $"a whole number from {min} to {max}"),
            (options, text) => Integer(text, min, max, value => set(options, value)),
            options => get(options).ToString(CultureInfo.InvariantCulture)
        );

    private static Setting Even(string key, string meaning, int min, int max, Func<McuOptions, int> get, Action<McuOptions, int> set) =>
        new(
            key,
            null,
            "N",
            meaning,
            string.Create(CultureInfo.InvariantCulture, $"an even number from {min} to {max}"),
            (options, text) => Integer(text, min, max, value => set(options, value), even: true),
            options => get(options).ToString(CultureInfo.InvariantCulture)
        );

    private static Setting Text(
        string key,
        string? option,
        string placeholder,
        string meaning,
        Func<McuOptions, string?> get,
        Action<McuOptions, string> set
    ) =>
        new(
            key,
            option,
            placeholder,
            meaning,
            "not empty",
            (options, text) => NotEmpty(text, 1, value => set(options, value)),
            options => get(options) ?? ""
        );

    private static Setting SecretText(
        string key,
        string meaning,
        int minLength,
        Func<McuOptions, string?> get,
        Action<McuOptions, string> set
    ) =>
        new(
            key,
            null,
            "TEXT",
            meaning,
            string.Create(CultureInfo.InvariantCulture, $"at least {minLength} characters long"),
            (options, text) => NotEmpty(text, minLength, value => set(options, value)),
            options => get(options) is null ? "" : "(set)",
            Secret: true
        );
}
