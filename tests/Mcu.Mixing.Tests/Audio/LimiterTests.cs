using CsCheck;
using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class LimiterTests
{
    [Fact]
    public void No_sample_ever_exceeds_the_ceiling()
    {
        Gen.Select(Gen.Int[0, 1_000_000], Gen.Double[0.1, 200], Gen.OneOf(480, 960, 333))
            .Sample(
                (seed, amplitude, block) =>
                {
                    var limiter = new Limiter();
                    var random = new Random(seed);
                    var samples = new float[block];
                    for (var tick = 0; tick < 40; tick++)
                    {
                        // Bursts between silences, so that attack, hold, release and idling all occur.
                        var level = random.Next(4) == 0 ? amplitude : 0.01;
                        Tones.Noise(random.Next(), level, block).CopyTo(samples, 0);
                        limiter.Process(samples);
                        Array.TrueForAll(samples, x => Math.Abs(x) <= Limiter.DefaultCeiling).ShouldBeTrue();
                    }
                },
                iter: 40
            );
    }

    [Fact]
    public void What_stays_below_the_ceiling_is_only_delayed()
    {
        var limiter = new Limiter();
        var input = Tones.Noise(5, 0.89, 9600);
        var output = Run(limiter, input);
        output.AsSpan(Limiter.LookAhead).ToArray().ShouldBe(input[..^Limiter.LookAhead]);
        output.AsSpan(0, Limiter.LookAhead).ToArray().ShouldAllBe(x => x == 0f);
        limiter.Gain.ShouldBe(1f);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(440)]
    [InlineData(1000)]
    [InlineData(3150)]
    public void A_steady_tone_far_over_the_ceiling_is_hardly_distorted(double frequencyHz)
    {
        var output = Run(new Limiter(), Tones.Sine(frequencyHz, 2.0, 48000 * 2));
        var steady = output.AsSpan(48000 + Limiter.LookAhead, 24000);
        Tones.DistortionDb(steady, frequencyHz).ShouldBeLessThan(-60);
        Tones.AmplitudeAt(steady, frequencyHz).ShouldBe(Limiter.DefaultCeiling, 0.01);
    }

    [Fact]
    public void The_gain_moves_smoothly_around_a_burst_and_comes_all_the_way_back()
    {
        var limiter = new Limiter();
        var last = 1f;
        for (var i = 0; i < 96000; i++)
        {
            var sample = new[] { i is > 9000 and < 9100 ? 4f : 0.1f };
            limiter.Process(sample);
            // At most 1/121 of the whole way per sample down, far less on the way up.
            Math.Abs(limiter.Gain - last).ShouldBeLessThan(1f / Limiter.LookAhead);
            last = limiter.Gain;
        }

        last.ShouldBe(1f);
    }

    [Fact]
    public void The_fast_path_continues_exactly_where_the_slow_path_ended()
    {
        var input = Tones.Sine(300, 0.5, 96000);
        input[2000] = 3f;
        var blocks = Run(new Limiter(), input);
        var single = new Limiter();
        var singles = new float[input.Length];
        for (var i = 0; i < input.Length; i++)
        {
            Span<float> one = [input[i]];
            single.Process(one);
            singles[i] = one[0];
        }

        blocks.AsSpan().SequenceEqual(singles).ShouldBeTrue();
    }

    [Fact]
    public void Switching_a_listener_between_limiters_is_inaudible_after_copying_the_state()
    {
        var shared = new Limiter();
        var @private = new Limiter();
        var input = Tones.Sine(440, 1.5, 19200);
        var reference = Run(new Limiter(), input);
        var first = Run(shared, input[..9600]);
        @private.CopyStateFrom(shared);
        var second = Run(@private, input[9600..]);
        first.Concat(second).ToArray().ShouldBe(reference);
    }

    [Fact]
    public void Damaged_samples_become_silence_and_do_not_stick()
    {
        var limiter = new Limiter();
        var input = Tones.Sine(440, 0.5, 48000);
        input[100] = float.NaN;
        input[200] = float.PositiveInfinity;
        var output = Run(limiter, input);
        output.ShouldAllBe(x => Math.Abs(x) <= Limiter.DefaultCeiling);
        output[^1].ShouldBe(input[^(1 + Limiter.LookAhead)]);
    }

    private static float[] Run(Limiter limiter, float[] input)
    {
        var output = input.ToArray();
        for (var i = 0; i < output.Length; i += 960)
        {
            limiter.Process(output.AsSpan(i, Math.Min(960, output.Length - i)));
        }

        return output;
    }
}
