using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Mcu.Server.Rooms;
using Mcu.Sip.Messages;

namespace Mcu.Server.Configuration;

/// <summary>Readers of setting values. Each returns false, and sets nothing, when the text is not allowed.</summary>
internal static class Values
{
    public delegate bool TryRead<T>(string text, [MaybeNullWhen(false)] out T value);

    public static bool Integer(string text, int min, int max, Action<int> set, bool even = false)
    {
        var ok = int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value);
        if (!ok || value < min || value > max || (even && value % 2 != 0))
        {
            return false;
        }

        set(value);
        return true;
    }

    public static bool Flag(string text, Action<bool> set)
    {
        if (!bool.TryParse(text, out var value))
        {
            return false;
        }

        set(value);
        return true;
    }

    public static bool NotEmpty(string text, int minLength, Action<string> set)
    {
        if (text.Length < minLength || string.IsNullOrWhiteSpace(text))
        {
            return false;
        }

        set(text);
        return true;
    }

    public static bool List<T>(string text, TryRead<T> tryRead, Action<IReadOnlyList<T>> set, int atLeast = 0)
    {
        var values = new List<T>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (!tryRead(part, out var value) || values.Contains(value))
            {
                return false;
            }

            values.Add(value);
        }

        if (values.Count < atLeast)
        {
            return false;
        }

        set(values);
        return true;
    }

    public static bool TryListenUrl(string text, [MaybeNullWhen(false)] out Uri url)
    {
        // '*' is no host to Uri; it stands for every address.
        var ok = Uri.TryCreate(text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal), UriKind.Absolute, out url);
        return ok
            && url!.Scheme is "http" or "https"
            && url.PathAndQuery == "/"
            && url.UserInfo.Length == 0
            && (IPAddress.TryParse(url.DnsSafeHost, out _) || url.Host == "localhost");
    }

    public static bool TryAddress(string text, [MaybeNullWhen(false)] out IPAddress address) => IPAddress.TryParse(text, out address);

    public static bool TryOrigin(string text, [MaybeNullWhen(false)] out string origin)
    {
        origin = text;
        return Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url.Scheme is "http" or "https"
            && url.GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase);
    }

    public static bool TryIceServer(string text, [MaybeNullWhen(false)] out string server)
    {
        server = text;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "stun" or "stuns" or "turn" or "turns";
    }

    public static bool TryNetwork(string text, out IPNetwork network)
    {
        if (IPAddress.TryParse(text, out var host))
        {
            network = new IPNetwork(host, host.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }

    public static bool TryPortRange(string text, Action<PortRange> set)
    {
        var parts = text.Split('-');
        if (
            parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || first < 1024
            || first % 2 != 0
            || last <= first
            || last > ushort.MaxValue
        )
        {
            return false;
        }

        set(new PortRange(first, last));
        return true;
    }

    public static bool TryNumberedRoom(string text, out NumberedRoom numbered)
    {
        numbered = default;
        var parts = text.Split('=');
        if (parts.Length != 2 || parts[0].Trim() is not { Length: > 0 } number || !Names.TryParseRoom(parts[1].Trim(), out var room))
        {
            return false;
        }

        numbered = new NumberedRoom(number, room);
        return true;
    }

    public static bool TryTrunk(string text, [MaybeNullWhen(false)] out string trunk)
    {
        trunk = text;
        return SipUri.TryParse(text, out var uri) && uri.IsSip && uri.User is { Length: > 0 } && uri.Password is { Length: > 0 };
    }

    public static bool TryName<T>(string text, out T value)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out value) && !char.IsAsciiDigit(text[0]) && Enum.IsDefined(value);

    public static bool TryLayout(string text, Action<LayoutKind> set)
    {
        if (!TryName<LayoutKind>(text, out var layout) || layout == LayoutKind.Default)
        {
            return false;
        }

        set(layout);
        return true;
    }

    public static string Show<T>(T value) => value?.ToString()?.ToLowerInvariant() ?? "";

    public static string Join<T>(IEnumerable<T> values) => string.Join(",", values.Select(Show));
}
