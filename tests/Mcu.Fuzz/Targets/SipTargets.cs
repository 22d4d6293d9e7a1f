using System.Net;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sip;
using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;

namespace Mcu.Fuzz.Targets;

/// <summary>SIP: the parser, the cutting of streams, and a whole user agent that is sent a session of messages.</summary>
internal static class SipTargets
{
    /// <summary>What is taken can be written, and is then read as the same; what is not is answered in bounds.</summary>
    public static void Message(ReadOnlySpan<byte> input)
    {
        if (!SipParser.TryParse(input, out var message, out var error))
        {
            Oracle.Holds(error.StatusCode is >= 400 and < 600 && error.Reason.Length > 0, "an error without a status or a reason");
            error.Rejected?.CreateResponse(error.StatusCode, error.Reason, "t");
            return;
        }

        message.TryReadSdp(out _, out _);
        var written = message.ToBytes();
        Oracle.Holds(SipParser.TryParse(written, out var again, out var refusal), $"what was written is refused: {refusal}");
        Oracle.SameBytes(again.ToBytes(), written, "second writing");
        if (message is SipRequest request)
        {
            var response = request.CreateResponse(200, "t").ToBytes();
            Oracle.Holds(SipParser.TryParse(response, out _, out refusal), $"our response is refused: {refusal}");
        }
    }

    /// <summary>However a stream arrives in pieces, the same items come out of it. The first byte is the size of the pieces.</summary>
    public static void Stream(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2)
        {
            return;
        }

        var whole = Items(input[1..], input.Length);
        var pieces = Items(input[1..], input[0] + 1);
        Oracle.Equal(string.Join('\n', pieces), string.Join('\n', whole), "items of the stream in pieces");
    }

    /// <summary>An agent that calls, and is sent messages one after the other, does not break, and is at rest in the end.</summary>
    public static void Agent(ReadOnlySpan<byte> input)
    {
        var agent = new FuzzedAgent();
        var now = MediaTime.FromMilliseconds(1000);
        agent.Begin(now);
        while (Framing.TryCut(ref input, out var message))
        {
            agent.Sip.Receive(agent.Adapt(message), agent.Flow, now);
            now += TimeSpan.FromMilliseconds(100);
            agent.Sip.Run(now);
        }

        agent.End(now);
        for (var steps = 0; agent.Sip.NextDeadline != MediaTime.Never; steps++)
        {
            Oracle.Holds(steps < 2000, "timers without end");
            now = MediaTime.Max(now, agent.Sip.NextDeadline);
            agent.Sip.Run(now);
        }

        Oracle.Equal(agent.Sip.TransactionCount, 0, "transactions left");
        Oracle.Equal(agent.Sip.Calls.Count, 0, "calls left");
    }

    /// <summary>Messages whole; keepalives not told apart, as a piece may end within one.</summary>
    private static List<string> Items(ReadOnlySpan<byte> stream, int piece)
    {
        var reader = new SipStreamReader();
        var items = new List<string>();
        while (!stream.IsEmpty)
        {
            var count = Math.Min(piece, stream.Length);
            reader.Append(stream[..count]);
            stream = stream[count..];
            while (reader.Next(out var bytes) is var item and not SipStreamItem.None)
            {
                if (item == SipStreamItem.Message)
                {
                    items.Add(Convert.ToHexString(bytes));
                }
            }
        }

        return items;
    }

    private sealed class FuzzedAgent : ISipTransport, ISipUserAgentHandler, IRandomSource, Mcu.Sip.Authentication.ISipAccounts
    {
        private static readonly IPEndPoint s_peer = new(IPAddress.Parse("198.51.100.7"), 5060);
        private readonly Random _random = new(1);
        private string _branch = "";
        private int _admissions;

        public FuzzedAgent() =>
            Sip = new SipUserAgent(
                new SipUserAgentOptions
                {
                    Random = this,
                    Transport = this,
                    Handler = this,
                    Accounts = this,
                }
            );

        public SipUserAgent Sip { get; }

        public SipFlow Flow { get; } = new(SipTransport.Udp, s_peer);

        private static SessionDescription Session =>
            SessionDescription.TryParse(
                "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n",
                out var session,
                out _
            )
                ? session!
                : throw new OracleException("our own session is refused");

        public void Begin(MediaTime now)
        {
            var from = new NameAddress(SipUri.Create("mcu", new HostPort("192.0.2.1", 5060)));
            var credentials = new Mcu.Sip.Authentication.SipCredentials("mcu", "secret");
            Sip.Call(
                new OutgoingCall
                {
                    Target = SipUri.Create("x", HostPort.From(s_peer)),
                    From = from,
                    Credentials = credentials,
                },
                Session,
                now
            );
        }

        /// <summary>Responses are given the branch that we wait for, so that they are looked at.</summary>
        public ReadOnlySpan<byte> Adapt(ReadOnlySpan<byte> message) =>
            message.StartsWith("SIP/2.0"u8)
                ? WireText.ToBytes(WireText.FromBytes(message).Replace("z9hG4bK1", _branch, StringComparison.Ordinal))
                : message;

        public void End(MediaTime now)
        {
            foreach (var call in Sip.Calls.ToList())
            {
                call.Hangup(now);
            }
        }

        public void Send(SipFlow flow, ReadOnlyMemory<byte> message)
        {
            // What is answered to a malformed request repeats what is wrong with it.
            var isParsed = SipParser.TryParse(message.Span, out var sent, out var error);
            Oracle.Holds(isParsed || message.Span.StartsWith("SIP/2.0 "u8), $"we sent what we refuse: {error}");
            if (sent is SipRequest { Method: "INVITE", Via.Branch: { } branch })
            {
                _branch = branch;
            }
        }

        public void Resolve(SipResolution resolution) { }

        public HostPort LocalAddress(in SipFlow flow) => new("192.0.2.1", 5060);

        public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);

        public string? PasswordOf(string realm, string userName) => "secret";

        public SipAdmission Admit(SipRequest? request, in SipFlow flow, MediaTime now) =>
            ++_admissions % 3 == 0 ? SipAdmission.Challenge : SipAdmission.Accept;

        public void OnIncomingCall(SipCall call, SessionDescription? offer, MediaTime now)
        {
            call.Progress(183, Session, now);
            call.Accept(Session, now);
        }

        public void OnProgress(SipCall call, int status, SessionDescription? session, MediaTime now) { }

        public void OnEstablished(SipCall call, SessionDescription? answer, MediaTime now) => call.Offer(Session, now);

        public void OnOffer(SipCall call, SessionDescription? offer, MediaTime now) => call.Answer(Session, now);

        public void OnOfferAnswered(SipCall call, SessionDescription? answer, int status, MediaTime now) { }

        public int OnInfo(SipCall call, SipRequest info, MediaTime now) => 200;

        public bool OnTransferRequested(SipCall call, SipTransfer transfer, MediaTime now) => true;

        public void OnTransferProgress(SipCall call, int status, bool isFinal, MediaTime now) { }

        public void OnEnded(SipCall call, SipCallEnd end, MediaTime now) { }

        public void OnRegistrationChanged(SipRegistration registration, MediaTime now) { }

        public void OnReachabilityChanged(SipProbe probe, MediaTime now) { }
    }
}
