using CsCheck;
using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class AudioMixerTests
{
    [Theory]
    [InlineData(960)]
    [InlineData(480)]
    [InlineData(7)]
    public void Mix_minus_is_the_sum_of_the_others_bit_for_bit(int samples)
    {
        Gen.Select(Gen.Int[1, 40], Gen.Int[0, 1_000_000])
            .Sample(
                (voices, seed) =>
                {
                    var inputs = Enumerable.Range(0, voices).Select(v => Tones.Noise(seed + v, Math.Pow(10, -v % 7), samples)).ToArray();
                    var mix = Mix(inputs, samples);
                    var without = new AudioMixer(voices, samples);
                    var (actual, expected) = (new float[samples], new float[samples]);
                    for (var own = 0; own < voices; own++)
                    {
                        without.Begin(samples);
                        for (var v = voices - 1; v >= 0; v--)
                        {
                            if (v != own)
                            {
                                without.Add(v, inputs[v]);
                            }
                        }

                        without.MixAll(expected);
                        mix.MixMinus(own, actual);
                        actual.AsSpan().SequenceEqual(expected).ShouldBeTrue();
                    }
                },
                iter: 30
            );
    }

    [Fact]
    public void Mix_minus_is_within_rounding_of_the_directly_computed_sum()
    {
        var inputs = Enumerable.Range(0, 20).Select(v => Tones.Noise(v, 0.5, 960)).ToArray();
        var mix = Mix(inputs, 960);
        var actual = new float[960];
        mix.MixMinus(3, actual);
        for (var i = 0; i < 960; i++)
        {
            var expected = inputs.Where((_, v) => v != 3).Sum(x => (double)x[i]);
            ((double)actual[i]).ShouldBe(expected, Math.Max(Math.Abs(expected), 1e-3) * 1e-7);
        }
    }

    [Fact]
    public void Nobody_hears_his_own_tone_and_everybody_hears_all_others()
    {
        double[] frequencies = [300, 450, 700, 1100, 2500];
        var mix = Mix([.. frequencies.Select(f => Tones.Sine(f, 0.2, 960))], 960);
        var heard = new float[960];
        for (var own = 0; own < frequencies.Length; own++)
        {
            mix.MixMinus(own, heard);
            for (var v = 0; v < frequencies.Length; v++)
            {
                var amplitude = Tones.AmplitudeAt(heard, frequencies[v]);
                if (v == own)
                {
                    Tones.Db(amplitude / 0.2).ShouldBeLessThan(-100);
                }
                else
                {
                    amplitude.ShouldBe(0.2, 1e-5);
                }
            }
        }
    }

    [Fact]
    public void A_lone_voice_minus_itself_is_exactly_zero()
    {
        var mix = Mix([Tones.Noise(1, 1, 960)], 960);
        var heard = new float[960];
        mix.MixMinus(0, heard);
        heard.ShouldAllBe(x => x == 0f);
    }

    [Fact]
    public void Who_was_not_added_hears_everybody()
    {
        var tone = Tones.Sine(440, 0.5, 960);
        var mixer = new AudioMixer(2);
        mixer.Begin(960);
        mixer.Add(0, tone);
        var heard = new float[960];
        mixer.MixMinus(1, heard);
        heard.ShouldBe(tone, 1e-12);
        mixer.Contains(1).ShouldBeFalse();
        mixer.Voices.ShouldBe(1);
    }

    [Fact]
    public void A_new_tick_forgets_the_last_one()
    {
        var mixer = new AudioMixer(1);
        mixer.Begin(960);
        mixer.Add(0, Tones.Noise(1, 1, 960));
        mixer.Begin(480);
        var heard = new float[480];
        mixer.MixAll(heard);
        heard.ShouldAllBe(x => x == 0f);
    }

    [Fact]
    public void Damaged_samples_do_not_spread()
    {
        var bad = new float[960];
        bad.AsSpan().Fill(float.NaN);
        bad[1] = float.PositiveInfinity;
        bad[2] = float.NegativeInfinity;
        bad[3] = 1e30f;
        var tone = Tones.Sine(440, 0.5, 960);
        var mix = Mix([bad, tone], 960);
        var heard = new float[960];
        mix.MixMinus(0, heard);
        heard.ShouldBe(tone, 1e-9);
        mix.MixAll(heard);
        heard.ShouldAllBe(x => float.IsFinite(x) && Math.Abs(x) <= AudioMixer.MaxInput + 1);
        heard[100].ShouldBe(tone[100], 1e-9f);
    }

    [Fact]
    public void The_same_slot_twice_or_a_wrong_length_is_refused()
    {
        var mixer = new AudioMixer(2);
        Should.Throw<ArgumentException>(() => mixer.MixAll(new float[960]));
        mixer.Begin(960);
        mixer.Add(0, new float[960]);
        Should.Throw<InvalidOperationException>(() => mixer.Add(0, new float[960]));
        Should.Throw<ArgumentException>(() => mixer.Add(1, new float[480]));
        Should.Throw<ArgumentOutOfRangeException>(() => mixer.Begin(961));
    }

    private static AudioMixer Mix(float[][] inputs, int samples)
    {
        var mixer = new AudioMixer(inputs.Length, samples);
        mixer.Begin(samples);
        for (var v = 0; v < inputs.Length; v++)
        {
            mixer.Add(v, inputs[v]);
        }

        return mixer;
    }
}
