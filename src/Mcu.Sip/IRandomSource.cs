namespace Mcu.Sip;

/// <summary>Where tags, branches, nonces and jitter come from: the system's generator in a server, a seeded one in a test.</summary>
public interface IRandomSource
{
    void Fill(Span<byte> bytes);
}

internal static class RandomTokens
{
    /// <summary>A token of lower-case hexadecimal digits.</summary>
    public static string NextToken(this IRandomSource random, int bytes)
    {
        Span<byte> value = stackalloc byte[bytes];
        random.Fill(value);
        return Convert.ToHexStringLower(value);
    }

    /// <summary>Evenly from 0 up to, not including, 1.</summary>
    public static double NextUnit(this IRandomSource random)
    {
        Span<byte> value = stackalloc byte[sizeof(uint)];
        random.Fill(value);
        return BitConverter.ToUInt32(value) / ((double)uint.MaxValue + 1);
    }

    /// <summary>From <paramref name="min"/> to <paramref name="max"/>.</summary>
    public static TimeSpan NextSpan(this IRandomSource random, TimeSpan min, TimeSpan max) => min + (max - min) * random.NextUnit();
}
