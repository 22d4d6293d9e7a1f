using System.Diagnostics.CodeAnalysis;

namespace Mcu.Fuzz;

/// <summary>An input was taken, and something that must be true of it is not.</summary>
internal sealed class OracleException(string message) : Exception(message);

/// <summary>What a target says must hold. A parser that throws has failed without any of these.</summary>
internal static class Oracle
{
    public static void Holds([DoesNotReturnIf(false)] bool condition, string what)
    {
        if (!condition)
        {
            throw new OracleException(what);
        }
    }

    public static void Equal<T>(T actual, T expected, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(actual, expected))
        {
            throw new OracleException($"{what}: {actual} where {expected} is right");
        }
    }

    public static void SameBytes(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, string what)
    {
        if (!actual.SequenceEqual(expected))
        {
            throw new OracleException($"{what}: {Convert.ToHexString(actual)} where {Convert.ToHexString(expected)} is right");
        }
    }

    /// <summary>A view into the input ends where the input ends.</summary>
    public static void Within(ReadOnlySpan<byte> input, ReadOnlySpan<byte> view, string what) =>
        Holds(
            view.IsEmpty || (input.Overlaps(view, out var offset) && offset >= 0 && offset + view.Length <= input.Length),
            $"{what} is not within the input"
        );
}
