namespace Mcu.Mixing.Audio;

/// <summary>
/// A gain that moves to its target along a raised cosine, so that mute, unmute, join and leave do not click.
/// Allocates nothing. Not thread-safe: one owner.
/// </summary>
public sealed class GainRamp
{
    private readonly float[] _curve;
    private float _from;
    private float _to;
    private int _position;

    /// <param name="initialGain">Gain before the first <see cref="MoveTo"/>: 0 for somebody who fades in.</param>
    /// <param name="samples">Length of a move; 480 is 10 ms at 48 kHz.</param>
    public GainRamp(float initialGain, int samples = 480)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        _curve = new float[samples];
        for (var i = 0; i < samples; i++)
        {
            _curve[i] = (float)(0.5 - (0.5 * Math.Cos(Math.PI * (i + 1) / samples)));
        }

        _from = _to = initialGain;
        _position = samples;
    }

    /// <summary>The gain now.</summary>
    public float Current =>
        _position == _curve.Length ? _to
        : _position == 0 ? _from
        : Interpolate(_curve[_position - 1]);

    public float Target => _to;

    /// <summary>True when the output is and stays silent: nothing need be mixed.</summary>
    public bool IsSilent => _position == _curve.Length && _to == 0;

    /// <summary>Starts a move from wherever the gain is now; no effect if that is already the target.</summary>
    public void MoveTo(float gain)
    {
        if (gain == _to)
        {
            return;
        }

        _from = Current;
        _to = gain;
        _position = 0;
    }

    /// <summary>Applies the gain in place.</summary>
    public void Apply(Span<float> samples)
    {
        var moving = Math.Min(samples.Length, _curve.Length - _position);
        for (var i = 0; i < moving; i++)
        {
            samples[i] *= Interpolate(_curve[_position + i]);
        }

        _position += moving;
        var rest = samples[moving..];
        if (_to == 0)
        {
            rest.Clear();
        }
        else if (_to != 1)
        {
            for (var i = 0; i < rest.Length; i++)
            {
                rest[i] *= _to;
            }
        }
    }

    private float Interpolate(float progress) => _from + ((_to - _from) * progress);
}
