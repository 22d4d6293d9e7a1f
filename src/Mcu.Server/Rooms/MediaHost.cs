using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using Mcu.Media.Network;
using Mcu.Media.Scheduling;
using Mcu.Mixing.Video;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Transport;
using Mcu.WebRtc;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Peer;

namespace Mcu.Server.Rooms;

/// <summary>What all rooms share: the clock, the scheduler's threads, the one media port with its routing, the certificate. Thread-safe.</summary>
internal sealed class MediaHost : IMediaHost, IDisposable
{
    private readonly DtlsCertificate _certificate;
    private readonly IReadOnlyList<IceCandidate> _candidates;
    private readonly LocalCapabilities _capabilities;
    private readonly ILogger<MediaHost> _logger;
    private readonly SchedulerMetrics _metrics;

    /// <param name="listen">Address of the media port; any address for all interfaces.</param>
    /// <param name="announce">Addresses told to clients; empty: those the port is reachable at.</param>
    /// <exception cref="IOException">The port is taken.</exception>
    public MediaHost(
        IPAddress listen,
        int port,
        IReadOnlyList<IPAddress> announce,
        LocalCapabilities capabilities,
        TimeProvider time,
        ILogger<MediaHost> logger
    )
    {
        Time = time;
        _certificate = DtlsCertificate.CreateSelfSigned(time.GetUtcNow());
        _capabilities = capabilities;
        _logger = logger;
        Listen = listen;
        Scheduler = new MediaScheduler(Clock, new MediaSchedulerOptions { VideoStepCosts = Mcu.Conference.VideoEffort.StepCosts });
        _metrics = new SchedulerMetrics(Scheduler);
        Scheduler.UnhandledLaneException += (_, failed) =>
            logger.LogCritical(failed.Exception, "{Work} failed and has ended: whoever was in it has to join again", failed.Work);
        Scheduler.UnhandledJobException += (_, failed) => logger.LogError(failed.Exception, "A video job failed");
        Port = Open(listen, port);
        _candidates = CandidatesOf(announce.Count > 0 ? announce : AddressesOf(listen), Port.LocalEndPoint.Port);
    }

    public TimeProvider Time { get; }

    public MediaClock Clock { get; } = new();

    /// <summary>Address of the media port.</summary>
    public IPAddress Listen { get; }

    public MediaScheduler Scheduler { get; }

    IMediaScheduler IMediaHost.Scheduler => Scheduler;

    public SessionRouter Router { get; } = new();

    public MediaPort Port { get; }

    /// <summary>Draws names and avatars for all rooms.</summary>
    public OverlayRenderer Overlays { get; } = new();

    public SessionTable Sessions { get; } = new();

    /// <summary>The server's end of a participant's connection.</summary>
    public WebRtcPeer CreatePeer(IWebRtcPeerHandler handler, DatagramBatch output, SessionPolicy policy) =>
        new(OptionsOf(PeerRole.Server, output, _capabilities) with { Candidates = _candidates, Policy = policy }, handler);

    /// <summary>A client of this server, for participants that the server makes itself.</summary>
    public WebRtcPeer CreateClient(IWebRtcPeerHandler handler, DatagramBatch output, LocalCapabilities capabilities) =>
        new(OptionsOf(PeerRole.Client, output, capabilities), handler);

    /// <summary>The ports of phone calls, where there are any; set once, before the first call.</summary>
    public CallPorts? CallPorts { get; set; }

    public void Send(DatagramBatch batch)
    {
        Port.Send(batch);
        CallPorts?.Send(batch);
    }

    /// <summary>A session whose datagram hit a bug.</summary>
    public void ReportFailedSession(Exception exception, RoomSession session) =>
        _logger.LogError(exception, "The session of participant {Participant} failed and has ended", session.ParticipantId);

    public void Dispose()
    {
        Port.Dispose();
        _metrics.Dispose();
        Scheduler.Dispose();
        _certificate.Dispose();
    }

    private MediaPort Open(IPAddress listen, int port)
    {
        try
        {
            return MediaPort.Open(new MediaPortOptions { Address = listen, Port = port }, Clock, Router);
        }
        catch (SocketException refused)
        {
            Scheduler.Dispose();
            throw new IOException(
                $"MediaPort {port} cannot be opened ({refused.Message}). Choose another with --media-port N, or 0 for any.",
                refused
            );
        }
    }

    private WebRtcPeerOptions OptionsOf(PeerRole role, DatagramBatch output, LocalCapabilities capabilities) =>
        new()
        {
            Role = role,
            Certificate = _certificate,
            Random = SystemRandom.Instance,
            Clock = Clock.Ntp,
            Output = output,
            Capabilities = capabilities,
        };

    /// <summary>Where a port bound to this address can be reached: itself, or all addresses of all interfaces that are up.</summary>
    internal static List<IPAddress> AddressesOf(IPAddress listen)
    {
        if (!listen.Equals(IPAddress.Any) && !listen.Equals(IPAddress.IPv6Any))
        {
            return [listen];
        }

        return
        [
            .. NetworkInterface
                .GetAllNetworkInterfaces()
                .Where(card => card.OperationalStatus == OperationalStatus.Up)
                .SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(unicast => unicast.Address)
                .Where(address => !address.IsIPv6LinkLocal)
                .Where(address =>
                    listen.AddressFamily == AddressFamily.InterNetworkV6 || address.AddressFamily == AddressFamily.InterNetwork
                ),
        ];
    }

    /// <summary>Host candidates, UDP before TCP (RFC 8445 section 5.1.2, RFC 6544 section 4.2).</summary>
    private static List<IceCandidate> CandidatesOf(IReadOnlyList<IPAddress> addresses, int port)
    {
        const uint HostPreference = 126;
        const uint UdpPreference = 65_535;
        const uint TcpPassivePreference = 32_767;
        var candidates = new List<IceCandidate>();
        foreach (var transport in (PathTransport[])[PathTransport.Udp, PathTransport.Tcp])
        {
            for (var i = 0; i < addresses.Count; i++)
            {
                var preference = (transport == PathTransport.Udp ? UdpPreference : TcpPassivePreference) - (uint)i;
                var priority = (HostPreference << 24) + (preference << 8) + 255;
                var foundation = $"{(int)transport + 1}{i}";
                candidates.Add(
                    new IceCandidate(foundation, 1, transport, priority, addresses[i].ToString(), (ushort)port, IceCandidateType.Host)
                    {
                        TcpType = transport == PathTransport.Tcp ? IceTcpType.Passive : null,
                    }
                );
            }
        }

        return candidates;
    }

    private sealed class SystemRandom : IRandomSource
    {
        public static readonly SystemRandom Instance = new();

        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
