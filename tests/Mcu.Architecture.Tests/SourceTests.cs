using System.Text.RegularExpressions;
using Shouldly;
using Xunit;

namespace Mcu.Architecture.Tests;

/// <summary>What the source text itself must hold to.</summary>
public sealed partial class SourceTests
{
    private const int MaxLines = 400;

    [Fact]
    public void No_file_is_longer_than_a_reader_can_hold()
    {
        string[] patterns = ["*.cs", "*.c", "*.h", "*.ts"];
        patterns
            .SelectMany(pattern => Repository.Files(pattern, "src", "tests", "native"))
            .Select(file => (File: Repository.Relative(file), Lines: File.ReadLines(file).Count()))
            .Where(file => file.Lines > MaxLines)
            .ShouldBeEmpty();
    }

    [Fact]
    public void Only_transport_and_host_read_the_clock_or_wait()
    {
        Repository
            .Files("*.cs", "src")
            .Where(file => !Repository.Relative(file).StartsWith("src/Mcu.Transport/", StringComparison.Ordinal))
            .Where(file => !Repository.Relative(file).StartsWith("src/Mcu.Server/", StringComparison.Ordinal))
            .SelectMany(file => Hits(file, ClockReads()))
            .ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_is_async_void()
    {
        Repository.Files("*.cs", "src", "tests").SelectMany(file => Hits(file, AsyncVoid())).ShouldBeEmpty();
    }

    [Fact]
    public void Unit_tests_do_not_sleep()
    {
        Repository
            .Files("*.cs", "tests")
            .Where(file => Repository.Relative(file).Split('/')[1].EndsWith(".Tests", StringComparison.Ordinal))
            .SelectMany(file => Hits(file, Sleeps()))
            .ShouldBeEmpty();
    }

    private static IEnumerable<string> Hits(string file, Regex forbidden) =>
        File.ReadLines(file)
            .Select((line, index) => (Line: line, Number: index + 1))
            .Where(line => !line.Line.TrimStart().StartsWith("//", StringComparison.Ordinal) && forbidden.IsMatch(line.Line))
            .Select(line => $"{Repository.Relative(file)}:{line.Number}: {line.Line.Trim()}");

    [GeneratedRegex(
        @"\bThread\.Sleep\b|\bTask\.Delay\b|\bDateTime(Offset)?\.(Utc)?Now\b|\bStopwatch\b|\bEnvironment\.TickCount",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex ClockReads();

    // The pattern is spelt so that it does not find itself.
    [GeneratedRegex(@"\basync\s+(?#)void\b", RegexOptions.None, 1000)]
    private static partial Regex AsyncVoid();

    [GeneratedRegex(@"\bThread\s*\.\s*(?#)Sleep\s*\(", RegexOptions.None, 1000)]
    private static partial Regex Sleeps();
}
