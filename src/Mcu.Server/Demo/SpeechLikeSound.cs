namespace Mcu.Server.Demo;

/// <summary>
/// A voice that says nothing: a glottal pulse train through three formants, in syllables, phrases and pauses. 48 kHz mono, -1 to 1.
/// Deterministic from its seed.
/// </summary>
internal sealed class SpeechLikeSound
{
    private const int SampleRate = 48_000;
    private const float SyllableSeconds = 0.19f;

    /// <summary>First two formants in Hz of a few vowels (a, e, i, o, u).</summary>
    private static readonly (float First, float Second)[] Vowels = [(730, 1090), (530, 1840), (270, 2290), (570, 840), (300, 870)];

    private readonly Random _random;
    private readonly float _pitchHz;
    private readonly Resonator[] _formants = [new(), new(), new()];
    private float _phase;
    private float _syllableTime = SyllableSeconds;
    private float _stress;
    private float _contour;

    public SpeechLikeSound(int seed, float pitchHz)
    {
        _random = new Random(seed);
        _pitchHz = pitchHz;
    }

    /// <summary>How far the mouth is open, 0 to 1, as of the last sample.</summary>
    public float Openness { get; private set; }

    /// <summary>Fills a frame; silence while <paramref name="speaking"/> is false, after the syllable at hand has ended.</summary>
    public void Fill(Span<float> samples, bool speaking)
    {
        for (var i = 0; i < samples.Length; i++)
        {
            if (_syllableTime >= SyllableSeconds)
            {
                NextSyllable(speaking);
            }

            var place = _syllableTime / SyllableSeconds;
            var envelope = _stress * MathF.Sin(MathF.PI * place) * MathF.Sin(MathF.PI * place);
            samples[i] = Voice(_contour * (1 - (0.08f * place))) * envelope;
            Openness = envelope;
            _syllableTime += 1f / SampleRate;
        }
    }

    private void NextSyllable(bool speaking)
    {
        _syllableTime = 0;
        var pause = !speaking || _random.NextSingle() < 0.12f;
        _stress = pause ? 0 : 0.55f + (0.45f * _random.NextSingle());
        _contour = _pitchHz * (0.9f + (0.25f * _random.NextSingle()));
        var (first, second) = Vowels[_random.Next(Vowels.Length)];
        _formants[0].Tune(first, 90, SampleRate);
        _formants[1].Tune(second, 110, SampleRate);
        _formants[2].Tune(2600, 160, SampleRate);
    }

    private float Voice(float pitchHz)
    {
        _phase += pitchHz / SampleRate;
        if (_phase >= 1)
        {
            _phase -= 1;
        }

        // A falling saw has the glottis's -12 dB per octave, near enough, after the formants' own slope.
        var source = (1 - (2 * _phase)) + (0.02f * ((2 * _random.NextSingle()) - 1));
        return (0.02f * _formants[0].Filter(source)) + (0.014f * _formants[1].Filter(source)) + (0.006f * _formants[2].Filter(source));
    }

    /// <summary>A two-pole resonance.</summary>
    private sealed class Resonator
    {
        private float _a1;
        private float _a2;
        private float _gain;
        private float _y1;
        private float _y2;

        public void Tune(float centreHz, float bandwidthHz, float sampleRateHz)
        {
            var radius = MathF.Exp(-MathF.PI * bandwidthHz / sampleRateHz);
            _a1 = 2 * radius * MathF.Cos(2 * MathF.PI * centreHz / sampleRateHz);
            _a2 = -radius * radius;
            _gain = (1 - radius) * 12;
        }

        public float Filter(float input)
        {
            var output = (_gain * input) + (_a1 * _y1) + (_a2 * _y2);
            _y2 = _y1;
            _y1 = output;
            return output;
        }
    }
}
