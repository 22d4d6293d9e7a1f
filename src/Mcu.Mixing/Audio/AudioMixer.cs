using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// Sums the voices of one room for one tick and gives each speaker the sum without himself.
/// Pipeline: Begin -> Add per voice -> MixAll (shared stream) and MixMinus per speaker (private streams); limiting comes after, per stream.
/// </summary>
/// <remarks>
/// Inputs are snapped to a grid of 2^-40 (-240 dBFS). On that grid every partial sum fits a double exactly, so the order of additions
/// does not matter and subtracting a voice leaves not one bit of it: MixMinus is the rounded sum of the others, bit for bit.
/// Not thread-safe: one owner.
/// </remarks>
public sealed class AudioMixer
{
    /// <summary>Most voices in one mix: 256 inputs of at most <see cref="MaxInput"/> sum to under 2^12, the range in which doubles hold the grid.</summary>
    public const int MaxSlots = 256;

    /// <summary>Inputs beyond this magnitude (+18 dBFS) are clamped; NaN counts as silence.</summary>
    public const float MaxInput = 8f;

    // Adding and subtracting 1.5 * 2^12 rounds a double to a multiple of 2^-40 (52 - 12 fraction bits remain).
    private const double GridMagic = 1.5 * 4096;

    private readonly int _maxSamples;
    private readonly float[] _voices;
    private readonly bool[] _added;
    private readonly double[] _sum;
    private int _samples;

    /// <param name="slots">Voices that can be added per tick, 1 to <see cref="MaxSlots"/>.</param>
    /// <param name="maxSamples">Longest tick in samples; 960 is 20 ms at 48 kHz.</param>
    public AudioMixer(int slots, int maxSamples = 960)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(slots);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, MaxSlots);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxSamples);
        _maxSamples = maxSamples;
        _voices = new float[slots * maxSamples];
        _added = new bool[slots];
        _sum = new double[maxSamples];
    }

    public int Slots => _added.Length;

    /// <summary>Voices added since <see cref="Begin"/>.</summary>
    public int Voices { get; private set; }

    /// <summary>Starts a tick of <paramref name="samples"/> samples with an empty mix.</summary>
    public void Begin(int samples)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, _maxSamples);
        _samples = samples;
        Voices = 0;
        _sum.AsSpan(0, samples).Clear();
        _added.AsSpan().Clear();
    }

    /// <summary>Adds one voice and keeps a copy of it for <see cref="MixMinus"/>.</summary>
    /// <exception cref="ArgumentException">The length is not the tick's.</exception>
    /// <exception cref="InvalidOperationException">The slot was already added in this tick.</exception>
    public void Add(int slot, ReadOnlySpan<float> pcm)
    {
        RequireTickLength(pcm.Length, nameof(pcm));
        if (_added[slot])
        {
            throw new InvalidOperationException($"Slot {slot} was already added in this tick.");
        }

        _added[slot] = true;
        Voices++;
        Accumulate(pcm, VoiceOf(slot), _sum.AsSpan(0, _samples));
    }

    /// <summary>Whether the slot is part of the mix of this tick.</summary>
    public bool Contains(int slot) => _added[slot];

    /// <summary>The sum of all voices. Not limited: it may exceed 1.</summary>
    public void MixAll(Span<float> mix)
    {
        RequireTickLength(mix.Length, nameof(mix));
        Narrow(_sum.AsSpan(0, _samples), mix);
    }

    /// <summary>The sum of all voices but that of <paramref name="slot"/>; of all if the slot was not added. Not limited.</summary>
    public void MixMinus(int slot, Span<float> mix)
    {
        RequireTickLength(mix.Length, nameof(mix));
        if (_added[slot])
        {
            SubtractAndNarrow(_sum.AsSpan(0, _samples), VoiceOf(slot), mix);
        }
        else
        {
            Narrow(_sum.AsSpan(0, _samples), mix);
        }
    }

    private Span<float> VoiceOf(int slot) => _voices.AsSpan(slot * _maxSamples, _samples);

    private void RequireTickLength(int length, string name)
    {
        if (length != _samples || _samples == 0)
        {
            throw new ArgumentException($"{length} samples in a tick of {_samples}.", name);
        }
    }

    private static void Accumulate(ReadOnlySpan<float> pcm, Span<float> voice, Span<double> sum)
    {
        var low = new Vector<float>(-MaxInput);
        var high = new Vector<float>(MaxInput);
        var magic = new Vector<double>(GridMagic);
        var i = 0;
        for (; i <= pcm.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var x = new Vector<float>(pcm[i..]);
            x = Vector.ConditionalSelect(Vector.Equals(x, x), x, Vector<float>.Zero);
            Vector.Widen(Vector.Min(Vector.Max(x, low), high), out var first, out var second);
            first = (first + magic) - magic;
            second = (second + magic) - magic;
            Vector.Narrow(first, second).CopyTo(voice[i..]);
            (new Vector<double>(sum[i..]) + first).CopyTo(sum[i..]);
            var next = sum[(i + Vector<double>.Count)..];
            (new Vector<double>(next) + second).CopyTo(next);
        }

        for (; i < pcm.Length; i++)
        {
            var x = float.IsNaN(pcm[i]) ? 0f : Math.Clamp(pcm[i], -MaxInput, MaxInput);
            var snapped = (x + GridMagic) - GridMagic;
            voice[i] = (float)snapped;
            sum[i] += snapped;
        }
    }

    private static void Narrow(ReadOnlySpan<double> sum, Span<float> mix)
    {
        var i = 0;
        for (; i <= mix.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Narrow(new Vector<double>(sum[i..]), new Vector<double>(sum[(i + Vector<double>.Count)..])).CopyTo(mix[i..]);
        }

        for (; i < mix.Length; i++)
        {
            mix[i] = (float)sum[i];
        }
    }

    private static void SubtractAndNarrow(ReadOnlySpan<double> sum, ReadOnlySpan<float> own, Span<float> mix)
    {
        var i = 0;
        for (; i <= mix.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(own[i..]), out var first, out var second);
            first = new Vector<double>(sum[i..]) - first;
            second = new Vector<double>(sum[(i + Vector<double>.Count)..]) - second;
            Vector.Narrow(first, second).CopyTo(mix[i..]);
        }

        for (; i < mix.Length; i++)
        {
            mix[i] = (float)(sum[i] - own[i]);
        }
    }
}
