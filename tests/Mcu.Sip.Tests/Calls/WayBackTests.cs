using System.Net;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>Where our requests within a call go that the peer began: to its Contact, unless it cannot be there.</summary>
public sealed class WayBackTests
{
    private static readonly IPEndPoint s_contact = new(IPAddress.Parse("10.0.0.9"), 5062);

    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _agent;
    private SipFlow? _last;

    public WayBackTests()
    {
        _agent = new TestAgent(_network, "mcu", 1);
        _agent.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);
        _network.WhenSent = flow => _last = flow;
    }

    [Fact]
    public void A_peer_is_reached_at_its_Contact()
    {
        Call("SIP/2.0/UDP 198.51.100.7;rport;branch=z9hG4bK1");
        _last.ShouldBe(new SipFlow(SipTransport.Udp, s_contact));
    }

    [Theory]
    [InlineData("SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1")]
    [InlineData("SIP/2.0/UDP phone.local:5099;rport;branch=z9hG4bK1")]
    public void A_peer_behind_a_NAT_is_reached_where_it_was_seen(string via)
    {
        Call(via);
        _last.ShouldBe(new SipFlow(SipTransport.Udp, _network.Hand));
    }

    [Fact]
    public void A_peer_that_came_over_a_connection_is_reached_over_it()
    {
        Call("SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK1", SipTransport.Wss);
        _last.ShouldBe(new SipFlow(SipTransport.Wss, _network.Hand, 99));
        _network.Sent("BYE").Single().ShouldContain("Via: SIP/2.0/WSS 192.0.2.1:5060;");
    }

    [Fact]
    public void A_peer_that_came_back_over_another_connection_is_reached_over_that()
    {
        Establish("SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK1", SipTransport.Wss, "sip");
        var to = _network.Sent("SIP/2.0 200").First().Split("\r\nTo: ")[1].Split("\r\n")[0];
        var update =
            $"UPDATE sip:mcu@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK3\r\nFrom: <sip:peer@peer.example>;tag=f\r\nTo: {to}\r\nCall-ID: c1\r\nCSeq: 2 UPDATE\r\n\r\n";
        var flow = new SipFlow(SipTransport.Wss, _network.Hand, 100);
        _agent.Sip.Receive(WireText.ToBytes(update), flow, _network.Now);
        _agent.Call.Hangup(_network.Now);
        _last.ShouldBe(flow);
    }

    [Fact]
    public void Behind_a_proxy_the_source_says_nothing()
    {
        Call("SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1, SIP/2.0/UDP 10.9.9.9;branch=z9hG4bK0");
        _last.ShouldBe(new SipFlow(SipTransport.Udp, s_contact));
    }

    [Fact]
    public void Who_calls_by_sips_is_answered_by_sips()
    {
        Call("SIP/2.0/TLS 198.51.100.7;branch=z9hG4bK1", SipTransport.Tls, "sips");
        _network.Sent("SIP/2.0 200").First().ShouldContain("Contact: <sips:mcu@192.0.2.1:5060>\r\n");
    }

    [Fact]
    public void A_storm_of_one_request_is_one_call_and_one_transaction()
    {
        _agent.WhenCalled = (call, _, now) => call.Ring(now);
        for (var i = 0; i < 10_000; i++)
        {
            _network.Inject(_agent, Invite("SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1", "sip"));
        }

        _agent.Incoming.Count.ShouldBe(1);
        _agent.Sip.TransactionCount.ShouldBe(1);
    }

    private static string Invite(string via, string scheme) =>
        $"INVITE {scheme}:mcu@192.0.2.1 SIP/2.0\nVia: {via}\nFrom: <sip:peer@peer.example>;tag=f\nTo: <sip:mcu@192.0.2.1>\nCall-ID: c1\nCSeq: 1 INVITE\nContact: <sip:peer@10.0.0.9:5062>\nContent-Type: application/sdp\n\n{TestAgent.Session().ToString().Replace("\r\n", "\n", StringComparison.Ordinal)}";

    /// <summary>A call of the peer, acknowledged, that we hang up.</summary>
    private void Call(string via, SipTransport transport = SipTransport.Udp, string scheme = "sip")
    {
        Establish(via, transport, scheme);
        _agent.Call.Hangup(_network.Now);
    }

    private void Establish(string via, SipTransport transport, string scheme)
    {
        _network.Inject(_agent, Invite(via, scheme), transport);
        var to = _network.Sent("SIP/2.0 200").First().Split("\r\nTo: ")[1].Split("\r\n")[0];
        _network.Inject(
            _agent,
            $"ACK sip:mcu@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK2\nFrom: <sip:peer@peer.example>;tag=f\nTo: {to}\nCall-ID: c1\nCSeq: 1 ACK\n\n",
            transport
        );
    }
}
