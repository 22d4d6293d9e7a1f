using System.Net;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;

namespace Mcu.Sip.Tests;

/// <summary>A user agent on a virtual network, that writes down what happens and does what the test tells it to.</summary>
internal sealed class TestAgent : ISipTransport, ISipUserAgentHandler
{
    private readonly VirtualNetwork _network;

    public TestAgent(VirtualNetwork network, string name, int number, Func<SipUserAgentOptions, SipUserAgentOptions>? configure = null)
    {
        _network = network;
        Name = name;
        Address = new IPEndPoint(IPAddress.Parse($"192.0.2.{number}"), 5060);
        var options = new SipUserAgentOptions
        {
            Random = new SeededRandom(number),
            Transport = this,
            Handler = this,
        };
        Sip = new SipUserAgent(configure?.Invoke(options) ?? options);
        network.Add(this);
    }

    public string Name { get; }

    public IPEndPoint Address { get; }

    public SipUserAgent Sip { get; }

    public List<string> Events { get; } = [];

    public List<SipCall> Incoming { get; } = [];

    public List<SipResolution> Resolutions { get; } = [];

    public SipTransfer? Transfer { get; private set; }

    public SipCall Call => Incoming[^1];

    public SipAdmission Admission { get; set; } = SipAdmission.Accept;

    /// <summary>What is done with a call that comes in; nothing if null.</summary>
    public Action<SipCall, SessionDescription?, MediaTime>? WhenCalled { get; set; }

    public Action<SipCall, SessionDescription?, MediaTime>? WhenOffered { get; set; }

    public Action<SipCall, MediaTime>? WhenEstablished { get; set; }

    public Action<SipResolution>? WhenResolving { get; set; }

    public SipUri Uri => SipUri.Create(Name, HostPort.From(Address));

    public NameAddress NameAddress => new(Uri, Name);

    /// <summary>A session of one audio stream; its version tells it from others.</summary>
    public static SessionDescription Session(int version = 1)
    {
        var text =
            $"v=0\r\no=- 7 {version} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";
        return SessionDescription.TryParse(text, out var session, out var error)
            ? session!
            : throw new InvalidOperationException(error!.ToString());
    }

    public SipCall Dial(TestAgent callee, Func<OutgoingCall, OutgoingCall>? configure = null)
    {
        var plan = new OutgoingCall { Target = callee.Uri, From = NameAddress };
        return Sip.Call(configure?.Invoke(plan) ?? plan, Session(), _network.Now)!;
    }

    void ISipTransport.Send(SipFlow flow, ReadOnlyMemory<byte> message) => _network.Send(this, flow, message);

    void ISipTransport.Resolve(SipResolution resolution)
    {
        Resolutions.Add(resolution);
        WhenResolving?.Invoke(resolution);
    }

    HostPort ISipTransport.LocalAddress(in SipFlow flow) => HostPort.From(Address);

    SipAdmission ISipUserAgentHandler.Admit(SipRequest? request, in SipFlow flow, MediaTime now) => Admission;

    void ISipUserAgentHandler.OnIncomingCall(SipCall call, SessionDescription? offer, MediaTime now)
    {
        Incoming.Add(call);
        Events.Add($"call {(offer is null ? "without offer" : $"offer {offer.Origin.SessionVersion}")}");
        WhenCalled?.Invoke(call, offer, now);
    }

    void ISipUserAgentHandler.OnProgress(SipCall call, int status, SessionDescription? session, MediaTime now) =>
        Events.Add($"progress {status}{(session is null ? "" : $" session {session.Origin.SessionVersion}")}");

    void ISipUserAgentHandler.OnEstablished(SipCall call, SessionDescription? answer, MediaTime now)
    {
        Events.Add($"established{(answer is null ? "" : $" answer {answer.Origin.SessionVersion}")}");
        WhenEstablished?.Invoke(call, now);
    }

    void ISipUserAgentHandler.OnOffer(SipCall call, SessionDescription? offer, MediaTime now)
    {
        Events.Add($"offer {(offer is null ? "wanted" : $"{offer.Origin.SessionVersion}")}");
        WhenOffered?.Invoke(call, offer, now);
    }

    void ISipUserAgentHandler.OnOfferAnswered(SipCall call, SessionDescription? answer, int status, MediaTime now) =>
        Events.Add($"answered {status}{(answer is null ? "" : $" answer {answer.Origin.SessionVersion}")}");

    int ISipUserAgentHandler.OnInfo(SipCall call, SipRequest info, MediaTime now)
    {
        Events.Add($"info {info.ContentType} {WireText.FromBytes(info.Body.Span)}");
        return 200;
    }

    bool ISipUserAgentHandler.OnTransferRequested(SipCall call, SipTransfer transfer, MediaTime now)
    {
        Events.Add($"transfer to {transfer.Target}");
        Transfer = transfer;
        return true;
    }

    void ISipUserAgentHandler.OnTransferProgress(SipCall call, int status, bool isFinal, MediaTime now) =>
        Events.Add($"transferred {status}{(isFinal ? " final" : "")}");

    void ISipUserAgentHandler.OnEnded(SipCall call, SipCallEnd end, MediaTime now) => Events.Add($"ended {end.Cause} {end.Status}");

    void ISipUserAgentHandler.OnRegistrationChanged(SipRegistration registration, MediaTime now) =>
        Events.Add($"registration {registration.State} {registration.LastStatus}");

    void ISipUserAgentHandler.OnReachabilityChanged(SipProbe probe, MediaTime now) => Events.Add($"reachable {probe.IsReachable}");
}
