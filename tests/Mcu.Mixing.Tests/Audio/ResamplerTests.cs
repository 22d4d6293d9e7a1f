using CsCheck;
using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class ResamplerTests
{
    public static TheoryData<int, int> Rates =>
        new()
        {
            { 8000, 48000 },
            { 16000, 48000 },
            { 48000, 8000 },
            { 48000, 16000 },
            { 44100, 48000 },
            { 48000, 44100 },
            { 32000, 48000 },
        };

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_passband_is_flat(int from, int to)
    {
        var nyquist = Math.Min(from, to) / 2.0;
        foreach (var share in new[] { 0.02, 0.1, 0.3, 0.5, 0.7, 0.8, 0.84 })
        {
            var frequency = Math.Round(nyquist * share / 50) * 50;
            var output = Convert(from, to, Tones.Sine(frequency, 0.5, from, from));
            var steady = output.AsSpan(to / 2, to / 5);
            Tones.Db(Tones.AmplitudeAt(steady, frequency, to) / 0.5).ShouldBe(0, 0.05);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Images_and_aliases_are_at_least_70_dB_down(int from, int to)
    {
        var nyquist = Math.Min(from, to) / 2.0;
        var frequency = Math.Round(nyquist * 0.8 / 50) * 50;
        var output = Convert(from, to, Tones.Sine(frequency, 0.5, from, from));
        Tones.DistortionDb(output.AsSpan(to / 2, to / 5), frequency, to).ShouldBeLessThan(-70);
        if (from > to)
        {
            foreach (var beyond in new[] { nyquist * 1.01, Math.Min(nyquist * 1.2, from * 0.49) })
            {
                var aliased = Convert(from, to, Tones.Sine(beyond, 0.5, from, from));
                Tones.Db(Tones.Rms(aliased.AsSpan(to / 2, to / 5)) / 0.35).ShouldBeLessThan(-70);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void Blocks_of_any_length_give_the_same_samples_as_one_call(int from, int to)
    {
        Gen.Select(Gen.Int[0, 100000], Gen.Int[1, 3000])
            .Sample(
                (seed, most) =>
                {
                    var input = Tones.Noise(seed, 0.5, 6000);
                    var whole = Convert(from, to, input);
                    var random = new Random(seed);
                    var resampler = new Resampler(from, to);
                    var pieces = new List<float>();
                    for (var i = 0; i < input.Length; )
                    {
                        var length = Math.Min(random.Next(0, most + 1), input.Length - i);
                        var output = new float[resampler.OutputFor(length)];
                        resampler.Process(input.AsSpan(i, length), output).ShouldBe(output.Length);
                        pieces.AddRange(output);
                        i += length;
                    }

                    pieces.ToArray().AsSpan().SequenceEqual(whole).ShouldBeTrue();
                },
                iter: 20
            );
    }

    [Theory]
    [InlineData(8000, 160)]
    [InlineData(16000, 320)]
    public void Each_tick_of_a_telephone_codec_gives_exactly_one_tick_of_the_mixer(int rate, int samples)
    {
        var up = new Resampler(rate, 48000);
        var down = new Resampler(48000, rate);
        var (wide, narrow) = (new float[960], new float[samples]);
        for (var tick = 0; tick < 50; tick++)
        {
            up.Process(narrow, wide).ShouldBe(960);
            down.Process(wide, narrow).ShouldBe(samples);
        }
    }

    [Theory]
    [MemberData(nameof(Rates))]
    public void The_delay_is_what_it_says(int from, int to)
    {
        var input = new float[4096];
        input[2048] = 1;
        var output = Convert(from, to, input);
        var peak = Array.IndexOf(output, output.Max());
        var delay = new Resampler(from, to).Delay;
        ((double)peak * from / to).ShouldBe(2048 + delay, Math.Max(1.0, (double)from / to));
        ((double)delay / from).ShouldBeLessThan(0.0055);
    }

    [Fact]
    public void Equal_rates_pass_through_untouched()
    {
        var input = Tones.Noise(1, 1, 960);
        Convert(48000, 48000, input).ShouldBe(input);
    }

    [Fact]
    public void A_short_output_is_refused_before_anything_is_taken()
    {
        var resampler = new Resampler(8000, 48000);
        Should.Throw<ArgumentException>(() => resampler.Process(new float[160], new float[959]));
        resampler.OutputFor(160).ShouldBe(960);
    }

    private static float[] Convert(int from, int to, float[] input)
    {
        var resampler = new Resampler(from, to);
        var output = new float[resampler.OutputFor(input.Length)];
        resampler.Process(input, output).ShouldBe(output.Length);
        return output;
    }
}
