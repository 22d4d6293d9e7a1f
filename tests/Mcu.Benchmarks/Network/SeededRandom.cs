using Mcu.WebRtc;

namespace Mcu.Benchmarks.Network;

/// <summary>Names, keys and numbers that are the same for the same seed.</summary>
internal sealed class SeededRandom(int seed) : IRandomSource
{
    private readonly Random _random = new(seed);

    public void Fill(Span<byte> bytes) => _random.NextBytes(bytes);
}
