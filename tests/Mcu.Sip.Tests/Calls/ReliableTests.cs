using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>Reliable provisional responses (RFC 3262), offers without INVITE (RFC 3311), and INVITEs without offer.</summary>
public sealed class ReliableTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _alice;
    private readonly TestAgent _bob;

    public ReliableTests()
    {
        _alice = new TestAgent(_network, "alice", 1);
        _bob = new TestAgent(_network, "bob", 2);
    }

    [Fact]
    public void Early_media_is_acknowledged_before_the_answer_goes_out()
    {
        var lost = 0;
        _network.Drops = text => text.StartsWith("PRACK", StringComparison.Ordinal) && lost++ < 2;
        _bob.WhenCalled = (call, _, now) =>
        {
            call.Progress(183, TestAgent.Session(2), now);
            call.Accept(TestAgent.Session(2), now);
        };
        _alice.Dial(_bob);
        _network.Run(0.9);
        _network.Count("SIP/2.0 200").ShouldBe(0);
        _network.Count("SIP/2.0 183").ShouldBe(2);
        _network.Run(5);
        _alice.Events.ShouldBe(["progress 183 session 2", "established answer 2"]);
        _bob.Events[^1].ShouldBe("established");
        // The answer was given: the 200 of the INVITE has none.
        _network.Sent("SIP/2.0 200").Count(text => text.Contains("application/sdp\r\n\r\n", StringComparison.Ordinal)).ShouldBe(0);
        _network
            .Sent("SIP/2.0 200")
            .Count(text => text.Contains("Content-Length: 0", StringComparison.Ordinal))
            .ShouldBe(_network.Count("SIP/2.0 200"));
    }

    [Fact]
    public void A_caller_that_does_not_acknowledge_is_refused()
    {
        _network.Drops = text => text.StartsWith("PRACK", StringComparison.Ordinal);
        _bob.WhenCalled = (call, _, now) => call.Progress(183, TestAgent.Session(2), now);
        _alice.Dial(_bob);
        _network.Run(40);
        _bob.Events[^1].ShouldBe("ended Failed 504");
        _alice.Events[^1].ShouldBe("ended Refused 504");
    }

    [Fact]
    public void A_callee_may_change_its_mind_while_its_answer_waits()
    {
        _network.Drops = text => text.StartsWith("PRACK", StringComparison.Ordinal);
        _bob.WhenCalled = (call, _, now) =>
        {
            call.Progress(183, TestAgent.Session(2), now);
            call.Accept(TestAgent.Session(2), now);
        };
        _alice.Dial(_bob);
        _network.Run(1);
        _bob.Call.Hangup(_network.Now);
        _network.Run(60);
        _alice.Events[^1].ShouldBe("ended Refused 603");
        (_bob.Sip.TransactionCount, _bob.Sip.TimerCount).ShouldBe((0, 0));
    }

    [Fact]
    public void Reliable_responses_wait_for_each_other()
    {
        _network.Inject(_bob, Invite("Require: 100rel\n"));
        _bob.Call.Ring(_network.Now);
        _bob.Call.Progress(183, TestAgent.Session(2), _network.Now);
        _network.Run(1.2);
        _network.Count("SIP/2.0 180").ShouldBe(2);
        _network.Count("SIP/2.0 183").ShouldBe(0);
        var ringing = _network.Sent("SIP/2.0 180").First();
        ringing.ShouldContain("Require: 100rel\r\n");
        var sequence = int.Parse(Field(ringing, "RSeq"), System.Globalization.CultureInfo.InvariantCulture);
        _network.TakeLog();

        Prack(ringing, $"{sequence + 1} 1 INVITE", 2);
        _network.TakeLog().Single().ShouldStartWith("SIP/2.0 481");
        Prack(ringing, $"{sequence} 1 INVITE", 3);
        var log = _network.TakeLog();
        log[0].ShouldStartWith("SIP/2.0 200");
        log[1].ShouldStartWith("SIP/2.0 183");
        Field(log[1], "RSeq").ShouldBe($"{sequence + 1}");
    }

    [Fact]
    public void Without_an_offer_ours_is_in_the_200_and_the_answer_in_the_ACK()
    {
        _network.Inject(_bob, Invite("", ""));
        _bob.Events[^1].ShouldBe("call without offer");
        _bob.Call.Accept(TestAgent.Session(5), _network.Now);
        var ok = _network.TakeLog()[^1];
        ok.ShouldContain("o=- 7 5 IN");
        _network.Inject(_bob, Within("ACK", ok, 1, TestAgent.Session(6).ToString()));
        _bob.Events[^1].ShouldBe("established answer 6");
    }

    [Fact]
    public void An_ACK_without_the_answer_that_it_owes_ends_the_call()
    {
        _network.Inject(_bob, Invite("", ""));
        _bob.Call.Accept(TestAgent.Session(5), _network.Now);
        _network.Inject(_bob, Within("ACK", _network.TakeLog()[^1], 1, ""));
        _bob.Events[^1].ShouldBe("ended Failed 0");
        _network.Count("BYE").ShouldBe(1);
    }

    [Fact]
    public void A_reliable_offer_of_ours_is_answered_in_the_PRACK()
    {
        _network.Inject(_bob, Invite("Supported: 100rel\n", ""));
        _bob.Call.Progress(183, TestAgent.Session(5), _network.Now);
        var progress = _network.TakeLog()[^1];
        _network.Inject(_bob, Within("PRACK", progress, 2, TestAgent.Session(6).ToString(), $"RAck: {Field(progress, "RSeq")} 1 INVITE\n"));
        _bob.Events[^1].ShouldBe("answered 200 answer 6");
        _network.TakeLog();
        _bob.Call.Accept(TestAgent.Session(5), _network.Now);
        _network.TakeLog()[^1].ShouldContain("Content-Length: 0");
    }

    [Fact]
    public void An_unreliable_response_carries_no_offer()
    {
        _network.Inject(_bob, Invite("", ""));
        _bob.Call.Progress(183, TestAgent.Session(5), _network.Now);
        _network.TakeLog()[^1].ShouldContain("Content-Length: 0");
    }

    [Fact]
    public void An_UPDATE_brings_an_offer_or_refreshes()
    {
        var ok = EstablishByHand();
        _bob.WhenOffered = (call, _, now) => call.Answer(TestAgent.Session(8), now);
        _network.Inject(_bob, Within("UPDATE", ok, 2, TestAgent.Session(7).ToString()));
        _bob.Events[^1].ShouldBe("offer 7");
        var answer = _network.TakeLog().Single();
        answer.ShouldStartWith("SIP/2.0 200");
        answer.ShouldContain("o=- 7 8 IN");
        answer.ShouldContain("Contact: <sip:bob@192.0.2.2:5060>");
        _network.Inject(_bob, Within("UPDATE", ok, 3, ""));
        _network.TakeLog().Single().ShouldContain("Content-Length: 0");
        _bob.Events.Count.ShouldBe(3);
    }

    [Fact]
    public void Offers_that_meet_are_refused_as_the_RFCs_say()
    {
        var ok = EstablishByHand();
        // The peer's is not answered: 500 with Retry-After.
        _network.Inject(_bob, Within("UPDATE", ok, 2, TestAgent.Session(7).ToString()));
        _network.Inject(_bob, Within("UPDATE", ok, 3, TestAgent.Session(7).ToString()));
        var busy = _network.TakeLog().Single();
        busy.ShouldStartWith("SIP/2.0 500");
        busy.ShouldContain("Retry-After: ");
        _network.Inject(_bob, Within("INVITE", ok, 4, TestAgent.Session(7).ToString()));
        _network.TakeLog()[^1].ShouldStartWith("SIP/2.0 491");
        _bob.Call.Answer(TestAgent.Session(8), _network.Now);
        _network.TakeLog();

        // Ours is on the way: 491.
        _bob.Call.Offer(TestAgent.Session(9), _network.Now);
        _network.TakeLog().Single().ShouldStartWith("INVITE sip:peer@192.0.2.200 SIP/2.0");
        _network.Inject(_bob, Within("UPDATE", ok, 5, TestAgent.Session(7).ToString()));
        _network.TakeLog().Single().ShouldStartWith("SIP/2.0 491");
    }

    [Fact]
    public void An_INVITE_before_the_last_has_its_answer_waits()
    {
        var ok = EstablishByHand();
        _network.Inject(_bob, Within("INVITE", ok, 2, TestAgent.Session(7).ToString()));
        _network.Inject(_bob, Within("INVITE", ok, 3, TestAgent.Session(7).ToString(), branch: "z9hG4bKother"));
        var refused = _network.TakeLog()[^1];
        refused.ShouldStartWith("SIP/2.0 500");
        refused.ShouldContain("Retry-After: ");
    }

    [Fact]
    public void Requests_out_of_order_and_of_nobody_are_refused()
    {
        var ok = EstablishByHand();
        _network.Inject(_bob, Within("INFO", ok, 5, ""));
        _network.Inject(_bob, Within("INFO", ok, 4, ""));
        var log = _network.TakeLog();
        log[0].ShouldStartWith("SIP/2.0 200");
        log[1].ShouldStartWith("SIP/2.0 500 CSeq out of order");
        _network.Inject(_bob, Within("INFO", ok.Replace(";tag=f", ";tag=g", StringComparison.Ordinal), 6, ""));
        _network.TakeLog().Single().ShouldStartWith("SIP/2.0 481");
        _network.Inject(_bob, Within("SUBSCRIBE", ok, 7, ""));
        _network.TakeLog().Single().ShouldContain("Allow: INVITE, ACK");
        _network.Inject(_bob, Within("INFO", ok, 8, "", "Require: wings\n"));
        _network.TakeLog().Single().ShouldContain("Unsupported: wings");
        _network.Inject(_bob, Within("INVITE", ok, 9, "v=1"));
        _network.TakeLog()[^1].ShouldStartWith("SIP/2.0 400");
    }

    private string EstablishByHand()
    {
        _network.Inject(_bob, Invite(""));
        _bob.Call.Accept(TestAgent.Session(5), _network.Now);
        var ok = _network.TakeLog()[^1];
        _network.Inject(_bob, Within("ACK", ok, 1, ""));
        _bob.Events[^1].ShouldBe("established");
        return ok;
    }

    private static string Invite(string headers, string? body = null)
    {
        body ??= TestAgent.Session(4).ToString();
        return $"""
            INVITE sip:bob@192.0.2.2 SIP/2.0
            Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1
            From: <sip:peer@peer.example>;tag=f
            To: <sip:bob@192.0.2.2>
            Call-ID: c1
            CSeq: 1 INVITE
            Contact: <sip:peer@192.0.2.200>
            {headers}Content-Type: application/sdp

            {body.Replace("\r\n", "\n", StringComparison.Ordinal)}
            """;
    }

    /// <summary>A request of the peer in the dialog that a response of ours made.</summary>
    private static string Within(string method, string response, int sequence, string body, string headers = "", string? branch = null) =>
        $"{method} sip:bob@192.0.2.2:5060 SIP/2.0\nVia: SIP/2.0/UDP 198.51.100.7;branch={branch ?? $"z9hG4bK{method}{sequence}"}\nFrom: {Field(response, "From")}\nTo: {Field(response, "To")}\nCall-ID: c1\nCSeq: {sequence} {method}\nContact: <sip:peer@192.0.2.200>\n{headers}{(body.Length == 0 ? "" : "Content-Type: application/sdp\n")}\n{body.Replace("\r\n", "\n", StringComparison.Ordinal)}";

    private void Prack(string response, string rack, int sequence) =>
        _network.Inject(_bob, Within("PRACK", response, sequence, "", $"RAck: {rack}\n"));

    private static string Field(string message, string name) =>
        message.Split("\r\n").First(line => line.StartsWith(name + ": ", StringComparison.Ordinal))[(name.Length + 2)..];
}
