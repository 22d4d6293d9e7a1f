using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mcu.Media.Codecs;
using Mcu.Server.Access;
using Mcu.Server.Configuration;
using Mcu.Server.Rooms;
using Mcu.Sip;
using Mcu.Sip.Authentication;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;
using Mcu.Transport;
using Mcu.Transport.Sip;

namespace Mcu.Server.Sip;

/// <summary>Telephony's place in the host: opens the ports, registers at the trunks, and hangs up at the end.</summary>
internal sealed class SipHost(
    McuOptions options,
    MediaHost media,
    RoomDirectory rooms,
    ILogger<SipHost> logger,
    ILogger<SipCalls> callLogger
) : IHostedService, IAsyncDisposable
{
    private readonly SipOptions _sip = options.Sip;
    private readonly SipMetrics _metrics = new();
    private CallPorts? _ports;
    private SipEndpoint? _endpoint;

    /// <summary>Where SIP listens by UDP; null while it does not.</summary>
    public IPEndPoint? Udp => _endpoint?.Listens(SipTransport.Udp);

    /// <exception cref="IOException">A port is taken; the message names the setting.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!_sip.Enabled)
        {
            return Task.CompletedTask;
        }

        try
        {
            Open();
        }
        catch (SocketException refused) when (_sip.Port == SipOptions.UsualPort && _sip.Trunks.Count == 0)
        {
            // A softphone on this machine may have it, and whoever tries the server out wants a meeting first.
            logger.LogWarning(
                "Phones cannot call, as SIP's usual ports are taken ({Reason}). Choose others with Sip:Port and Sip:TlsPort",
                refused.Message
            );
            _ports?.Dispose();
            _ports = null;
        }
        catch (SocketException refused)
        {
            throw new IOException(
                $"SIP cannot listen ({refused.Message}). Choose another Sip:Port or Sip:TlsPort, or 0 for any; Sip:Enabled=false turns phones off.",
                refused
            );
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        if (_endpoint is { } endpoint)
        {
            await endpoint.DisposeAsync();
        }

        _ports?.Dispose();
        _metrics.Dispose();
    }

    private void Open()
    {
        var ports = _ports = new CallPorts(
            new CallPortOptions
            {
                Address = _sip.Address,
                FirstPort = _sip.MediaPorts.First,
                LastPort = _sip.MediaPorts.Last,
            },
            media.Clock
        );
        media.CallPorts = ports;
        var announce = options.Announce.FirstOrDefault(address => address.AddressFamily == _sip.Address.AddressFamily);
        var codecs = options.Conference.AudioCodecs;
        var allowed = Allowed();
        var calls = new SipCalls(_sip, allowed, new JoinLimiter(_sip.CallsPerMinute, media.Time), _metrics, callLogger)
        {
            Rooms = new PhoneRooms(rooms, signalling => LegOptions(ports, announce, signalling, codecs)),
            Post = action => _endpoint!.Post((_, now) => action(now)),
        };
        var endpoint = _endpoint = new SipEndpoint(
            new SipNetworkOptions
            {
                Udp = [new IPEndPoint(_sip.Address, _sip.Port)],
                Tcp = [new IPEndPoint(_sip.Address, _sip.Port)],
                Tls = [new IPEndPoint(_sip.Address, _sip.TlsPort)],
                Certificate = Certificate(),
                Announce = announce,
            },
            transport => new SipUserAgent(
                new SipUserAgentOptions
                {
                    Random = SystemRandom.Instance,
                    Transport = transport,
                    Handler = calls,
                    Product = "mcu",
                }
            ),
            media.Scheduler,
            media.Clock
        );
        _metrics.Observe(() => endpoint.Statistics, () => ports.Statistics, () => calls.Registered);
        foreach (var trunk in _sip.Trunks)
        {
            Register(endpoint, trunk);
        }

        if (allowed.Count == 0)
        {
            logger.LogWarning("Nobody may call: name those who may in Sip:AllowFrom, or turn phones off with Sip:Enabled=false");
        }

        logger.LogInformation(
            "Phones call sip:ROOM@{Udp} (UDP, TCP), or {Tls} over TLS",
            endpoint.Listens(SipTransport.Udp),
            endpoint.Listens(SipTransport.Tls)
        );
    }

    /// <summary>A call shows no token: where tokens are asked for, only those may call whom the settings name.</summary>
    private IReadOnlyList<IPNetwork> Allowed()
    {
        if (_sip.AllowFrom.Count > 0 || !options.IsOpen)
        {
            return _sip.AllowFrom;
        }

        // A softphone on this machine may send from any of its addresses, also to loopback.
        var own = MediaHost
            .AddressesOf(IPAddress.IPv6Any)
            .Select(address => new IPNetwork(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128));
        return [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128"), .. own];
    }

    private PhoneLegOptions LegOptions(CallPorts ports, IPAddress? announce, IPAddress? signalling, IReadOnlyList<AudioCodec> codecs)
    {
        var isAny = _sip.Address.Equals(IPAddress.Any) || _sip.Address.Equals(IPAddress.IPv6Any);
        var address = announce ?? (isAny ? LocalAddresses.Towards(signalling ?? _sip.Address) : _sip.Address);
        return new PhoneLegOptions(ports, address, signalling, codecs, media.Clock.Ntp, SystemRandom.Instance);
    }

    private static void Register(SipEndpoint endpoint, string trunk)
    {
        if (!SipUri.TryParse(trunk, out var uri))
        {
            throw new ArgumentException("Trunks are checked when settings are read.", nameof(trunk));
        }

        var registrar = SipUri.Create(null, uri.HostPort, uri.IsSecure, uri.Parameters);
        var plan = new RegistrationPlan
        {
            Account = new NameAddress(SipUri.Create(uri.UserName, uri.HostPort, uri.IsSecure)),
            Registrars = [registrar],
            Credentials = new SipCredentials(uri.UserName, uri.Password!),
        };
        endpoint.Post((agent, now) => agent.Register(plan, now));
    }

    /// <summary>The one of https:// where there is one; else one made for this run, which phones that check certificates do not take.</summary>
    private X509Certificate2 Certificate()
    {
        if (options is { TlsCertificate: { } chain, TlsKey: { } key })
        {
            return X509Certificate2.CreateFromPemFile(chain, key);
        }

        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mcu", ecdsa, HashAlgorithmName.SHA256);
        var now = media.Time.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddYears(1));
    }

    private sealed class SystemRandom : IRandomSource
    {
        public static readonly SystemRandom Instance = new();

        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
