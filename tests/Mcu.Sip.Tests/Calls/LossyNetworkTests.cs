using Mcu.Sip.Calls;
using Mcu.Sip.Messages;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Calls;

/// <summary>Two agents over a network that loses, delays, reorders and doubles: whatever happens, both know the same in the end, and nothing is left.</summary>
public sealed class LossyNetworkTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Both_sides_end_up_with_the_same(int seed)
    {
        var random = new Random(seed);
        var network = new VirtualNetwork(seed)
        {
            Loss = random.NextDouble() * 0.35,
            Duplication = random.NextDouble() * 0.3,
            MaxDelay = TimeSpan.FromMilliseconds(5 + random.Next(700)),
        };
        var alice = new TestAgent(network, "alice", 1);
        var bob = new TestAgent(network, "bob", 2);
        foreach (var agent in (TestAgent[])[alice, bob])
        {
            agent.WhenOffered = (call, _, now) => call.Answer(TestAgent.Session(random.Next(1000)), now);
        }

        bob.WhenCalled = (call, _, now) => Answer(random, call, now);
        var calls = new List<SipCall>();
        for (var i = 0; i < 10; i++)
        {
            var overTcp = random.Next(4) == 0;
            calls.Add(
                alice.Dial(
                    bob,
                    plan => overTcp ? plan with { Target = plan.Target.With(new SipParameters().Set("transport", "tcp")) } : plan
                )
            );
            network.Run(random.NextDouble() * 3);
            Meddle(random, network, [.. calls, .. bob.Incoming]);
        }

        network.Run(60);
        foreach (var call in calls.Concat(bob.Incoming).Where(_ => random.Next(4) > 0))
        {
            call.Hangup(network.Now);
        }

        // What one side has given up, the other learns by BYE; what a BYE did not reach, by the end of the session.
        network.Loss = 0;
        network.Run(3600);
        var left = calls.Where(call => call.State != SipCallState.Ended).Select(call => call.CallId).Order();
        left.ShouldBe(bob.Incoming.Where(call => call.State != SipCallState.Ended).Select(call => call.CallId).Order());
        foreach (var call in calls.Concat(bob.Incoming))
        {
            call.Hangup(network.Now);
        }

        network.Run(200);
        foreach (var agent in (TestAgent[])[alice, bob])
        {
            agent.Sip.RememberedCount.ShouldBe(0);
            agent.Sip.TimerCount.ShouldBe(0);
        }

        // Each call ended once, and each INVITE made one call.
        alice.Events.Count(text => text.StartsWith("ended", StringComparison.Ordinal)).ShouldBe(calls.Count);
        bob.Events.Count(text => text.StartsWith("ended", StringComparison.Ordinal)).ShouldBe(bob.Incoming.Count);
        bob.Incoming.Select(call => call.CallId).ShouldBeUnique();
    }

    private static void Answer(Random random, SipCall call, Mcu.Media.MediaTime now)
    {
        switch (random.Next(6))
        {
            case 0:
                call.Reject(486, now);
                break;
            case 1:
                call.Ring(now);
                break;
            case 2:
                call.Progress(183, TestAgent.Session(2), now);
                call.Accept(TestAgent.Session(2), now);
                break;
            case 3:
                call.Progress(183, TestAgent.Session(2), now);
                break;
            default:
                call.Accept(TestAgent.Session(2), now);
                break;
        }
    }

    private static void Meddle(Random random, VirtualNetwork network, SipCall[] calls)
    {
        var call = calls[random.Next(calls.Length)];
        switch (random.Next(5))
        {
            case 0:
                call.Hangup(network.Now);
                break;
            case 1:
                call.Accept(TestAgent.Session(3), network.Now);
                break;
            case 2 or 3:
                call.Offer(TestAgent.Session(random.Next(1000)), network.Now);
                break;
            default:
                break;
        }
    }
}
