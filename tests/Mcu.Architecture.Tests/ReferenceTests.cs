using System.Reflection;
using Shouldly;
using Xunit;

namespace Mcu.Architecture.Tests;

/// <summary>The arrows between assemblies. A new assembly needs a row here and in docs/architecture.md.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Mcu.Media"] = [],
        ["Mcu.Codecs"] = ["Mcu.Media", "Mcu.Native"],
        ["Mcu.Rtp"] = ["Mcu.Media"],
        ["Mcu.Sdp"] = ["Mcu.Media"],
        ["Mcu.WebRtc"] = ["Mcu.Rtp", "Mcu.Sdp", "Mcu.Media", "Mcu.Native"],
        ["Mcu.Sip"] = ["Mcu.Sdp", "Mcu.Media"],
        ["Mcu.Telephony"] = ["Mcu.WebRtc", "Mcu.Rtp", "Mcu.Sdp", "Mcu.Media"],
        ["Mcu.Mixing"] = ["Mcu.Media"],
        ["Mcu.Conference"] = ["Mcu.Mixing", "Mcu.Rtp", "Mcu.Media"],
        ["Mcu.Recording"] = ["Mcu.Conference", "Mcu.Codecs", "Mcu.Rtp", "Mcu.Media"],
        ["Mcu.Transport"] = ["Mcu.WebRtc", "Mcu.Sip", "Mcu.Rtp", "Mcu.Media", "Mcu.Native"],
        ["Mcu.Cluster"] = ["Mcu.Conference", "Mcu.Media"],
    };

    // The host wires everything together.
    private const string Host = "Mcu.Server";

    public static TheoryData<string> Projects => [.. Repository.SourceProjects.Keys.Where(name => name != Host)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_the_design_allows(string project)
    {
        Allowed.ShouldContainKey(project, "a new assembly needs its row in the table of arrows");
        Repository.References(Repository.SourceProjects[project]).Except(Allowed[project]).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_compiled_assembly_uses_only_what_the_design_allows(string project)
    {
        // Recording, Sip and the like are loaded once the host references them; until then there is nothing compiled to look at.
        if (!File.Exists(Path.Combine(AppContext.BaseDirectory, project + ".dll")))
        {
            return;
        }

        Assembly
            .Load(project)
            .GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("Mcu.", StringComparison.Ordinal))
            .Except(Allowed[project])
            .ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_references_the_host_but_tests()
    {
        Repository
            .SourceProjects.Where(project => Repository.References(project.Value).Contains(Host))
            .Select(project => project.Key)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Only_the_codecs_allow_unsafe_code()
    {
        Repository
            .AllProjects.Where(project =>
                File.ReadAllText(project.Value).Contains("<AllowUnsafeBlocks>true", StringComparison.OrdinalIgnoreCase)
            )
            .Select(project => project.Key)
            .ShouldBeSubsetOf(["Mcu.Codecs"]);
    }

    [Theory]
    [InlineData("Common")]
    [InlineData("Utils")]
    [InlineData("Helpers")]
    [InlineData("Manager")]
    public void No_project_is_a_drawer_for_odds_and_ends(string word)
    {
        Repository.AllProjects.Keys.Where(name => name.Contains(word, StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
    }
}
