using System.Runtime.CompilerServices;

namespace Mcu.WebRtc.Srtp;

/// <summary>Which packet indices were used: the highest one, and a bit for each of the <see cref="Length"/> up to it (RFC 3711 section 3.3.2).</summary>
/// <param name="maxIndex">The last index there is; beyond it the key is used up.</param>
internal sealed class ReplayWindow(long maxIndex)
{
    public const int Length = 1024;

    private const int WordBits = 64;

    // A ring: the bit of an index is at index modulo Length.
    private Bits _used;

    /// <summary>-1 before the first.</summary>
    public long Highest { get; private set; } = -1;

    /// <summary>Whether the index can be used: within its range, not used before, and not too old to know.</summary>
    public bool IsFresh(long index)
    {
        if (index < 0 || index > maxIndex || index <= Highest - Length)
        {
            return false;
        }

        return index > Highest || (_used[WordOf(index)] & BitOf(index)) == 0;
    }

    /// <summary>Marks an index that is fresh.</summary>
    public void Use(long index)
    {
        if (index - Highest >= Length)
        {
            _used = default;
        }
        else
        {
            for (var skipped = Highest + 1; skipped < index; skipped++)
            {
                _used[WordOf(skipped)] &= ~BitOf(skipped);
            }
        }

        _used[WordOf(index)] |= BitOf(index);
        Highest = Math.Max(Highest, index);
    }

    public void Clear()
    {
        _used = default;
        Highest = -1;
    }

    private static int WordOf(long index) => (int)(index % Length) / WordBits;

    private static ulong BitOf(long index) => 1UL << (int)(index % WordBits);

    /// <summary>Inside the window's own object: with thousands of streams each object more is a cache miss more.</summary>
    [InlineArray(Length / WordBits)]
    private struct Bits
    {
        private ulong _first;
    }
}
