using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Mcu.Transport.Sip;

/// <summary>Where SIP listens, and its bounds.</summary>
public sealed record SipNetworkOptions
{
    public IReadOnlyList<IPEndPoint> Udp { get; init; } = [];

    public IReadOnlyList<IPEndPoint> Tcp { get; init; } = [];

    public IReadOnlyList<IPEndPoint> Tls { get; init; } = [];

    /// <summary>Needed to listen for TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>What Via and Contact say where it differs from the address bound to (1:1 NAT); null to say that one.</summary>
    public IPAddress? Announce { get; init; }

    /// <summary>Whether a TLS server's certificate must be one that this machine trusts, for the name that was asked for.</summary>
    public bool VerifiesServers { get; init; } = true;

    public int MaxConnections { get; init; } = 2000;

    public int MaxConnectionsPerAddress { get; init; } = 100;

    /// <summary>A connection on which nothing comes for so long is closed; phones ping every two minutes (RFC 5626 section 4.4.1).</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>A connection that was accepted has to bring its first message, and one of ours to come about, within this time.</summary>
    public TimeSpan OpeningTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Messages that wait for the agent. Datagrams beyond it are lost; connections are read no further.</summary>
    public int MaxInbox { get; init; } = 4096;

    /// <summary>Bytes that wait to be written to one connection; with more it is taken for dead.</summary>
    public int MaxUnwritten { get; init; } = 256 * 1024;
}

/// <summary>Counters of SIP's sockets.</summary>
/// <param name="Connections">Open now.</param>
/// <param name="Received">Messages handed to the agent.</param>
/// <param name="Dropped">Datagrams lost as too many waited.</param>
/// <param name="Refused">Connections closed at once because of a bound.</param>
public readonly record struct SipNetworkStatistics(int Connections, long Received, long Dropped, long Refused);
