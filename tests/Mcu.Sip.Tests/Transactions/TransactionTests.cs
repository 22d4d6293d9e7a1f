using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Mcu.Sip.Registrations;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Transactions;

public sealed class TransactionTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _agent;

    public TransactionTests() => _agent = new TestAgent(_network, "mcu", 1);

    private SipUri Nobody => SipUri.Create("x", HostPort.From(_network.Hand));

    [Fact]
    public void An_INVITE_is_repeated_at_doubling_intervals_for_32_seconds()
    {
        var start = _network.Now;
        Dial(Nobody);
        _network.Run(40);
        _network.Log.Select(entry => (entry.At - start).TotalSeconds).ShouldBe([0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]);
        _agent.Events.ShouldBe(["ended Refused 408"]);
        Rest();
    }

    [Fact]
    public void Other_requests_are_repeated_every_four_seconds_at_most()
    {
        var start = _network.Now;
        _agent.Sip.Probe(
            new ProbePlan
            {
                Target = Nobody,
                From = _agent.NameAddress,
                Interval = TimeSpan.FromHours(1),
            },
            _network.Now
        );
        _network.Run(40);
        _network.Log.Select(entry => (entry.At - start).TotalSeconds).ShouldBe([0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
        _agent.Events.ShouldBe(["reachable False"]);
    }

    [Fact]
    public void Nothing_is_repeated_over_a_connection()
    {
        Dial(SipUri.Create("x", HostPort.From(_network.Hand), false, new SipParameters().Set("transport", "tcp")));
        _network.Run(40);
        _network.Log.Count.ShouldBe(1);
        _network.Log[0].Text.ShouldContain("Via: SIP/2.0/TCP 192.0.2.1:5060;rport;branch=z9hG4bK");
        _network.Log[0].Text.ShouldContain("Contact: <sip:mcu@192.0.2.1:5060;transport=tcp>");
        _agent.Events.ShouldBe(["ended Refused 408"]);
        Rest();
    }

    [Fact]
    public void What_is_too_large_for_UDP_goes_over_TCP_where_there_is_TCP()
    {
        var flows = new List<SipTransport>();
        _network.WhenSent = flow => flows.Add(flow.Transport);
        var plan = new OutgoingCall
        {
            Target = SipUri.Create("x", new HostPort("203.0.113.9", 0)),
            From = _agent.NameAddress,
            ReferredBy = $"<sip:{new string('x', 1200)}@h.example>",
        };
        _agent.Sip.Call(plan, TestAgent.Session(), _network.Now);
        // Nobody is there: the transport says so at once.
        _network.Run(1);
        flows.ShouldBe([SipTransport.Tcp, SipTransport.Udp]);
    }

    [Fact]
    public void A_provisional_response_ends_the_repetition_of_an_INVITE()
    {
        Dial(Nobody);
        Reply(_network.TakeLog()[0], "100 Trying");
        _network.Run(100);
        _network.Log.ShouldBeEmpty();
        _agent.Sip.Calls.Count.ShouldBe(1);
    }

    [Fact]
    public void A_failure_is_acknowledged_as_often_as_it_comes()
    {
        Dial(Nobody);
        var invite = _network.TakeLog()[0];
        Reply(invite, "486 Busy Here", "9");
        Reply(invite, "486 Busy Here", "9");
        var acks = _network.TakeLog();
        acks.Length.ShouldBe(2);
        acks[0].ShouldBe(acks[1]);
        acks[0].ShouldStartWith("ACK sip:x@198.51.100.7:5060 SIP/2.0\r\n");
        Field(acks[0], "Via").ShouldBe(Field(invite, "Via"));
        Field(acks[0], "CSeq").ShouldBe(Field(invite, "CSeq").Replace("INVITE", "ACK", StringComparison.Ordinal));
        Field(acks[0], "To").ShouldEndWith(";tag=9");
        _agent.Events.ShouldBe(["ended Refused 486"]);
        _network.Run(40);
        Rest();
    }

    [Fact]
    public void A_response_to_nothing_is_dropped()
    {
        Dial(Nobody);
        var invite = _network.TakeLog()[0];
        Reply(invite.Replace("z9hG4bK", "z9hG4bKx", StringComparison.Ordinal), "200 OK", "9");
        Reply(invite.Replace(" INVITE\r\n", " BYE\r\n", StringComparison.Ordinal), "200 OK", "9");
        _network.Log.ShouldBeEmpty();
        _agent.Events.ShouldBeEmpty();
    }

    [Fact]
    public void The_failure_of_an_INVITE_is_repeated_until_its_ACK_comes()
    {
        _agent.WhenCalled = (call, _, now) => call.Reject(486, now);
        var start = _network.Now;
        _network.Inject(_agent, Invite());
        _network.Run(4);
        _network
            .Log.Where(entry => entry.Text.Contains("486", StringComparison.Ordinal))
            .Select(entry => (entry.At - start).TotalSeconds)
            .ShouldBe([0, 0.5, 1.5, 3.5]);
        var tag = Field(_network.TakeLog()[^1], "To").Split("tag=")[1];
        _network.Inject(_agent, Invite("ACK", tag: tag));
        _network.Run(100);
        _network.Log.ShouldBeEmpty();
        Rest();
    }

    [Fact]
    public void Without_an_ACK_a_failure_is_given_up_after_32_seconds()
    {
        _agent.WhenCalled = (call, _, now) => call.Reject(486, now);
        _network.Inject(_agent, Invite());
        _network.Run(100);
        _network.Count("SIP/2.0 486").ShouldBe(11);
        Rest();
    }

    [Fact]
    public void A_retransmission_gets_the_last_response_and_no_call()
    {
        _agent.WhenCalled = (call, _, now) => call.Ring(now);
        for (var i = 0; i < 5; i++)
        {
            _network.Inject(_agent, Invite());
        }

        _agent.Incoming.Count.ShouldBe(1);
        _network.Count("SIP/2.0 100").ShouldBe(1);
        _network.Count("SIP/2.0 180").ShouldBe(5);
    }

    [Fact]
    public void A_sender_of_RFC_2543_is_known_by_all_its_headers()
    {
        var invite = Invite().Replace(";branch=z9hG4bK1", "", StringComparison.Ordinal);
        _network.Inject(_agent, invite);
        _network.Inject(_agent, invite);
        _agent.Incoming.Count.ShouldBe(1);
        _network.Inject(_agent, invite.Replace("CSeq: 1 ", "CSeq: 2 ", StringComparison.Ordinal));
        _agent.Incoming.Count.ShouldBe(2);
    }

    [Fact]
    public void The_same_request_by_another_way_is_a_loop()
    {
        _network.Inject(_agent, Invite());
        _network.TakeLog();
        _network.Inject(_agent, Invite(branch: "z9hG4bK2"));
        _network.TakeLog().Single().ShouldStartWith("SIP/2.0 482 Loop Detected\r\n");
        _agent.Incoming.Count.ShouldBe(1);
    }

    [Fact]
    public void A_CANCEL_for_nothing_is_481()
    {
        _network.Inject(_agent, Invite("CANCEL"));
        _network.TakeLog().Single().ShouldStartWith("SIP/2.0 481 ");
        Rest();
    }

    [Fact]
    public void Responses_go_where_the_request_came_from()
    {
        // The port of Via without rport, the source's with it (RFC 3581).
        _network.Inject(_agent, Invite("OPTIONS").Replace("192.0.2.200", "192.0.2.200:7000", StringComparison.Ordinal));
        Field(_network.TakeLog()[0], "Via").ShouldBe("SIP/2.0/UDP 192.0.2.200:7000;branch=z9hG4bK1;received=198.51.100.7");
        _network.Inject(_agent, Invite("OPTIONS").Replace(";branch", ";rport;branch", StringComparison.Ordinal));
        Field(_network.TakeLog()[0], "Via").ShouldBe("SIP/2.0/UDP 192.0.2.200;rport=5060;branch=z9hG4bK1;received=198.51.100.7");
    }

    [Fact]
    public void Responses_are_exactly_these()
    {
        _agent.WhenCalled = (call, _, now) => call.Ring(now);
        _network.Inject(_agent, Invite());
        var log = _network.TakeLog();
        const string Common =
            "Via: SIP/2.0/UDP 192.0.2.200;branch=z9hG4bK1;received=198.51.100.7\r\nFrom: <sip:peer@peer.example>;tag=f\r\n";
        log[0]
            .ShouldBe(
                $"SIP/2.0 100 Trying\r\n{Common}To: <sip:mcu@192.0.2.1>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
            );
        var tag = Field(log[1], "To").Split("tag=")[1];
        log[1]
            .ShouldBe(
                $"SIP/2.0 180 Ringing\r\n{Common}To: <sip:mcu@192.0.2.1>;tag={tag}\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\nContact: <sip:mcu@192.0.2.1:5060>\r\nContent-Length: 0\r\n\r\n"
            );
        _network.Inject(_agent, Invite("OPTIONS", branch: "z9hG4bK5"));
        _network
            .TakeLog()[0]
            .ShouldContain(
                "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY\r\nSupported: 100rel, replaces, timer\r\nAccept: application/sdp\r\n"
            );
    }

    [Fact]
    public void A_scanner_hears_nothing()
    {
        _agent.Admission = SipAdmission.Drop;
        foreach (var method in (string[])["INVITE", "OPTIONS", "REGISTER", "CANCEL", "BYE", "ACK"])
        {
            _network.Inject(_agent, Invite(method));
            _network.Inject(_agent, Invite(method, tag: "x"));
        }

        _network.Inject(_agent, "OPTIONS sip:a SIP/2.0\nVia: SIP/2.0/UDP c.example\n\n");
        _network.Inject(_agent, "\n\n");
        _network.Inject(_agent, "\0");
        _network.Log.ShouldBeEmpty();
        Rest();
    }

    [Fact]
    public void A_ping_over_a_connection_is_answered()
    {
        _network.Inject(_agent, "\n\n", SipTransport.Wss);
        _network.TakeLog().ShouldBe(["\r\n"]);
    }

    [Fact]
    public void Above_its_limits_an_agent_says_503_and_remembers_nothing()
    {
        var small = new TestAgent(_network, "small", 2, options => options with { MaxCalls = 2, MaxTransactions = 3 });
        for (var i = 0; i < 5; i++)
        {
            _network.Inject(small, Invite(branch: $"z9hG4bK{i}").Replace("c1", $"c{i}", StringComparison.Ordinal));
        }

        small.Incoming.Count.ShouldBe(2);
        _network.Count("SIP/2.0 503").ShouldBe(3);
        small.Sip.TransactionCount.ShouldBe(2);
        small.Sip.Call(new OutgoingCall { Target = Nobody, From = small.NameAddress }, TestAgent.Session(), _network.Now).ShouldBeNull();
    }

    private static string Invite(string method = "INVITE", string branch = "z9hG4bK1", string? tag = null) =>
        $"""
            {method} sip:mcu@192.0.2.1 SIP/2.0
            Via: SIP/2.0/UDP 192.0.2.200;branch={branch}
            Max-Forwards: 70
            From: <sip:peer@peer.example>;tag=f
            To: <sip:mcu@192.0.2.1>{(tag is null ? "" : $";tag={tag}")}
            Call-ID: c1
            CSeq: 1 {method}
            Contact: <sip:peer@192.0.2.200>
            Content-Length: 0


            """;

    private void Dial(SipUri target) =>
        _agent.Sip.Call(new OutgoingCall { Target = target, From = _agent.NameAddress }, TestAgent.Session(), _network.Now);

    private void Reply(string request, string status, string? tag = null) =>
        _network.Inject(
            _agent,
            $"SIP/2.0 {status}\nVia: {Field(request, "Via")}\nFrom: {Field(request, "From")}\nTo: {Field(request, "To")}{(tag is null ? "" : $";tag={tag}")}\nCall-ID: {Field(request, "Call-ID")}\nCSeq: {Field(request, "CSeq")}\nContent-Length: 0\n\n"
        );

    private static string Field(string message, string name) =>
        message.Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];

    private void Rest()
    {
        _agent.Sip.RememberedCount.ShouldBe(0);
        _agent.Sip.TimerCount.ShouldBe(0);
    }
}
