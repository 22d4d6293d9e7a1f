using Mcu.Sip.Calls;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>Session timers (RFC 4028).</summary>
public sealed class SessionTimerTests
{
    private readonly VirtualNetwork _network = new(1);

    [Fact]
    public void A_session_is_refreshed_by_UPDATE_at_half_of_its_interval()
    {
        var (alice, bob) = Agents(600, 600);
        var call = Establish(alice, bob);
        call.SessionInterval.ShouldBe(TimeSpan.FromSeconds(600));
        bob.Call.SessionInterval.ShouldBe(TimeSpan.FromSeconds(600));
        _network.Run(3600);
        call.State.ShouldBe(SipCallState.Established);
        _network.Count("UPDATE").ShouldBe(12);
        _network
            .Log.Where(entry => entry.Text.StartsWith("UPDATE", StringComparison.Ordinal))
            .Select(entry => entry.From)
            .Distinct()
            .ShouldBe([bob]);
        _network.Count("INVITE").ShouldBe(1);
        alice.Events.ShouldBe(["established answer 2"]);
    }

    [Fact]
    public void A_peer_that_knows_no_UPDATE_is_sent_the_session_again()
    {
        var (alice, bob) = Agents(600, 600);
        bob.WhenOffered = (call, offer, now) => call.Answer(TestAgent.Session(2), now);
        _network.Rewrites = text => text.Replace("UPDATE, ", "", StringComparison.Ordinal);
        var call = Establish(alice, bob);
        alice.WhenOffered = (outgoing, offer, now) => outgoing.Answer(TestAgent.Session(1), now);
        _network.Run(700);
        _network.Count("UPDATE").ShouldBe(0);
        _network.Count("INVITE").ShouldBe(3);
        call.State.ShouldBe(SipCallState.Established);
    }

    [Fact]
    public void A_session_whose_peer_is_gone_ends()
    {
        var (alice, bob) = Agents(600, 600);
        var call = Establish(alice, bob);
        _network.IsDown = true;
        _network.Run(700);
        (call.State, bob.Call.State).ShouldBe((SipCallState.Ended, SipCallState.Ended));
        alice.Events[^1].ShouldBeOneOf("ended Failed 0", "ended Expired 0");
        bob.Events[^1].ShouldBeOneOf("ended Failed 0", "ended Expired 0");
        new[] { alice.Events[^1], bob.Events[^1] }.ShouldContain("ended Expired 0");
        _network.Run(100);
        alice.Sip.TimerCount.ShouldBe(0);
        bob.Sip.TimerCount.ShouldBe(0);
    }

    [Fact]
    public void The_shorter_interval_counts()
    {
        var (alice, bob) = Agents(3600, 300);
        var call = Establish(alice, bob);
        call.SessionInterval.ShouldBe(TimeSpan.FromSeconds(300));
        bob.Call.SessionInterval.ShouldBe(TimeSpan.FromSeconds(300));
    }

    [Fact]
    public void An_interval_that_is_too_short_is_raised()
    {
        var alice = new TestAgent(_network, "alice", 1, options => options with { SessionInterval = TimeSpan.FromSeconds(100) });
        var bob = new TestAgent(
            _network,
            "bob",
            2,
            options => options with { MinSessionInterval = TimeSpan.FromSeconds(500), SessionInterval = TimeSpan.FromSeconds(900) }
        );
        var call = Establish(alice, bob);
        var refused = _network.Sent("SIP/2.0 422").Single();
        refused.ShouldContain("Min-SE: 500\r\n");
        _network.Sent("INVITE").Last().ShouldContain("Session-Expires: 500\r\nMin-SE: 500\r\n");
        call.SessionInterval.ShouldBe(TimeSpan.FromSeconds(500));
        bob.Incoming.Count.ShouldBe(1);
    }

    [Fact]
    public void Whoever_wants_no_timer_has_none_but_bears_that_of_others()
    {
        var (alice, bob) = Agents(0, 0);
        Establish(alice, bob).SessionInterval.ShouldBe(TimeSpan.Zero);
        var (carol, dave) = (
            new TestAgent(_network, "carol", 3, options => options with { SessionInterval = TimeSpan.Zero }),
            new TestAgent(_network, "dave", 4, options => options with { SessionInterval = TimeSpan.FromSeconds(200) })
        );
        Establish(carol, dave).SessionInterval.ShouldBe(TimeSpan.FromSeconds(200));
        _network.Run(1000);
        dave.Call.State.ShouldBe(SipCallState.Established);
    }

    private (TestAgent Alice, TestAgent Bob) Agents(int callerSeconds, int calleeSeconds) =>
        (
            new TestAgent(_network, "alice", 1, options => options with { SessionInterval = TimeSpan.FromSeconds(callerSeconds) }),
            new TestAgent(_network, "bob", 2, options => options with { SessionInterval = TimeSpan.FromSeconds(calleeSeconds) })
        );

    private SipCall Establish(TestAgent caller, TestAgent callee)
    {
        callee.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);
        var outgoing = caller.Dial(callee);
        _network.Run(1);
        outgoing.State.ShouldBe(SipCallState.Established);
        return outgoing;
    }
}
