namespace Mcu.Codecs.Audio;

/// <summary>
/// Conceals lost frames of a codec that cannot do so itself, in the manner of ITU-T G.711 Appendix I: repeats the last pitch
/// period, fades it out within 60 ms, and crosses over into the first frame that arrives again.
/// </summary>
internal sealed class PitchConcealer
{
    private readonly float[] _history;
    private readonly float[] _period;
    private readonly int _minPeriod;
    private readonly int _maxPeriod;
    private readonly int _window;
    private readonly int _crossover;
    private readonly int _holdSamples;
    private readonly int _fadeSamples;

    private int _periodLength;
    private int _concealed;
    private float _step;

    /// <param name="sampleRate">Hz; 8000 to 16000.</param>
    public PitchConcealer(int sampleRate)
    {
        _minPeriod = sampleRate / 200;
        _maxPeriod = sampleRate / 66;
        _window = sampleRate / 50;
        _crossover = sampleRate / 200;
        _holdSamples = sampleRate / 100;
        _fadeSamples = sampleRate / 20;
        _history = new float[_window + (2 * _maxPeriod)];
        _period = new float[_maxPeriod];
    }

    /// <summary>Takes note of samples just decoded, and eases into them where they follow concealed ones.</summary>
    public void Received(Span<float> samples)
    {
        if (_concealed > 0)
        {
            var length = Math.Min(_crossover, samples.Length);
            for (var i = 0; i < length; i++)
            {
                var weight = (i + 1f) / (length + 1);
                samples[i] = (samples[i] * weight) + (NextConcealed() * (1 - weight));
            }

            _concealed = 0;
        }

        Remember(samples);
    }

    /// <summary>Continues what was heard last.</summary>
    public void Conceal(Span<float> samples)
    {
        if (_concealed == 0)
        {
            CutPeriod();
        }

        for (var i = 0; i < samples.Length; i++)
        {
            samples[i] = NextConcealed();
        }

        Remember(samples);
    }

    private float NextConcealed()
    {
        var index = _concealed++;
        var faded = Math.Max(index - _holdSamples, 0);
        if (faded >= _fadeSamples)
        {
            // Far beyond the fade the count only has to stay there.
            _concealed = _holdSamples + _fadeSamples;
            return 0;
        }

        var sample = _period[index % _periodLength];
        if (index < _crossover)
        {
            sample += _step * (1 - (index / (float)_crossover));
        }

        return sample * (1 - (faded / (float)_fadeSamples));
    }

    private void Remember(ReadOnlySpan<float> samples)
    {
        var history = _history.AsSpan();
        if (samples.Length >= history.Length)
        {
            samples[^history.Length..].CopyTo(history);
            return;
        }

        history[samples.Length..].CopyTo(history);
        samples.CopyTo(history[^samples.Length..]);
    }

    /// <summary>Takes the last pitch period, with its end bent towards what stood before its start, so that it can repeat without a seam.</summary>
    private void CutPeriod()
    {
        var length = _periodLength = FindPeriod();
        var last = _history.AsSpan(_history.Length - length);
        last.CopyTo(_period);
        var overlap = length / 4;
        var before = _history.AsSpan(_history.Length - length - overlap, overlap);
        for (var i = 0; i < overlap; i++)
        {
            var weight = (i + 1f) / (overlap + 1);
            ref var sample = ref _period[length - overlap + i];
            sample = (sample * (1 - weight)) + (before[i] * weight);
        }

        // Where the period does not quite fit onto the last sample heard, the difference fades in a few milliseconds.
        _step = _history[^1] - _history[^(length + 1)];
    }

    /// <summary>The lag (66 to 200 Hz) at which the last 20 ms resemble what came before most; normalised cross-correlation.</summary>
    private int FindPeriod()
    {
        var recent = _history.AsSpan(_history.Length - _window);
        var best = _minPeriod;
        var bestScore = float.MinValue;
        for (var lag = _minPeriod; lag <= _maxPeriod; lag++)
        {
            var earlier = _history.AsSpan(_history.Length - _window - lag, _window);
            float product = 0;
            float energy = 1e-9f;
            for (var i = 0; i < recent.Length; i++)
            {
                product += recent[i] * earlier[i];
                energy += earlier[i] * earlier[i];
            }

            var score = product / MathF.Sqrt(energy);
            if (score > bestScore)
            {
                (best, bestScore) = (lag, score);
            }
        }

        return best;
    }
}
