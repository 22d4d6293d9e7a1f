using Mcu.Media;
using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class AudioAllocationTests
{
    [Fact]
    public void A_tick_of_mixing_limiting_resampling_and_detecting_allocates_nothing()
    {
        var mixer = new AudioMixer(8);
        var limiters = Enumerable.Range(0, 9).Select(_ => new Limiter()).ToArray();
        var (up, down) = (new Resampler(8000, 48000), new Resampler(48000, 8000));
        var ramp = new GainRamp(1);
        var detector = new ActiveSpeakerDetector();
        var inputs = Enumerable.Range(0, 8).Select(v => Tones.Noise(v, 0.6, 960)).ToArray();
        var (narrow, mix) = (new float[160], new float[960]);
        var now = MediaTime.Zero;
        long before = 0;
        for (var tick = 0; tick < 300; tick++)
        {
            if (tick == 150)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            mixer.Begin(960);
            up.Process(narrow, mix);
            for (var v = 0; v < 8; v++)
            {
                mixer.Add(v, inputs[v]);
                detector.SetLevel(v, AudioLevel.Measure(inputs[v]));
            }

            ramp.MoveTo(tick % 2);
            ramp.Apply(mix);
            now += TimeSpan.FromMilliseconds(20);
            detector.Update(now);
            for (var v = 0; v < 8; v++)
            {
                mixer.MixMinus(v, mix);
                limiters[v].Process(mix);
            }

            mixer.MixAll(mix);
            limiters[8].Process(mix);
            limiters[0].CopyStateFrom(limiters[8]);
            down.Process(mix, narrow);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
