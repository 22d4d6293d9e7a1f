using Mcu.WebRtc.Ice;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Ice;

/// <summary>The two agents with each other, in virtual time.</summary>
public sealed class IceConversationTests
{
    [Fact]
    public void They_agree_on_a_path_within_two_round_trips()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(0.1);

        world.Server.SelectedPath.ShouldBe(IceWorld.Home);
        world.Client.SelectedPath.ShouldBe(IceWorld.ServerAddress);
        world.Server.State.ShouldBe(IceState.Connected);
        world.Client.State.ShouldBe(IceState.Connected);
    }

    [Fact]
    public void Loss_of_a_fifth_delays_them_but_does_not_stop_them()
    {
        for (var seed = 1; seed <= 50; seed++)
        {
            var world = new IceWorld(seed, loss: 0.2);
            world.Start();
            world.RunFor(5);
            world.Server.State.ShouldBe(IceState.Connected, $"seed {seed}");
            world.Client.State.ShouldBe(IceState.Connected, $"seed {seed}");
        }
    }

    [Fact]
    public void Consent_checks_keep_a_lossy_path_alive_for_minutes()
    {
        var world = new IceWorld(seed: 5, loss: 0.2);
        world.Start();
        world.RunFor(1);
        world.RunFor(
            300,
            () =>
            {
                world.Server.SelectedPath.ShouldNotBeNull();
                world.Client.SelectedPath.ShouldNotBeNull();
            }
        );
    }

    [Fact]
    public void When_the_network_breaks_both_report_disconnected_then_lose_consent()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(1);
        world.ToServer.Loss = 1;
        world.RunFor(8);
        world.Server.State.ShouldBe(IceState.Disconnected);
        world.Server.SelectedPath.ShouldBe(IceWorld.Home);
        world.RunFor(23);
        world.Server.State.ShouldBe(IceState.Failed);
        world.Server.SelectedPath.ShouldBeNull();
        world.Client.State.ShouldBe(IceState.Failed);
        world.Client.SelectedPath.ShouldBeNull();
    }

    [Fact]
    public void A_path_that_heals_in_time_is_connected_again()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(1);
        world.ToServer.Loss = 1;
        world.RunFor(15);
        world.Server.State.ShouldBe(IceState.Disconnected);
        world.ToServer.Loss = 0;
        world.RunFor(2);
        world.Server.State.ShouldBe(IceState.Connected);
        world.Client.State.ShouldBe(IceState.Connected);
    }

    [Fact]
    public void A_restart_from_a_new_address_moves_the_path_without_a_gap()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(1);
        world.Restart();
        world.Server.IsRestarting.ShouldBeTrue();
        world.Server.SelectedPath.ShouldBe(IceWorld.Home);
        world.ClientAddress = IceWorld.Mobile;
        world.RunFor(1, () => world.Server.SelectedPath.ShouldNotBeNull());

        world.Server.SelectedPath.ShouldBe(IceWorld.Mobile);
        world.Server.IsRestarting.ShouldBeFalse();
        world.Client.SelectedPath.ShouldBe(IceWorld.ServerAddress);
    }

    [Fact]
    public void A_restart_after_consent_was_lost_brings_the_session_back()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(1);
        world.ToServer.Loss = 1;
        world.RunFor(40);
        world.Server.State.ShouldBe(IceState.Failed);
        world.ToServer.Loss = 0;
        world.ClientAddress = IceWorld.Mobile;
        world.Restart();
        world.RunFor(1);

        world.Server.SelectedPath.ShouldBe(IceWorld.Mobile);
        world.Server.State.ShouldBe(IceState.Connected);
        world.Client.State.ShouldBe(IceState.Connected);
    }

    [Fact]
    public void Two_restarts_in_a_row_end_in_the_newest_generation()
    {
        var world = new IceWorld();
        world.Start();
        world.RunFor(1);
        world.Restart();
        world.Restart();
        world.RunFor(1, () => world.Server.SelectedPath.ShouldNotBeNull());

        world.Server.IsRestarting.ShouldBeFalse();
        world.Server.State.ShouldBe(IceState.Connected);
        world.Client.State.ShouldBe(IceState.Connected);
    }
}
