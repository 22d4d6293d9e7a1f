using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

public sealed class CallTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _alice;
    private readonly TestAgent _bob;

    public CallTests()
    {
        _alice = new TestAgent(_network, "alice", 1);
        _bob = new TestAgent(_network, "bob", 2);
    }

    [Fact]
    public void A_call_is_set_up_and_torn_down()
    {
        _bob.WhenCalled = (call, _, now) => call.Ring(now);
        var call = _alice.Dial(_bob);
        _network.Run(1);
        _alice.Events.ShouldBe(["progress 180"]);
        call.State.ShouldBe(SipCallState.Calling);

        _bob.Call.Accept(TestAgent.Session(2), _network.Now);
        _network.Run(1);
        _alice.Events.ShouldBe(["progress 180", "established answer 2"]);
        _bob.Events.ShouldBe(["call offer 1", "established"]);
        (call.State, _bob.Call.State).ShouldBe((SipCallState.Established, SipCallState.Established));
        _bob.Call.Peer.DisplayName.ShouldBe("alice");

        _bob.Call.Hangup(_network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("ended Remote 0");
        _bob.Events[^1].ShouldBe("ended Local 0");
        Methods().ShouldBe(["INVITE", "100", "180", "200", "ACK", "BYE", "200"]);
        Rest();
    }

    [Fact]
    public void A_lost_ACK_is_sent_again_for_each_200()
    {
        Answer();
        var lost = 0;
        _network.Drops = text => text.StartsWith("ACK", StringComparison.Ordinal) && lost++ < 3;
        _alice.Dial(_bob);
        _network.Run(10);
        _network.Count("ACK").ShouldBe(4);
        _bob.Events.ShouldBe(["call offer 1", "established"]);
        _alice.Events.ShouldBe(["established answer 2"]);
    }

    [Fact]
    public void A_call_that_is_never_acknowledged_is_hung_up()
    {
        Answer();
        _network.Drops = text => text.StartsWith("ACK", StringComparison.Ordinal);
        _alice.Dial(_bob);
        _network.Run(40);
        _bob.Events.ShouldBe(["call offer 1", "ended Failed 0"]);
        _alice.Events.ShouldBe(["established answer 2", "ended Remote 0"]);
        Rest();
    }

    [Fact]
    public void A_caller_gives_up_while_it_rings()
    {
        _bob.WhenCalled = (call, _, now) => call.Ring(now);
        var call = _alice.Dial(_bob);
        _network.Run(1);
        call.Hangup(_network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("ended Local 0");
        _bob.Events[^1].ShouldBe("ended Cancelled 487");
        Methods().ShouldBe(["INVITE", "100", "180", "CANCEL", "200", "487", "ACK"]);
        Rest();
    }

    [Fact]
    public void A_CANCEL_waits_until_something_was_heard()
    {
        var call = _alice.Dial(_bob);
        call.Hangup(_network.Now);
        _network.Count("CANCEL").ShouldBe(0);
        _network.Run(1);
        Methods().ShouldBe(["INVITE", "100", "CANCEL", "200", "487", "ACK"]);
        Rest();
    }

    [Fact]
    public void A_200_that_crosses_the_CANCEL_is_acknowledged_and_hung_up()
    {
        _bob.WhenCalled = (call, _, now) => call.Ring(now);
        var call = _alice.Dial(_bob);
        _network.Run(1);
        call.Hangup(_network.Now);
        _bob.Call.Accept(TestAgent.Session(2), _network.Now);
        _network.Run(1);
        _alice.Events.ShouldBe(["progress 180", "ended Local 0"]);
        _bob.Events.ShouldBe(["call offer 1", "established", "ended Remote 0"]);
        _network.Count("BYE").ShouldBe(1);
        Rest();
    }

    [Fact]
    public void A_callee_that_hangs_up_before_the_ACK_waits_for_it()
    {
        _bob.WhenCalled = (call, _, now) =>
        {
            call.Accept(TestAgent.Session(2), now);
            call.Hangup(now);
        };
        _alice.Dial(_bob);
        _network.Run(1);
        Methods().ShouldBe(["INVITE", "100", "200", "ACK", "BYE", "200"]);
        _alice.Events.ShouldBe(["established answer 2", "ended Remote 0"]);
        Rest();
    }

    [Theory]
    [InlineData(486)]
    [InlineData(603)]
    [InlineData(404)]
    public void A_refusal_ends_the_call(int status)
    {
        _bob.WhenCalled = (call, _, now) => call.Reject(status, now);
        _alice.Dial(_bob);
        _network.Run(1);
        _alice.Events.ShouldBe([$"ended Refused {status}"]);
        _bob.Events[^1].ShouldBe($"ended Local {status}");
        Rest();
    }

    [Fact]
    public void A_redirection_names_where_to_try()
    {
        _bob.WhenCalled = (call, _, now) => call.Redirect([SipUri.Create("carol", new HostPort("c.example", 0))], now);
        _alice.Dial(_bob);
        _network.Run(1);
        _alice.Events.ShouldBe(["ended Refused 302"]);
        _network.Sent("SIP/2.0 302").First().ShouldContain("Contact: <sip:carol@c.example>\r\n");
    }

    [Fact]
    public void A_call_that_its_owner_forgets_is_refused_in_the_end()
    {
        _alice.Dial(_bob, plan => plan with { RingLimit = TimeSpan.FromMinutes(10) });
        _network.Run(301);
        _bob.Events[^1].ShouldBe("ended Failed 480");
        _alice.Events.ShouldBe(["ended Refused 480"]);
        Rest();
    }

    [Fact]
    public void Nobody_rings_for_ever()
    {
        _bob.WhenCalled = (call, _, now) => call.Ring(now);
        _alice.Dial(_bob, plan => plan with { RingLimit = TimeSpan.FromSeconds(150) });
        _network.Run(200);
        _alice.Events.ShouldBe(["progress 180", "progress 180", "progress 180", "ended Refused 408"]);
        _bob.Events[^1].ShouldBe("ended Cancelled 487");
        Rest();
    }

    [Fact]
    public void A_session_is_changed_by_either_side()
    {
        Establish(out var call);
        _bob.WhenOffered = (incoming, _, now) => incoming.Answer(TestAgent.Session(4), now);
        call.Offer(TestAgent.Session(3), _network.Now);
        _network.Run(1);
        _bob.Events[^1].ShouldBe("offer 3");
        _alice.Events[^1].ShouldBe("answered 200 answer 4");
        call.RemoteSession!.Origin.SessionVersion.ShouldBe(4ul);

        _alice.WhenOffered = (outgoing, _, now) => outgoing.RefuseOffer(now);
        _bob.Call.Offer(TestAgent.Session(5), _network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("offer 5");
        _bob.Events[^1].ShouldBe("answered 488");
        (call.State, _bob.Call.State).ShouldBe((SipCallState.Established, SipCallState.Established));
    }

    [Fact]
    public void Two_changes_at_once_are_both_made_in_the_end()
    {
        Establish(out var call);
        _alice.WhenOffered = (outgoing, _, now) => outgoing.Answer(TestAgent.Session(11), now);
        _bob.WhenOffered = (incoming, _, now) => incoming.Answer(TestAgent.Session(12), now);
        call.Offer(TestAgent.Session(21), _network.Now);
        _bob.Call.Offer(TestAgent.Session(22), _network.Now);
        _network.Run(20);
        _network.Count("SIP/2.0 491").ShouldBe(2);
        _alice.Events.ShouldContain("answered 200 answer 12");
        _bob.Events.ShouldContain("answered 200 answer 11");
    }

    [Fact]
    public void Of_several_offers_the_last_follows_the_first()
    {
        Establish(out var call);
        _bob.WhenOffered = (incoming, offer, now) => incoming.Answer(TestAgent.Session((int)offer!.Origin.SessionVersion + 100), now);
        for (var version = 31; version <= 34; version++)
        {
            call.Offer(TestAgent.Session(version), _network.Now);
        }

        _network.Run(2);
        _alice.Events.Skip(1).ShouldBe(["answered 200 answer 131", "answered 200 answer 134"]);
    }

    [Fact]
    public void A_peer_that_forgot_the_call_ends_it()
    {
        Establish(out var call);
        _network.Drops = text => text.StartsWith("BYE", StringComparison.Ordinal);
        _bob.Call.Hangup(_network.Now);
        call.Offer(TestAgent.Session(3), _network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("ended Failed 0");
    }

    [Fact]
    public void A_call_over_a_connection_stays_on_it()
    {
        Answer();
        var call = _alice.Dial(_bob, plan => plan with { Target = plan.Target.With(new SipParameters().Set("transport", "tcp")) });
        _network.Run(1);
        _bob.Call.Hangup(_network.Now);
        _network.Run(1);
        call.State.ShouldBe(SipCallState.Ended);
        _network.Log.ShouldAllBe(entry => !entry.Text.Contains("/UDP", StringComparison.Ordinal));
        Methods().ShouldBe(["INVITE", "100", "200", "ACK", "BYE", "200"]);
        Rest();
    }

    [Fact]
    public void A_call_whose_connection_is_gone_can_be_hung_up_all_the_same()
    {
        Answer();
        var call = _alice.Dial(_bob, plan => plan with { Target = plan.Target.With(new SipParameters().Set("transport", "tcp")) });
        _network.Run(1);
        _network.Cut(_bob.Call.Source!.Value.Connection);
        _bob.Call.Hangup(_network.Now);
        call.Offer(TestAgent.Session(7), _network.Now);
        _network.Run(1);
        _bob.Events[^1].ShouldBe("ended Local 0");
        call.Hangup(_network.Now);
        Rest();
    }

    [Fact]
    public void INFO_is_handed_over()
    {
        Establish(out var call);
        call.SendInfo("application/dtmf-relay", "Signal=5"u8.ToArray(), _network.Now);
        _network.Run(1);
        _bob.Events[^1].ShouldBe("info application/dtmf-relay Signal=5");
    }

    [Fact]
    public void The_next_address_is_tried_where_one_is_dead()
    {
        Answer();
        _alice.WhenResolving = resolution =>
            _alice.Sip.Resolved(
                resolution.Id,
                [
                    new SipFlow(SipTransport.Udp, _network.Hand),
                    new SipFlow(SipTransport.Tcp, new(System.Net.IPAddress.Parse("203.0.113.9"), 5060)),
                    new SipFlow(SipTransport.Udp, _bob.Address),
                ],
                _network.Now
            );
        _alice.Dial(_bob, plan => plan with { Target = SipUri.Create("bob", new HostPort("bob.example", 0)) });
        _network.Run(40);
        _alice.Resolutions.Single().Target.ToString().ShouldBe("sip:bob@bob.example");
        _alice.Events.ShouldBe(["established answer 2"]);
        _network.Sent("INVITE").Select(text => text.Split("branch=")[1].Split("\r\n")[0]).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void A_name_that_leads_nowhere_ends_the_call()
    {
        _alice.WhenResolving = resolution => _alice.Sip.Resolved(resolution.Id, [], _network.Now);
        _alice.Dial(_bob, plan => plan with { Target = SipUri.Create("bob", new HostPort("bob.example", 0)) });
        _alice.Events.ShouldBe(["ended Refused 503"]);
        _alice.WhenResolving = null;
        _alice.Dial(_bob, plan => plan with { Target = SipUri.Create("bob", new HostPort("bob.example", 0)) });
        _network.Run(40);
        _alice.Events[^1].ShouldBe("ended Refused 408");
        Rest();
    }

    [Fact]
    public void A_caller_is_asked_for_a_password()
    {
        var network = new VirtualNetwork(1);
        var callee = new TestAgent(network, "mcu", 5, options => options with { Accounts = new OneAccount() })
        {
            Admission = SipAdmission.Challenge,
        };
        callee.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);
        var caller = new TestAgent(network, "alice", 6);
        caller.Dial(callee, plan => plan with { Credentials = new("alice", "secret") });
        network.Run(1);
        caller.Events.ShouldBe(["established answer 2"]);
        callee.Call.AuthenticatedUser.ShouldBe("alice");
        network.Count("SIP/2.0 401").ShouldBe(1);
        caller.Dial(callee, plan => plan with { Credentials = new("alice", "wrong") });
        network.Run(1);
        caller.Events[^1].ShouldBe("ended Refused 401");
        caller.Dial(callee);
        network.Run(1);
        caller.Events[^1].ShouldBe("ended Refused 401");
        callee.Incoming.Count.ShouldBe(1);
    }

    private sealed class OneAccount : Sip.Authentication.ISipAccounts
    {
        public string? PasswordOf(string realm, string userName) => userName == "alice" ? "secret" : null;
    }

    private void Answer() => _bob.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);

    private void Establish(out SipCall call)
    {
        Answer();
        call = _alice.Dial(_bob);
        _network.Run(1);
        call.State.ShouldBe(SipCallState.Established);
    }

    private IEnumerable<string> Methods() =>
        _network.Log.Select(entry =>
            entry.Text.StartsWith("SIP/2.0", StringComparison.Ordinal) ? entry.Text[8..11] : entry.Text.Split(' ')[0]
        );

    private void Rest()
    {
        _network.Run(70);
        foreach (var agent in (TestAgent[])[_alice, _bob])
        {
            agent.Sip.RememberedCount.ShouldBe(0);
            agent.Sip.TimerCount.ShouldBe(0);
        }
    }
}
