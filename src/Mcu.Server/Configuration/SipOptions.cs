using System.Net;

namespace Mcu.Server.Configuration;

/// <summary>Telephony: where SIP listens, whom it hears, where calls lead.</summary>
public sealed class SipOptions
{
    public const int UsualPort = 5060;

    /// <summary>Whether phones can call at all.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Where SIP and the media of calls listen; 0.0.0.0 for all IPv4 addresses of this machine.</summary>
    public IPAddress Address { get; set; } = IPAddress.Loopback;

    /// <summary>UDP and TCP port of SIP; 0 takes any free one.</summary>
    public int Port { get; set; } = UsualPort;

    /// <summary>TCP port of SIP over TLS; 0 takes any free one.</summary>
    public int TlsPort { get; set; } = 5061;

    /// <summary>The UDP ports of calls' media: two for each call.</summary>
    public PortRange MediaPorts { get; set; } = new(10_000, 11_999);

    /// <summary>Who may call; others get no answer. Empty: this machine while the server is open, and nobody once it has keys.</summary>
    public IReadOnlyList<IPNetwork> AllowFrom { get; set; } = [];

    /// <summary>Calls per minute and source address; as many may come at once.</summary>
    public int CallsPerMinute { get; set; } = 600;

    /// <summary>Rooms of numbers that are no rooms' names.</summary>
    public IReadOnlyList<NumberedRoom> Numbers { get; set; } = [];

    /// <summary>Registrars to register at: sip:USER:PASSWORD@HOST URIs.</summary>
    public IReadOnlyList<string> Trunks { get; set; } = [];
}

/// <summary>Ports from the first, which is even, to the last.</summary>
public readonly record struct PortRange(int First, int Last)
{
    public override string ToString() => $"{First}-{Last}";
}

/// <summary>A number that is called, and the room it leads to.</summary>
public readonly record struct NumberedRoom(string Number, string Room)
{
    public override string ToString() => $"{Number}={Room}";
}
