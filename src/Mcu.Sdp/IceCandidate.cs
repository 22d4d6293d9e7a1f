using System.Globalization;
using System.Text;
using Mcu.Media.Network;
using Mcu.Sdp.Parsing;

namespace Mcu.Sdp;

/// <summary>RFC 8445 section 5.1.1.</summary>
public enum IceCandidateType
{
    Host,
    ServerReflexive,
    PeerReflexive,
    Relay,
}

/// <summary>Who opens the connection of a TCP candidate (RFC 6544 section 4.5).</summary>
public enum IceTcpType
{
    Active,
    Passive,
    SimultaneousOpen,
}

/// <summary>
/// One ICE candidate in the text form of RFC 8839 section 5.1. The component is 1 for RTP (and RTCP, which is multiplexed);
/// the address is an IP address, or a host name such as an mDNS <c>.local</c> name.
/// </summary>
public sealed record IceCandidate(
    string Foundation,
    int Component,
    PathTransport Transport,
    uint Priority,
    string Address,
    ushort Port,
    IceCandidateType Type
)
{
    /// <summary>Longest text that is looked at, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>The base of a reflexive or relayed candidate (<c>raddr</c>), or null.</summary>
    public string? RelatedAddress { get; init; }

    public ushort RelatedPort { get; init; }

    /// <summary>Set for TCP candidates only.</summary>
    public IceTcpType? TcpType { get; init; }

    /// <summary>Extension name-value pairs as written, e.g. <c>generation 0 ufrag 8hhY</c>; empty if none.</summary>
    public string Extensions { get; init; } = "";

    /// <summary>Parses <c>candidate:…</c>, with or without <c>a=</c> before it and line end behind it. False for anything malformed or of an unknown transport.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IceCandidate? candidate)
    {
        candidate = null;
        text = text.Trim(" \r\n");
        text = text.StartsWith("a=", StringComparison.Ordinal) ? text[2..] : text;
        // A line break within it would start a line of its own once it is written into a description.
        return text.Length <= MaxLength
            && !text.ContainsAnyInRange('\0', '\u001F')
            && text.StartsWith("candidate:", StringComparison.Ordinal)
            && CandidateParser.TryParse(text["candidate:".Length..], out candidate) == CandidateParse.Ok;
    }

    /// <summary>The value of an extension such as <c>ufrag</c>, or null.</summary>
    public string? ExtensionValue(string name)
    {
        var tokens = new TokenReader(Extensions);
        while (tokens.TryNext(out var key) && tokens.TryNext(out var value))
        {
            if (key.SequenceEqual(name))
            {
                return value.ToString();
            }
        }

        return null;
    }

    /// <summary>The text as <c>candidate:…</c>, without <c>a=</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(128);
        var transport = Transport == PathTransport.Udp ? "udp" : "tcp";
        text.Append(
            CultureInfo.InvariantCulture,
            $"candidate:{Foundation} {Component} {transport} {Priority} {Address} {Port} typ {TypeToken}"
        );
        if (RelatedAddress is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $" raddr {RelatedAddress} rport {RelatedPort}");
        }

        if (TcpType is not null)
        {
            text.Append(" tcptype ").Append(TcpTypeToken);
        }

        if (Extensions.Length > 0)
        {
            text.Append(' ').Append(Extensions);
        }

        return text.ToString();
    }

    private string TypeToken =>
        Type switch
        {
            IceCandidateType.Host => "host",
            IceCandidateType.ServerReflexive => "srflx",
            IceCandidateType.PeerReflexive => "prflx",
            _ => "relay",
        };

    private string TcpTypeToken =>
        TcpType switch
        {
            IceTcpType.Active => "active",
            IceTcpType.Passive => "passive",
            _ => "so",
        };
}
