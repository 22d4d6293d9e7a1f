using System.Numerics;

namespace Mcu.Mixing.Audio;

/// <summary>
/// A look-ahead peak limiter for one output stream at 48 kHz: no sample leaves above the ceiling, and the gain moves smoothly.
/// Pipeline: required gain -> minimum over look-ahead and hold -> slow release -> moving average -> times the delayed signal.
/// </summary>
/// <remarks>
/// The moving average spans the look-ahead, and the minimum covers it, so the gain has come all the way down when the peak arrives.
/// The hold of 10 ms spans half a period of 50 Hz: on a steady tone the gain stands still, so there is nothing to distort.
/// Allocates nothing after construction. Not thread-safe: one owner.
/// </remarks>
public sealed class Limiter
{
    /// <summary>Delay of the output in samples: 2.5 ms at 48 kHz.</summary>
    public const int LookAhead = 120;

    /// <summary>-1 dBFS.</summary>
    public const float DefaultCeiling = 0.8912509f;

    private const int Hold = 480;
    private const double ReleasePerSample = 1.0 / (0.120 * 48000);

    // Gains are snapped to multiples of 2^-24: the running sum of the average is then exact and never drifts.
    private const double GainGrid = 1 << 24;

    private readonly float _ceiling;
    private readonly SlidingMinimum _minimum = new(LookAhead + Hold);
    private readonly float[] _delay = new float[LookAhead];
    private readonly double[] _gains = new double[LookAhead + 1];
    private double _gainSum;
    private double _released = 1;
    private int _delayIndex;
    private int _gainIndex;
    private int _unityRun;

    /// <param name="ceiling">Largest magnitude that leaves, above 0 and at most 1.</param>
    public Limiter(float ceiling = DefaultCeiling)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ceiling);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ceiling, 1f);
        _ceiling = ceiling;
        Reset();
    }

    /// <summary>The gain applied to the last sample: 1 where nothing is limited.</summary>
    public float Gain => (float)(_gainSum / _gains.Length);

    /// <summary>True when the limiter currently only delays.</summary>
    private bool IsIdle => _unityRun >= LookAhead + Hold + LookAhead + 1;

    /// <summary>Forgets the past: silence in the delay line, unity gain.</summary>
    public void Reset()
    {
        _delay.AsSpan().Clear();
        _gains.AsSpan().Fill(1);
        _minimum.Reset();
        (_gainSum, _released, _unityRun) = (_gains.Length, 1, LookAhead + Hold + LookAhead + 1);
    }

    /// <summary>
    /// Takes over the whole state of another limiter of the same ceiling, so that a listener who moves between the shared and a private
    /// stream hears neither a gap nor a jump of the gain.
    /// </summary>
    public void CopyStateFrom(Limiter other)
    {
        other._delay.CopyTo(_delay, 0);
        other._gains.CopyTo(_gains, 0);
        _minimum.CopyFrom(other._minimum);
        (_gainSum, _released, _unityRun) = (other._gainSum, other._released, other._unityRun);
        (_delayIndex, _gainIndex) = (other._delayIndex, other._gainIndex);
    }

    /// <summary>Limits in place; the output is the input <see cref="LookAhead"/> samples ago.</summary>
    public void Process(Span<float> samples)
    {
        if (IsIdle && !ExceedsCeiling(samples))
        {
            Delay(samples);
            return;
        }

        for (var i = 0; i < samples.Length; i++)
        {
            var input = float.IsFinite(samples[i]) ? samples[i] : 0f;
            var gain = NextGain(Math.Abs(input));
            var delayed = _delay[_delayIndex];
            _delay[_delayIndex] = input;
            _delayIndex = _delayIndex + 1 == LookAhead ? 0 : _delayIndex + 1;
            // The clamp only catches the rounding of the last bit.
            samples[i] = Math.Clamp((float)(delayed * gain), -_ceiling, _ceiling);
        }
    }

    private double NextGain(float magnitude)
    {
        var required = magnitude > _ceiling ? _ceiling / magnitude : 1f;
        var held = _minimum.Push(required);
        _unityRun = required < 1f ? 0 : Math.Min(_unityRun + 1, int.MaxValue - 1);
        if (held <= _released)
        {
            _released = held;
        }
        else
        {
            _released += (held - _released) * ReleasePerSample;
            // Close the last -100 dB at once, so that the limiter falls idle again.
            _released = held - _released < 1e-5 ? held : _released;
            _unityRun = _released < 1 ? 0 : _unityRun;
        }

        var snapped = Math.Floor(_released * GainGrid) / GainGrid;
        _gainSum += snapped - _gains[_gainIndex];
        _gains[_gainIndex] = snapped;
        _gainIndex = _gainIndex + 1 == _gains.Length ? 0 : _gainIndex + 1;
        return _gainSum / _gains.Length;
    }

    /// <summary>True also for NaN, which the slow path turns into silence.</summary>
    private bool ExceedsCeiling(ReadOnlySpan<float> samples)
    {
        var ceiling = new Vector<float>(_ceiling);
        var i = 0;
        for (; i <= samples.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            if (!Vector.LessThanOrEqualAll(Vector.Abs(new Vector<float>(samples[i..])), ceiling))
            {
                return true;
            }
        }

        for (; i < samples.Length; i++)
        {
            if (!(Math.Abs(samples[i]) <= _ceiling))
            {
                return true;
            }
        }

        return false;
    }

    private void Delay(Span<float> samples)
    {
        // The delay line is a ring; each stretch up to its end is exchanged with the samples.
        Span<float> swap = stackalloc float[LookAhead];
        while (!samples.IsEmpty)
        {
            var stretch = Math.Min(samples.Length, LookAhead - _delayIndex);
            var line = _delay.AsSpan(_delayIndex, stretch);
            line.CopyTo(swap);
            samples[..stretch].CopyTo(line);
            swap[..stretch].CopyTo(samples);
            samples = samples[stretch..];
            _delayIndex = (_delayIndex + stretch) % LookAhead;
        }
    }
}
