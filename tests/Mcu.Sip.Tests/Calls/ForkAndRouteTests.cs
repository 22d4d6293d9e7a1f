using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>What proxies do to a call: forks, Record-Route, strict routers. The proxy is written by hand.</summary>
public sealed class ForkAndRouteTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _alice;

    public ForkAndRouteTests() => _alice = new TestAgent(_network, "alice", 1);

    [Fact]
    public void Of_several_callees_that_accept_the_first_is_taken_and_the_others_are_hung_up_on()
    {
        var invite = Dial();
        Reply(invite, "180 Ringing", "a");
        Reply(invite, "180 Ringing", "b");
        Reply(invite, "200 OK", "b", TestAgent.Session(2).ToString());
        Reply(invite, "200 OK", "a", TestAgent.Session(3).ToString());
        _alice.Events.ShouldBe(["progress 180", "progress 180", "established answer 2"]);
        var log = _network.TakeLog();
        log.Length.ShouldBe(3);
        log[0].ShouldStartWith("ACK sip:b@198.51.100.7 SIP/2.0\r\n");
        log[1].ShouldStartWith("ACK sip:a@198.51.100.7 SIP/2.0\r\n");
        log[2].ShouldStartWith("BYE sip:a@198.51.100.7 SIP/2.0\r\n");

        // Each 200 again: each ACK again, nothing else.
        Reply(invite, "200 OK", "a", TestAgent.Session(3).ToString());
        Reply(invite, "200 OK", "b", TestAgent.Session(2).ToString());
        var again = _network.TakeLog();
        again.ShouldBe([log[1], log[0]]);
        _alice.Events.Count.ShouldBe(3);
    }

    [Fact]
    public void The_route_set_is_the_responses_the_other_way_round()
    {
        var invite = Dial();
        Reply(
            invite,
            "200 OK",
            "a",
            TestAgent.Session(2).ToString(),
            "Record-Route: <sip:198.51.100.7;lr;x=far>, <sip:192.0.2.66;lr>\nRecord-Route: <sip:198.51.100.7;lr;x=near>\n"
        );
        var ack = _network.TakeLog().Single();
        ack.ShouldStartWith("ACK sip:a@198.51.100.7 SIP/2.0\r\n");
        Routes(ack).ShouldBe(["<sip:198.51.100.7;lr;x=near>", "<sip:192.0.2.66;lr>", "<sip:198.51.100.7;lr;x=far>"]);
        _alice.Sip.Calls.Single().Hangup(_network.Now);
        Routes(_network.TakeLog().Single()).ShouldBe(Routes(ack));
    }

    [Fact]
    public void A_strict_router_stands_in_the_Request_URI()
    {
        var invite = Dial();
        Reply(
            invite,
            "200 OK",
            "a",
            TestAgent.Session(2).ToString(),
            "Record-Route: <sip:far.example;lr>\nRecord-Route: <sip:198.51.100.7;x=strict>\n"
        );
        var ack = _network.TakeLog().Single();
        ack.ShouldStartWith("ACK sip:198.51.100.7;x=strict SIP/2.0\r\n");
        Routes(ack).ShouldBe(["<sip:far.example;lr>", "<sip:a@198.51.100.7>"]);
    }

    [Fact]
    public void A_callee_answers_through_the_proxies_that_recorded_themselves()
    {
        _alice.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);
        _network.Inject(
            _alice,
            "INVITE sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0\nRecord-Route: <sip:198.51.100.7;lr>\nRecord-Route: <sip:far.example;lr>\nFrom: <sip:peer@peer.example>;tag=f\nTo: <sip:alice@192.0.2.1>\nCall-ID: c1\nCSeq: 1 INVITE\nContact: <sip:peer@10.0.0.1>\nContent-Type: application/sdp\n\n"
                + TestAgent.Session().ToString().Replace("\r\n", "\n", StringComparison.Ordinal)
        );
        var ok = _network.TakeLog()[^1];
        ok.ShouldContain("Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK0\r\n");
        ok.ShouldContain("Record-Route: <sip:198.51.100.7;lr>\r\nRecord-Route: <sip:far.example;lr>\r\n");
        var to = ok.Split("\r\nTo: ")[1].Split("\r\n")[0];
        _network.Inject(
            _alice,
            $"ACK sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK2\nFrom: <sip:peer@peer.example>;tag=f\nTo: {to}\nCall-ID: c1\nCSeq: 1 ACK\n\n"
        );
        _alice.Call.Hangup(_network.Now);
        var bye = _network.TakeLog().Single();
        bye.ShouldStartWith("BYE sip:peer@10.0.0.1 SIP/2.0\r\n");
        Routes(bye).ShouldBe(["<sip:198.51.100.7;lr>", "<sip:far.example;lr>"]);
    }

    [Fact]
    public void The_peer_is_reached_where_its_last_Contact_says()
    {
        var invite = Dial();
        Reply(invite, "200 OK", "a", TestAgent.Session(2).ToString());
        _network.TakeLog();
        _network.Inject(
            _alice,
            $"UPDATE sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK2\nFrom: {Field(invite, "To")};tag=a\nTo: {Field(invite, "From")}\nCall-ID: {Field(invite, "Call-ID")}\nCSeq: 1 UPDATE\nContact: <sip:moved@198.51.100.7:5099>\n\n"
        );
        _alice.Sip.Calls.Single().Hangup(_network.Now);
        _network.TakeLog()[^1].ShouldStartWith("BYE sip:moved@198.51.100.7:5099 SIP/2.0\r\n");
    }

    [Fact]
    public void An_answer_that_came_reliably_counts()
    {
        var invite = Dial();
        Reply(invite, "183 Session Progress", "a", TestAgent.Session(2).ToString(), "Require: 100rel\nRSeq: 7\n");
        Reply(invite, "183 Session Progress", "a", TestAgent.Session(2).ToString(), "Require: 100rel\nRSeq: 7\n");
        Reply(invite, "183 Session Progress", "a", TestAgent.Session(2).ToString(), "Require: 100rel\nRSeq: 9\n");
        var prack = _network.TakeLog().Single();
        prack.ShouldStartWith("PRACK sip:a@198.51.100.7 SIP/2.0\r\n");
        Field(prack, "RAck").ShouldBe($"7 {Field(invite, "CSeq")}");
        Reply(invite, "200 OK", "a");
        _alice.Events.ShouldBe(["progress 183 session 2", "established answer 2"]);
        // The ACK has the INVITE's number, the BYE one above the PRACK's.
        Field(_network.TakeLog().Single(), "CSeq").ShouldBe(Field(invite, "CSeq").Replace("INVITE", "ACK", StringComparison.Ordinal));
        _alice.Sip.Calls.Single().Hangup(_network.Now);
        var bye = Number(_network.TakeLog().Single());
        bye.ShouldBe(Number(prack) + 1);
    }

    [Fact]
    public void A_callee_may_offer_anew_before_it_accepts()
    {
        _alice.WhenOffered = (call, _, now) => call.Answer(TestAgent.Session(9), now);
        var invite = Dial();
        Reply(invite, "183 Session Progress", "a", TestAgent.Session(2).ToString());
        Update(invite, 1);
        _network.TakeLog()[^1].ShouldStartWith("SIP/2.0 491");
        Reply(invite, "183 Session Progress", "a", TestAgent.Session(2).ToString(), "Require: 100rel\nRSeq: 7\n");
        Update(invite, 2);
        _alice.Events[^1].ShouldBe("offer 5");
        _network.TakeLog()[^1].ShouldContain("o=- 7 9 IN");
        Reply(invite, "200 OK", "a");
        _alice.Sip.Calls.Single().RemoteSession!.Origin.SessionVersion.ShouldBe(5ul);

        void Update(string request, int sequence) =>
            _network.Inject(
                _alice,
                $"UPDATE sip:alice@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKu{sequence}\nFrom: {Field(request, "To")};tag=a\nTo: {Field(request, "From")}\nCall-ID: {Field(request, "Call-ID")}\nCSeq: {sequence} UPDATE\nContact: <sip:a@198.51.100.7>\nContent-Type: application/sdp\n\n{TestAgent.Session(5).ToString().Replace("\r\n", "\n", StringComparison.Ordinal)}"
            );
    }

    [Fact]
    public void A_200_without_an_answer_is_hung_up_on()
    {
        var invite = Dial();
        Reply(invite, "200 OK", "a");
        _alice.Events.ShouldBe(["ended Failed 0"]);
        _network.TakeLog().Select(text => text[..3]).ShouldBe(["ACK", "BYE"]);
    }

    [Fact]
    public void More_forks_than_are_allowed_are_ignored()
    {
        var invite = Dial();
        for (var i = 0; i < 40; i++)
        {
            Reply(invite, "180 Ringing", $"t{i}");
        }

        _alice.Events.Count.ShouldBe(16);
    }

    private string Dial()
    {
        _alice.Sip.Call(
            new() { Target = SipUri.Create("x", HostPort.From(_network.Hand)), From = _alice.NameAddress },
            TestAgent.Session(),
            _network.Now
        );
        return _network.TakeLog().Single();
    }

    private void Reply(string request, string status, string tag, string body = "", string headers = "") =>
        _network.Inject(
            _alice,
            $"SIP/2.0 {status}\nVia: {Field(request, "Via")}\nFrom: {Field(request, "From")}\nTo: {Field(request, "To")};tag={tag}\nCall-ID: {Field(request, "Call-ID")}\nCSeq: {Field(request, "CSeq")}\nContact: <sip:{tag}@198.51.100.7>\n{headers}{(body.Length == 0 ? "" : "Content-Type: application/sdp\n")}\n{body.Replace("\r\n", "\n", StringComparison.Ordinal)}"
        );

    private static string[] Routes(string message) =>
        [.. message.Split("\r\n").Where(line => line.StartsWith("Route: ", StringComparison.Ordinal)).Select(line => line[7..])];

    private static int Number(string message) =>
        int.Parse(Field(message, "CSeq").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);

    private static string Field(string message, string name) =>
        message.Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];
}
