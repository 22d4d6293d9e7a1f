using System.Net;

namespace Mcu.Server.Configuration;

/// <summary>All settings of the server, with their defaults. <see cref="Settings"/> describes and reads each of them.</summary>
public sealed class McuOptions
{
    /// <summary>Where HTTP listens: http:// or https:// URLs with an IP address, 'localhost' or '*'.</summary>
    public IReadOnlyList<Uri> Http { get; set; } = [new("http://127.0.0.1:8080")];

    /// <summary>UDP and TCP port of all WebRTC media; 0 takes any free one.</summary>
    public int MediaPort { get; set; } = 8189;

    /// <summary>Addresses that clients are told to send media to; empty: those of this machine's interfaces.</summary>
    public IReadOnlyList<IPAddress> Announce { get; set; } = [];

    /// <summary>Folder for what the server keeps, e.g. its DTLS certificate. Made when missing.</summary>
    public string Data { get; set; } = "./data";

    /// <summary>Run synthetic participants in the room "demo".</summary>
    public bool Demo { get; set; }

    /// <summary>Opens everything; null: none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Signs join tokens (HS256); null: none.</summary>
    public string? TokenSecret { get; set; }

    /// <summary>PEM file of the certificate for https:// URLs, chain included.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>PEM file of its private key.</summary>
    public string? TlsKey { get; set; }

    /// <summary>Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed.</summary>
    public IReadOnlyList<IPAddress> TrustedProxies { get; set; } = [];

    /// <summary>Other origins, e.g. https://example.com, whose pages may use the API and the WebSocket. Empty: none.</summary>
    public IReadOnlyList<string> CorsOrigins { get; set; } = [];

    /// <summary>STUN and TURN URLs handed to clients.</summary>
    public IReadOnlyList<string> IceServers { get; set; } = [];

    /// <summary>Secret shared with the TURN server for time-limited credentials; null: none.</summary>
    public string? TurnSecret { get; set; }

    public LimitOptions Limits { get; } = new();

    public ConferenceOptions Conference { get; } = new();

    public SipOptions Sip { get; } = new();

    /// <summary>Whether anybody may do anything: only where no key is set, which only loopback permits.</summary>
    public bool IsOpen => ApiKey is null && TokenSecret is null;

    /// <summary>Whether some URL is reachable from other machines.</summary>
    public bool ListensBeyondLoopback => Http.Any(url => !url.IsLoopback);
}

/// <summary>Bounds on what clients may ask for.</summary>
public sealed class LimitOptions
{
    /// <summary>Joins per minute and source address; as many may come at once.</summary>
    public int JoinsPerMinute { get; set; } = 120;

    /// <summary>Signalling messages per second and connection.</summary>
    public int MessagesPerSecond { get; set; } = 50;

    /// <summary>Rooms that exist at once.</summary>
    public int Rooms { get; set; } = 1000;

    /// <summary>Participants in one room.</summary>
    public int ParticipantsPerRoom { get; set; } = 200;

    /// <summary>Percent of the processor that sound may take before joins are refused: of one core for a room, of all for the server. 0: never refused.</summary>
    public int Load { get; set; } = 75;
}
