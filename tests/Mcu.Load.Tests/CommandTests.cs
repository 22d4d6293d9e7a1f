using Mcu.Load.Scenarios;
using Shouldly;
using Xunit;

namespace Mcu.Load.Tests;

public sealed class CommandTests
{
    [Fact]
    public void Options_are_taken()
    {
        LoadCommand
            .TryParse(["talkers", "--participants", "7", "--seconds", "3", "--ramp", "--json"], out var options, out _)
            .ShouldBeTrue();
        options.Names.ShouldBe(["talkers"]);
        (options.Participants, options.Window, options.Ramp, options.Json).ShouldBe((7, TimeSpan.FromSeconds(3), true, true));
    }

    [Theory]
    [InlineData("There is no load 'walkers'", "walkers")]
    [InlineData("--seconds wants a number", "talkers", "--seconds")]
    [InlineData("--participants wants a number", "--participants", "none")]
    [InlineData("--ramp is for talkers, meeting, listeners, rooms", "watchers-vp8", "--ramp")]
    [InlineData("--ramp is for", "--ramp")]
    public void What_is_wrong_is_told(string expected, params string[] arguments)
    {
        LoadCommand.TryParse(arguments, out _, out var error).ShouldBeFalse();
        error.ShouldNotBeNull().ShouldContain(expected);
    }

    [Fact]
    public void Loads_have_names_of_their_own() => Loads.All.Select(load => load.Name).ShouldBeUnique();
}
