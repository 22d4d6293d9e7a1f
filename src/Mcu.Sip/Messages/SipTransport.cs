using System.Net;

namespace Mcu.Sip.Messages;

public enum SipTransport : byte
{
    Udp,
    Tcp,
    Tls,

    /// <summary>WebSocket (RFC 7118).</summary>
    Ws,

    /// <summary>WebSocket over TLS.</summary>
    Wss,
}

/// <summary>Where a message came from or goes to.</summary>
/// <param name="Transport">By which protocol.</param>
/// <param name="Remote">The other end; an IPv4 address in its own form, not mapped into IPv6.</param>
/// <param name="Connection">The connection; 0 for UDP, and for "any connection to there, opened if there is none".</param>
public readonly record struct SipFlow(SipTransport Transport, IPEndPoint Remote, long Connection = 0)
{
    public bool IsReliable => Transport != SipTransport.Udp;

    public override string ToString() => $"{Transport.ToToken()} {Remote}{(Connection == 0 ? "" : $" #{Connection}")}";
}

public static class SipTransports
{
    /// <summary>As Via writes it.</summary>
    public static string ToToken(this SipTransport transport) =>
        transport switch
        {
            SipTransport.Udp => "UDP",
            SipTransport.Tcp => "TCP",
            SipTransport.Tls => "TLS",
            SipTransport.Ws => "WS",
            SipTransport.Wss => "WSS",
            _ => throw new ArgumentOutOfRangeException(nameof(transport), transport, "No such transport."),
        };

    /// <summary>As the transport parameter of a URI writes it; null where the scheme says it.</summary>
    public static string? ToUriParameter(this SipTransport transport) =>
        transport switch
        {
            SipTransport.Udp => null,
            SipTransport.Tcp => "tcp",
            SipTransport.Tls => "tls",
            SipTransport.Ws or SipTransport.Wss => "ws",
            _ => throw new ArgumentOutOfRangeException(nameof(transport), transport, "No such transport."),
        };

    /// <summary>The port where none is written (RFC 3261 section 18.2.2, RFC 7118 section 4.1 for the rest).</summary>
    public static ushort DefaultPort(this SipTransport transport) =>
        transport switch
        {
            SipTransport.Tls => 5061,
            SipTransport.Ws => 80,
            SipTransport.Wss => 443,
            _ => 5060,
        };
}
