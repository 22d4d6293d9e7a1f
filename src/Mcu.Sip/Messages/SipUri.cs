using System.Diagnostics.CodeAnalysis;

namespace Mcu.Sip.Messages;

/// <summary>A URI as SIP has them: sip, sips and tel in their parts, any other scheme as a whole (RFC 3261 section 19.1, RFC 3966).</summary>
public sealed class SipUri
{
    /// <summary>Longest URI taken, in characters.</summary>
    public const int MaxLength = 2048;

    // Parameters that two equal URIs must both have, or both not have (RFC 3261 section 19.1.4).
    private static readonly string[] s_mustMatch = ["user", "ttl", "method", "maddr", "transport"];

    private SipUri(string scheme) => Scheme = scheme;

    /// <summary>In lower case.</summary>
    public string Scheme { get; }

    /// <summary>The user part, of tel the number, with its escapes; null where there is none.</summary>
    public string? User { get; private init; }

    public string? Password { get; private init; }

    /// <summary>Where to; the default of sip and sips only, see <see cref="IsSip"/>.</summary>
    public HostPort HostPort { get; private init; }

    public SipParameters Parameters { get; private init; } = [];

    /// <summary>What stands behind the question mark, as it is written; null without.</summary>
    public string? Headers { get; private init; }

    /// <summary>What stands behind the colon of a scheme that we do not know.</summary>
    public string? Opaque { get; private init; }

    public string Host => HostPort.Host;

    public ushort Port => HostPort.Port;

    /// <summary>A sip or sips URI.</summary>
    public bool IsSip => Scheme is "sip" or "sips";

    public bool IsSecure => Scheme == "sips";

    /// <summary>A loose router (RFC 3261 section 16.12).</summary>
    public bool IsLooseRouter => Parameters.Has("lr");

    /// <summary>The user part as people read it, escapes taken back; empty where there is none.</summary>
    public string UserName => User is null ? "" : WireText.ToText(SipSyntax.Unescape(User));

    public static SipUri Create(string? user, HostPort host, bool secure = false, SipParameters? parameters = null) =>
        new(secure ? "sips" : "sip")
        {
            User = user is null ? null : Escape(user),
            HostPort = host,
            Parameters = parameters ?? [],
        };

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out SipUri? uri)
    {
        uri = null;
        var colon = text.IndexOf(':');
        if (colon <= 0 || text.Length > MaxLength || text.ContainsAny(" \t\"<>") || !IsScheme(text[..colon]))
        {
            return false;
        }

        var scheme = text[..colon].ToString().ToLowerInvariant();
        var rest = text[(colon + 1)..];
        uri = scheme switch
        {
            "sip" or "sips" => ParseSip(scheme, rest),
            "tel" => ParseTel(rest),
            _ => rest.IsEmpty ? null : new SipUri(scheme) { Opaque = rest.ToString() },
        };
        return uri is not null;
    }

    /// <summary>This URI with other parameters and without headers.</summary>
    public SipUri With(SipParameters parameters) =>
        new(Scheme)
        {
            User = User,
            Password = Password,
            HostPort = HostPort,
            Parameters = parameters,
            Opaque = Opaque,
        };

    /// <summary>This URI without headers and without what does not belong into a Request-URI (RFC 3261 section 19.1.1).</summary>
    public SipUri AsTarget()
    {
        if (Headers is null && !Parameters.Has("method"))
        {
            return this;
        }

        var parameters = Parameters.Copy();
        parameters.Remove("method");
        return With(parameters);
    }

    /// <summary>Whether both mean the same by the rules of RFC 3261 section 19.1.4.</summary>
    public bool IsEquivalentTo(SipUri other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (!IsSip || !other.IsSip)
        {
            return string.Equals(ToString(), other.ToString(), StringComparison.OrdinalIgnoreCase);
        }

        return Scheme == other.Scheme
            && Unescaped(User) == Unescaped(other.User)
            && Unescaped(Password) == Unescaped(other.Password)
            && (User is null) == (other.User is null)
            && string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase)
            && Port == other.Port
            && string.Equals(Headers, other.Headers, StringComparison.OrdinalIgnoreCase)
            && HasEquivalentParameters(other);
    }

    public override string ToString() =>
        Scheme switch
        {
            "sip" or "sips" =>
                $"{Scheme}:{User}{(Password is null ? "" : ":" + Password)}{(User is null ? "" : "@")}{HostPort}{Parameters}{(Headers is null ? "" : "?" + Headers)}",
            "tel" => $"tel:{User}{Parameters}",
            _ => $"{Scheme}:{Opaque}",
        };

    private static SipUri? ParseSip(string scheme, ReadOnlySpan<char> rest)
    {
        string? user = null;
        string? password = null;
        var at = rest.IndexOf('@');
        if (at >= 0)
        {
            // userinfo may have ';' and '?' in it, but neither '@' nor anything behind it has.
            var userInfo = rest[..at];
            var colon = userInfo.IndexOf(':');
            var name = colon < 0 ? userInfo : userInfo[..colon];
            if (name.IsEmpty || !SipSyntax.HasWholeEscapes(userInfo))
            {
                return null;
            }

            user = name.ToString();
            password = colon < 0 ? null : userInfo[(colon + 1)..].ToString();
            rest = rest[(at + 1)..];
        }

        var question = rest.IndexOf('?');
        var headers = question < 0 ? null : rest[(question + 1)..].ToString();
        rest = question < 0 ? rest : rest[..question];
        var semicolon = rest.IndexOf(';');
        var parameters = new SipParameters();
        if (
            !HostPort.TryParse(semicolon < 0 ? rest : rest[..semicolon], out var host)
            || !SipParameters.TryReadUri(semicolon < 0 ? [] : rest[semicolon..], parameters)
            || headers is "" or ['=', ..]
        )
        {
            return null;
        }

        return new SipUri(scheme)
        {
            User = user,
            Password = password,
            HostPort = host,
            Parameters = parameters,
            Headers = headers,
        };
    }

    private static SipUri? ParseTel(ReadOnlySpan<char> rest)
    {
        var semicolon = rest.IndexOf(';');
        var number = semicolon < 0 ? rest : rest[..semicolon];
        var parameters = new SipParameters();
        return number.IsEmpty || !SipParameters.TryReadUri(semicolon < 0 ? [] : rest[semicolon..], parameters)
            ? null
            : new SipUri("tel") { User = number.ToString(), Parameters = parameters };
    }

    private static bool IsScheme(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('+' or '-' or '.'))
            {
                return false;
            }
        }

        return char.IsAsciiLetter(text[0]);
    }

    private bool HasEquivalentParameters(SipUri other) =>
        Parameters.All(own => IsMatched(own.Key, other)) && other.Parameters.All(their => IsMatched(their.Key, other));

    private bool IsMatched(string name, SipUri other)
    {
        var inBoth = Parameters.Has(name) && other.Parameters.Has(name);
        return inBoth
            ? string.Equals(Unescaped(Parameters.Get(name)), Unescaped(other.Parameters.Get(name)), StringComparison.OrdinalIgnoreCase)
            : !s_mustMatch.Contains(name, StringComparer.OrdinalIgnoreCase);
    }

    private static string? Unescaped(string? text) => text is null ? null : SipSyntax.Unescape(text);

    private static string Escape(string user)
    {
        var wire = WireText.FromText(user);
        return wire.All(IsUserChar)
            ? wire
            : string.Concat(
                wire.Select(c =>
                    IsUserChar(c) ? c.ToString() : "%" + ((int)c).ToString("X2", System.Globalization.CultureInfo.InvariantCulture)
                )
            );
    }

    // unreserved and user-unreserved.
    private static bool IsUserChar(char c) => char.IsAsciiLetterOrDigit(c) || "-_.!~*'()&=+$,;?/".Contains(c, StringComparison.Ordinal);
}
