using System.Buffers.Binary;

namespace Mcu.Rtp.Rtcp;

/// <summary>
/// One 16-bit packet status chunk of a transport-wide feedback: a run of one symbol (section 3.1.3 of the draft)
/// or a vector of 14 one-bit or 7 two-bit symbols (section 3.1.4).
/// </summary>
internal readonly struct StatusChunk
{
    public const int NotReceived = 0;
    public const int SmallDelta = 1;
    public const int LargeDelta = 2;

    public const int MaxRun = 0x1FFF;
    public const int OneBitSymbols = 14;
    public const int TwoBitSymbols = 7;

    private readonly ushort _bits;

    private StatusChunk(ushort bits) => _bits = bits;

    /// <summary>Symbols in this chunk. A run may be empty.</summary>
    public int Count =>
        (_bits & 0x8000) == 0 ? _bits & MaxRun
        : (_bits & 0x4000) == 0 ? OneBitSymbols
        : TwoBitSymbols;

    public int this[int index] =>
        (_bits & 0x8000) == 0 ? (_bits >> 13) & 3
        : (_bits & 0x4000) == 0 ? (_bits >> (13 - index)) & 1
        : (_bits >> (12 - (2 * index))) & 3;

    public static StatusChunk Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt16BigEndian(bytes));

    /// <summary>Packs as many of the symbols into one chunk as the best of the three forms takes.</summary>
    /// <param name="symbols">At least one.</param>
    /// <param name="chunk">The chunk's 16 bits.</param>
    /// <returns>How many symbols it covers.</returns>
    public static int Pack(ReadOnlySpan<byte> symbols, out ushort chunk)
    {
        var run = 1;
        while (run < symbols.Length && run < MaxRun && symbols[run] == symbols[0])
        {
            run++;
        }

        var oneBit = Math.Min(symbols.Length, OneBitSymbols);
        if (symbols[..oneBit].IndexOf((byte)LargeDelta) >= 0)
        {
            oneBit = 0;
        }

        var twoBit = Math.Min(symbols.Length, TwoBitSymbols);
        if (run >= oneBit && run >= twoBit)
        {
            chunk = (ushort)((symbols[0] << 13) | run);
            return run;
        }

        var bits = oneBit >= twoBit ? 0x8000 : 0xC000;
        var count = Math.Max(oneBit, twoBit);
        for (var i = 0; i < count; i++)
        {
            bits |= symbols[i] << (oneBit >= twoBit ? 13 - i : 12 - (2 * i));
        }

        chunk = (ushort)bits;
        return count;
    }
}
