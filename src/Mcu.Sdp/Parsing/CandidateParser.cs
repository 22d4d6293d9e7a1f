using System.Globalization;
using System.Text;
using Mcu.Media.Network;

namespace Mcu.Sdp.Parsing;

internal enum CandidateParse
{
    Ok,
    Malformed,

    /// <summary>A transport this build does not know: to be ignored (RFC 8839 section 5.1).</summary>
    UnknownTransport,
}

/// <summary>The grammar of RFC 8839 section 5.1 with <c>tcptype</c> of RFC 6544 section 4.5.</summary>
internal static class CandidateParser
{
    public static CandidateParse TryParse(ReadOnlySpan<char> value, out IceCandidate? candidate)
    {
        candidate = null;
        var tokens = new TokenReader(value);
        // foundation SP component-id SP transport SP priority SP connection-address SP port SP "typ" SP type
        if (
            !tokens.TryNext(out var foundation)
            || foundation.Length > 32
            || !tokens.TryNext(out var component)
            || !TryNumber(component, 256, out var componentId)
            || componentId == 0
            || !tokens.TryNext(out var transport)
            || !tokens.TryNext(out var priorityText)
            || !uint.TryParse(priorityText, NumberStyles.None, CultureInfo.InvariantCulture, out var priority)
            || !tokens.TryNext(out var address)
            || address.Length > 255
            || !tokens.TryNext(out var portText)
            || !TryNumber(portText, ushort.MaxValue, out var port)
            || !tokens.TryNext(out var typ)
            || !typ.SequenceEqual("typ")
            || !tokens.TryNext(out var typeText)
        )
        {
            return CandidateParse.Malformed;
        }

        if (!TryTransport(transport, out var pathTransport) || !TryType(typeText, out var type))
        {
            return CandidateParse.UnknownTransport;
        }

        var parsed = new IceCandidate(foundation.ToString(), componentId, pathTransport, priority, address.ToString(), (ushort)port, type);
        return TryExtensions(ref tokens, ref parsed) && (pathTransport == PathTransport.Tcp) == parsed.TcpType.HasValue
            ? Done(parsed, out candidate)
            : CandidateParse.Malformed;
    }

    private static CandidateParse Done(IceCandidate parsed, out IceCandidate? candidate)
    {
        candidate = parsed;
        return CandidateParse.Ok;
    }

    private static bool TryExtensions(ref TokenReader tokens, ref IceCandidate candidate)
    {
        var extensions = new StringBuilder();
        while (tokens.TryNext(out var name))
        {
            if (!tokens.TryNext(out var value))
            {
                return false;
            }

            switch (name)
            {
                case "raddr":
                    candidate = candidate with { RelatedAddress = value.ToString() };
                    break;
                case "rport" when TryNumber(value, ushort.MaxValue, out var port):
                    candidate = candidate with { RelatedPort = (ushort)port };
                    break;
                case "tcptype" when TryTcpType(value, out var tcpType):
                    candidate = candidate with { TcpType = tcpType };
                    break;
                case "rport":
                case "tcptype":
                    return false;
                default:
                    extensions.Append(extensions.Length > 0 ? " " : "").Append(name).Append(' ').Append(value);
                    break;
            }
        }

        candidate = candidate with
        {
            Extensions = extensions.ToString(),
            RelatedPort = candidate.RelatedAddress is null ? (ushort)0 : candidate.RelatedPort,
            TcpType = candidate.Transport == PathTransport.Udp ? null : candidate.TcpType,
        };
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, int max, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;

    private static bool TryTransport(ReadOnlySpan<char> text, out PathTransport transport)
    {
        transport = text.Equals("tcp", StringComparison.OrdinalIgnoreCase) ? PathTransport.Tcp : PathTransport.Udp;
        return transport == PathTransport.Tcp || text.Equals("udp", StringComparison.OrdinalIgnoreCase);
    }

    private static bool TryType(ReadOnlySpan<char> text, out IceCandidateType type)
    {
        IceCandidateType? found = text switch
        {
            "host" => IceCandidateType.Host,
            "srflx" => IceCandidateType.ServerReflexive,
            "prflx" => IceCandidateType.PeerReflexive,
            "relay" => IceCandidateType.Relay,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }

    private static bool TryTcpType(ReadOnlySpan<char> text, out IceTcpType type)
    {
        IceTcpType? found = text switch
        {
            "active" => IceTcpType.Active,
            "passive" => IceTcpType.Passive,
            "so" => IceTcpType.SimultaneousOpen,
            _ => null,
        };
        type = found.GetValueOrDefault();
        return found.HasValue;
    }
}
