namespace Mcu.Rtp.Tests;

/// <summary>Takes bytes apart in ways that parsers must survive.</summary>
internal static class Damage
{
    public delegate void Parser(ReadOnlySpan<byte> bytes);

    /// <summary>Every prefix, each in an array of exactly its length, then seeded random mutations.</summary>
    public static void Survives(ReadOnlySpan<byte> valid, Parser parse, int mutations = 2000, int seed = 1)
    {
        for (var length = 0; length <= valid.Length; length++)
        {
            parse(valid[..length].ToArray());
        }

        var random = new Random(seed);
        for (var i = 0; i < mutations; i++)
        {
            var bytes = valid.ToArray();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            parse(bytes.AsSpan(0, random.Next(bytes.Length + 1)).ToArray());
        }
    }
}
