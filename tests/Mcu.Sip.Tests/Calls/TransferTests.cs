using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>REFER (RFC 3515) and Replaces (RFC 3891).</summary>
public sealed class TransferTests
{
    private readonly VirtualNetwork _network = new(1);
    private readonly TestAgent _alice;
    private readonly TestAgent _bob;
    private readonly TestAgent _carol;

    public TransferTests()
    {
        _alice = new TestAgent(_network, "alice", 1);
        _bob = new TestAgent(_network, "bob", 2);
        _carol = new TestAgent(_network, "carol", 3);
        foreach (var agent in (TestAgent[])[_alice, _bob, _carol])
        {
            agent.WhenCalled = (call, _, now) => call.Accept(TestAgent.Session(2), now);
        }
    }

    [Fact]
    public void A_blind_transfer_is_asked_for_and_reported()
    {
        var call = Establish(_alice, _bob);
        call.Transfer(_carol.Uri, null, _network.Now);
        _network.Run(1);
        _bob.Events[^1].ShouldBe("transfer to sip:carol@192.0.2.3:5060");
        _bob.Transfer!.ReferredBy.ShouldBe("<sip:alice@192.0.2.1:5060>");
        _bob.Transfer.Report(180, _network.Now);
        _bob.Transfer.Report(200, _network.Now);
        _bob.Transfer.Report(200, _network.Now);
        _network.Run(1);
        _alice.Events.Skip(1).ShouldBe(["transferred 100", "transferred 180", "transferred 200 final"]);
        _network.Sent("NOTIFY").Last().ShouldContain("Subscription-State: terminated;reason=noresource\r\n");
        _network.Sent("NOTIFY").Last().ShouldEndWith("\r\n\r\nSIP/2.0 200 OK\r\n");
    }

    [Fact]
    public void In_an_attended_transfer_the_new_call_takes_the_place_of_the_old()
    {
        // Alice talks to Bob and to Carol, and puts them through.
        var toBob = Establish(_alice, _bob);
        var toCarol = Establish(_alice, _carol);
        toBob.Transfer(_carol.Uri, toCarol, _network.Now);
        _network.Run(1);
        var transfer = _bob.Transfer!;
        transfer.Replaces.ShouldBe(toCarol.ReplacesValue);
        var between = _bob.Sip.Call(
            new OutgoingCall
            {
                Target = transfer.Target,
                From = _bob.NameAddress,
                Replaces = transfer.Replaces,
                ReferredBy = transfer.ReferredBy,
            },
            TestAgent.Session(),
            _network.Now
        )!;
        _network.Run(1);
        between.State.ShouldBe(SipCallState.Established);
        _carol.Call.Replaces.ShouldBe(_carol.Incoming[0]);
        _carol.Events.ShouldContain("ended Replaced 0");
        _alice.Events[^1].ShouldBe("ended Remote 0");
        toCarol.State.ShouldBe(SipCallState.Ended);
        transfer.Report(200, _network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("transferred 200 final");
    }

    [Fact]
    public void A_call_that_is_not_there_cannot_be_replaced()
    {
        Dial("nobody;to-tag=a;from-tag=b");
        _alice.Events[^1].ShouldBe("ended Refused 481");
        Dial("nobody;to-tag=a");
        _alice.Events[^1].ShouldBe("ended Refused 400");
        var call = Establish(_alice, _bob);
        Dial(call.ReplacesValue + ";early-only");
        _alice.Events[^1].ShouldBe("ended Refused 486");
        call.State.ShouldBe(SipCallState.Established);
    }

    [Fact]
    public void A_Replaces_that_breaks_lines_breaks_nothing()
    {
        var call = Establish(_alice, _bob);
        SipUri.TryParse("sip:carol@192.0.2.3?Replaces=x%0D%0AEvil%3A%201%3Bto-tag%3Da%3Bfrom-tag%3Db", out var target).ShouldBeTrue();
        call.Transfer(target!, null, _network.Now);
        _network.Run(1);
        _bob.Sip.Call(
            new OutgoingCall
            {
                Target = _bob.Transfer!.Target,
                From = _bob.NameAddress,
                Replaces = _bob.Transfer.Replaces,
            },
            TestAgent.Session(),
            _network.Now
        );
        _network.Run(1);
        _network.Sent("INVITE").Last().ShouldNotContain("\r\nEvil");
    }

    [Fact]
    public void A_notification_that_nobody_asked_for_is_refused()
    {
        var call = Establish(_alice, _bob);
        _network.TakeLog();
        call.Transfer(_carol.Uri, null, _network.Now);
        _network.Run(1);
        _bob.Transfer!.Report(603, _network.Now);
        _network.Run(1);
        _alice.Events[^1].ShouldBe("transferred 603 final");
        _network.Rewrites = text => text.Replace("Event: refer", "Event: presence", StringComparison.Ordinal);
        call.Transfer(_carol.Uri, null, _network.Now);
        _network.Run(1);
        _network.Count("SIP/2.0 489").ShouldBe(1);
    }

    private SipCall Establish(TestAgent caller, TestAgent callee)
    {
        var call = caller.Dial(callee);
        _network.Run(1);
        call.State.ShouldBe(SipCallState.Established);
        return call;
    }

    private void Dial(string replaces)
    {
        _alice.Dial(_bob, plan => plan with { Replaces = replaces });
        _network.Run(1);
    }
}
