using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;
using Mcu.Transport.Sip;

namespace Mcu.Transport.Tests;

/// <summary>A user agent over real sockets that takes every call.</summary>
internal sealed class SipPhone : ISipUserAgentHandler, IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly Lazy<X509Certificate2> s_certificate = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest("CN=phone", key, HashAlgorithmName.SHA256).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    });

    private readonly MediaScheduler _scheduler;
    private readonly TaskCompletionSource<SipCall> _established = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<SipCallEnd> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SipPhone(Func<SipNetworkOptions, SipNetworkOptions>? change = null)
    {
        var clock = new MediaClock();
        _scheduler = new MediaScheduler(clock, new MediaSchedulerOptions());
        var any = new IPEndPoint(IPAddress.Loopback, 0);
        var options = new SipNetworkOptions
        {
            Udp = [any],
            Tcp = [any],
            Tls = [any],
            Certificate = s_certificate.Value,
            VerifiesServers = false,
        };
        Endpoint = new SipEndpoint(
            change?.Invoke(options) ?? options,
            transport => new SipUserAgent(
                new SipUserAgentOptions
                {
                    Random = new SystemRandom(),
                    Transport = transport,
                    Handler = this,
                    MaxCalls = 1000,
                }
            ),
            _scheduler,
            clock
        );
    }

    public SipEndpoint Endpoint { get; }

    public int Infos { get; private set; }

    public Task<SipCall> Established => _established.Task.WaitAsync(s_patience);

    public Task<SipCallEnd> Ended => _ended.Task.WaitAsync(s_patience);

    public static SessionDescription Sound() =>
        SessionDescription.TryParse(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
            out var description,
            out var error
        )
            ? description!
            : throw new InvalidOperationException(error!.ToString());

    public void Call(string target) =>
        Endpoint.Post(
            (agent, now) =>
            {
                var me = new NameAddress(SipUri.Create("me", new HostPort("127.0.0.1", 0)));
                agent.Call(new OutgoingCall { Target = Parse(target), From = me }, Sound(), now);
            }
        );

    private static SipUri Parse(string text) =>
        SipUri.TryParse(text, out var uri) ? uri : throw new ArgumentException($"{text} is no SIP URI.", nameof(text));

    public SipAdmission Admit(SipRequest? request, in SipFlow flow, MediaTime now) => SipAdmission.Accept;

    public void OnIncomingCall(SipCall call, SessionDescription? offer, MediaTime now) => call.Accept(Sound(), now);

    public void OnEstablished(SipCall call, SessionDescription? answer, MediaTime now) => _established.TrySetResult(call);

    public void OnEnded(SipCall call, SipCallEnd end, MediaTime now) => _ended.TrySetResult(end);

    public int OnInfo(SipCall call, SipRequest info, MediaTime now)
    {
        Infos++;
        return StatusCodes.Ok;
    }

    public void OnProgress(SipCall call, int status, SessionDescription? session, MediaTime now) { }

    public void OnOffer(SipCall call, SessionDescription? offer, MediaTime now) => call.Answer(Sound(), now);

    public void OnOfferAnswered(SipCall call, SessionDescription? answer, int status, MediaTime now) { }

    public bool OnTransferRequested(SipCall call, SipTransfer transfer, MediaTime now) => false;

    public void OnTransferProgress(SipCall call, int status, bool isFinal, MediaTime now) { }

    public void OnRegistrationChanged(SipRegistration registration, MediaTime now) { }

    public void OnReachabilityChanged(SipProbe probe, MediaTime now) { }

    public async ValueTask DisposeAsync()
    {
        await Endpoint.DisposeAsync();
        _scheduler.Dispose();
    }

    private sealed class SystemRandom : IRandomSource
    {
        public void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);
    }
}
