using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class GainRampTests
{
    [Fact]
    public void Muting_fades_without_a_step_and_ends_in_silence()
    {
        var ramp = new GainRamp(1);
        ramp.MoveTo(0);
        var samples = Ones(960);
        ramp.Apply(samples);
        LargestStep(1, samples).ShouldBeLessThan(0.004f);
        samples.AsSpan(480).ToArray().ShouldAllBe(x => x == 0f);
        ramp.IsSilent.ShouldBeTrue();
    }

    [Fact]
    public void Turning_round_in_the_middle_of_a_fade_does_not_jump()
    {
        var ramp = new GainRamp(1);
        ramp.MoveTo(0);
        var samples = Ones(200);
        ramp.Apply(samples);
        ramp.MoveTo(1);
        var back = Ones(960);
        ramp.Apply(back);
        LargestStep(1, [.. samples, .. back]).ShouldBeLessThan(0.004f);
        back[^1].ShouldBe(1f);
        ramp.Current.ShouldBe(1f);
    }

    [Fact]
    public void A_fade_spans_calls_of_any_length()
    {
        var (whole, pieces) = (new GainRamp(0), new GainRamp(0));
        whole.MoveTo(0.5f);
        pieces.MoveTo(0.5f);
        var (a, b) = (Ones(960), Ones(960));
        whole.Apply(a);
        for (var i = 0; i < 960; i += 96)
        {
            pieces.Apply(b.AsSpan(i, 96));
        }

        b.ShouldBe(a);
        a[^1].ShouldBe(0.5f);
    }

    private static float[] Ones(int samples)
    {
        var ones = new float[samples];
        ones.AsSpan().Fill(1);
        return ones;
    }

    private static float LargestStep(float before, float[] samples)
    {
        var largest = 0f;
        foreach (var x in samples)
        {
            largest = Math.Max(largest, Math.Abs(x - before));
            before = x;
        }

        return largest;
    }
}
