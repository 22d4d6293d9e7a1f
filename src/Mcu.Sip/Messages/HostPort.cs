using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Mcu.Sip.Messages;

/// <summary>A host and its port as URIs and Via have them.</summary>
/// <param name="Host">A name, an IPv4 address or an IPv6 address in brackets.</param>
/// <param name="Port">0 where none is written.</param>
public readonly record struct HostPort(string Host, ushort Port)
{
    /// <summary>The address that the host spells; null for a name.</summary>
    public IPAddress? Address => AddressOf(Host);

    public static HostPort From(IPEndPoint endPoint)
    {
        ArgumentNullException.ThrowIfNull(endPoint);
        return new HostPort(HostOf(endPoint.Address), (ushort)endPoint.Port);
    }

    /// <summary>An address as a host: IPv6 in brackets, IPv4 in its own form also where it is mapped.</summary>
    public static string HostOf(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();
    }

    public override string ToString() => Port == 0 ? Host : $"{Host}:{Port.ToString(CultureInfo.InvariantCulture)}";

    /// <summary>host [":" port] with nothing before, between or after.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out HostPort value)
    {
        value = default;
        var hostEnd =
            text.StartsWith("[") ? text.IndexOf(']') + 1
            : text.IndexOf(':') is var colon and >= 0 ? colon
            : text.Length;
        var host = text[..Math.Max(hostEnd, 0)];
        if (!IsHost(host))
        {
            return false;
        }

        var rest = text[hostEnd..];
        uint port = 0;
        if (!rest.IsEmpty && (rest[0] != ':' || !SipSyntax.TryParseNumber(rest[1..], ushort.MaxValue, out port) || port == 0))
        {
            return false;
        }

        value = new HostPort(host.ToString(), (ushort)port);
        return true;
    }

    internal static IPAddress? AddressOf(string host)
    {
        if (host.StartsWith('['))
        {
            return host.Length > 2 && TryParseIpv6(host.AsSpan(1, host.Length - 2), out var ipv6) ? ipv6 : null;
        }

        // Without the count of dots "5060" would be an address too.
        return host.Count(c => c == '.') == 3 && IPAddress.TryParse(host, out var ipv4) && ipv4.AddressFamily == AddressFamily.InterNetwork
            ? ipv4
            : null;
    }

    private static bool IsHost(ReadOnlySpan<char> host)
    {
        if (host.IsEmpty || host.Length > 255)
        {
            return false;
        }

        if (host[0] == '[')
        {
            return host.Length > 2 && TryParseIpv6(host[1..^1], out _);
        }

        foreach (var c in host)
        {
            // The underscore is none of a host name's characters, and yet is in some.
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '.' or '_'))
            {
                return false;
            }
        }

        return true;
    }

    private static bool TryParseIpv6(ReadOnlySpan<char> text, out IPAddress? address)
    {
        // RFC 5118 section 4.10: the grammar of RFC 3261 had three colons before an embedded IPv4 address; both forms are taken.
        var three = text.IndexOf(":::");
        var source = three >= 0 && text[(three + 3)..].Contains('.') ? string.Concat(text[..three], text[(three + 1)..]) : text.ToString();
        address = null;
        return source.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            && IPAddress.TryParse(source, out address)
            && address.AddressFamily == AddressFamily.InterNetworkV6;
    }
}
