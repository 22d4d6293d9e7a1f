using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class AudioLevelTests
{
    [Fact]
    public void A_full_scale_square_wave_is_0_dBov()
    {
        var square = new float[960];
        for (var i = 0; i < 960; i++)
        {
            square[i] = i % 48 < 24 ? 1 : -1;
        }

        AudioLevel.Measure(square).ShouldBe(0);
    }

    [Theory]
    [InlineData(1.0, 3)]
    [InlineData(0.1, 23)]
    [InlineData(0.001, 63)]
    [InlineData(1e-9, 127)]
    [InlineData(50.0, 0)]
    public void A_sine_is_3_dB_under_its_peak(double amplitude, int level) =>
        AudioLevel.Measure(Tones.Sine(1000, amplitude, 960)).ShouldBe(level);

    [Fact]
    public void Silence_nothing_and_rubbish_are_127()
    {
        AudioLevel.Measure(new float[960]).ShouldBe(127);
        AudioLevel.Measure([]).ShouldBe(127);
        AudioLevel.Measure([float.NaN, 1]).ShouldBe(127);
    }
}
