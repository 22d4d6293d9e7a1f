namespace Mcu.Fuzz;

/// <summary>Damages corpus inputs in the ways that parsers trip over; the same seed gives the same inputs.</summary>
internal sealed class Mutator(IReadOnlyList<byte[]> corpus, int seed)
{
    private const int MaxEdits = 6;
    private const int MaxRange = 64;
    private const int MaxGrowth = 2048;

    // Limits of lengths and counts, and what separates fields in text.
    private static readonly byte[] s_notable = [0, 1, 2, 3, 0x0F, 0x7F, 0x80, 0xBE, 0xFE, 0xFF, .. " \t\r\n=:;/\"\\{}[],-09"u8];

    private readonly Random _random = new(seed);

    public byte[] Next()
    {
        var source = Pick();
        var bytes = new List<byte>(source);
        for (var edits = _random.Next(1, MaxEdits + 1); edits > 0; edits--)
        {
            Edit(bytes, source.Length + MaxGrowth);
        }

        return [.. bytes];
    }

    private byte[] Pick() => corpus[_random.Next(corpus.Count)];

    private void Edit(List<byte> bytes, int maxLength)
    {
        var at = _random.Next(bytes.Count + 1);
        var count = Math.Min(_random.Next(1, MaxRange), bytes.Count - at);
        switch (_random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)_random.Next(256);
                break;
            case 2 when at < bytes.Count:
                bytes[at] = s_notable[_random.Next(s_notable.Length)];
                break;
            case 3 when at < bytes.Count:
                bytes[at] += (byte)_random.Next(-4, 5);
                break;
            case 4:
                bytes.RemoveRange(at, count);
                break;
            case 5 when bytes.Count + count <= maxLength:
                bytes.InsertRange(_random.Next(bytes.Count + 1), bytes.GetRange(at, count));
                break;
            case 6:
                bytes.Insert(at, s_notable[_random.Next(s_notable.Length)]);
                break;
            case 7:
                Splice(bytes, at, maxLength);
                break;
            case 8 when _random.Next(4) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }

    /// <summary>Puts a piece of another input in.</summary>
    private void Splice(List<byte> bytes, int at, int maxLength)
    {
        var other = Pick();
        var start = _random.Next(other.Length + 1);
        var count = Math.Min(_random.Next(MaxRange), other.Length - start);
        if (bytes.Count + count <= maxLength)
        {
            bytes.InsertRange(at, other.AsSpan(start, count).ToArray());
        }
    }
}
