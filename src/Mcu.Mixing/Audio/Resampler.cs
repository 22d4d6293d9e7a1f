using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// Changes the sample rate of one stream with a polyphase FIR filter. Streaming: the output continues seamlessly from call to call,
/// in blocks of any length. Allocates nothing after construction. Not thread-safe: one owner.
/// </summary>
public sealed class Resampler
{
    private const int ChunkSamples = 1024;

    private readonly ResamplerFilter _filter;
    private readonly float[] _window;
    private int _phase;
    private int _skip;

    /// <param name="inputRate">Hz.</param>
    /// <param name="outputRate">Hz; the same as <paramref name="inputRate"/> passes samples through without delay.</param>
    public Resampler(int inputRate, int outputRate)
        : this(new ResamplerFilter(inputRate, outputRate)) { }

    public Resampler(ResamplerFilter filter)
    {
        _filter = filter;
        _window = new float[filter.Taps - 1 + ChunkSamples];
    }

    private bool IsIdentity => _filter.Up == _filter.Down;

    /// <summary>Delay of the output in input samples.</summary>
    public int Delay => IsIdentity ? 0 : _filter.Delay;

    /// <summary>Goes on where another one with the same filter is.</summary>
    public void CopyStateFrom(Resampler other)
    {
        other._window.CopyTo(_window, 0);
        (_phase, _skip) = (other._phase, other._skip);
    }

    /// <summary>Samples that the next <see cref="Process"/> of <paramref name="inputSamples"/> samples will write.</summary>
    public int OutputFor(int inputSamples)
    {
        if (IsIdentity)
        {
            return inputSamples;
        }

        // Outputs are due at input positions skip + (phase + k * down) / up, for as long as these lie before the end of the input.
        var available = ((long)(inputSamples - _skip) * _filter.Up) - _phase;
        return available <= 0 ? 0 : (int)((available + _filter.Down - 1) / _filter.Down);
    }

    /// <summary>Takes all of <paramref name="input"/> and writes what is due; returns the samples written.</summary>
    /// <exception cref="ArgumentException"><paramref name="output"/> is shorter than <see cref="OutputFor"/> says.</exception>
    public int Process(ReadOnlySpan<float> input, Span<float> output)
    {
        var due = OutputFor(input.Length);
        if (output.Length < due)
        {
            throw new ArgumentException($"Room for {output.Length} samples, {due} are due.", nameof(output));
        }

        if (IsIdentity)
        {
            input.CopyTo(output);
            return due;
        }

        var written = 0;
        while (!input.IsEmpty)
        {
            var chunk = Math.Min(input.Length, ChunkSamples);
            written += ProcessChunk(input[..chunk], output[written..]);
            input = input[chunk..];
        }

        return written;
    }

    /// <summary>Forgets the past; the next output begins with silence before it.</summary>
    public void Reset()
    {
        _window.AsSpan().Clear();
        (_phase, _skip) = (0, 0);
    }

    private int ProcessChunk(ReadOnlySpan<float> input, Span<float> output)
    {
        var history = _filter.Taps - 1;
        input.CopyTo(_window.AsSpan(history));
        var position = _skip;
        var written = 0;
        while (position < input.Length)
        {
            output[written++] = Dot(_window.AsSpan(position, _filter.Taps), _filter.Phase(_phase));
            _phase += _filter.Down;
            position += _phase / _filter.Up;
            _phase %= _filter.Up;
        }

        _skip = position - input.Length;
        _window.AsSpan(input.Length, history).CopyTo(_window);
        return written;
    }

    private static float Dot(ReadOnlySpan<float> samples, ReadOnlySpan<float> taps)
    {
        var sum = Vector<float>.Zero;
        var i = 0;
        for (; i <= taps.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            sum += new Vector<float>(samples[i..]) * new Vector<float>(taps[i..]);
        }

        var result = Vector.Sum(sum);
        for (; i < taps.Length; i++)
        {
            result += samples[i] * taps[i];
        }

        return result;
    }
}
