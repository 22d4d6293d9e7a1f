using Mcu.TestKit.Audio;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>The delay of a microphone follows what its network asks for, and nothing of that is heard.</summary>
public sealed class PlayoutDelayTests
{
    private const int Rate = 48_000;
    private static readonly Lazy<float[]> s_voice = new(() => Recordings.Take(1, TimeSpan.FromSeconds(40)).Single());

    private static BadNetworkOptions Jitter(double milliseconds) =>
        new() { Delay = TimeSpan.FromMilliseconds(40), Jitter = TimeSpan.FromMilliseconds(milliseconds) };

    [Theory]
    [InlineData(1, 20)]
    [InlineData(2, 20)]
    [InlineData(3, 20)]
    [InlineData(4, 20)]
    [InlineData(5, 20)]
    [InlineData(6, 10)]
    [InlineData(7, 60)]
    public void Three_seconds_after_a_stall_of_300_ms_the_delay_is_within_20_ms_of_before(int seed, int frameMs)
    {
        using var talk = new MicrophoneSimulation(s_voice.Value, Jitter(3), seed, frameMs);
        talk.RunFor(9000 + (seed * 777));
        var (before, played) = (talk.DelayMs, talk.Playout);

        var end = talk.Now + TimeSpan.FromMilliseconds(300);
        talk.Network.StallUntil(end);
        talk.RunFor(400);
        talk.DelayMs.ShouldBeGreaterThan(before + 100);
        talk.RunFor(2900);

        talk.DelayMs.ShouldBeLessThan(before + 20);
        talk.TargetMs.ShouldBe(5, "one stall is no jitter");
        (talk.Playout.Concealed - played.Concealed).ShouldBeInRange(Rate * 240 / 1000, Rate * 340 / 1000);
        (talk.Playout.Removed - played.Removed).ShouldBeGreaterThan(Rate * 200 / 1000);
        var after = talk.Playout.Concealed;
        talk.RunFor(10_000);
        talk.Playout.Concealed.ShouldBe(after);
    }

    [Theory]
    [InlineData(50e-6, 4)]
    [InlineData(-50e-6, 4)]
    [InlineData(200e-6, 1)]
    [InlineData(-200e-6, 1)]
    public void A_clock_that_drifts_for_hours_changes_neither_the_delay_nor_the_sound(double clockError, int hours)
    {
        const double toneHz = 480;
        var tone = new Tone(toneHz, Rate, 0.3).Take(Rate);
        using var talk = new MicrophoneSimulation(tone, Jitter(2), clockError: clockError);
        var ears = new Ears();
        talk.RunFor(10_000);
        var (before, low, high) = (talk.DelayMs, double.MaxValue, 0.0);
        talk.Heard = tick =>
        {
            ears.Hear(tick);
            (low, high) = (Math.Min(low, talk.DelayMs), Math.Max(high, talk.DelayMs));
        };

        talk.RunFor(hours * 3_600_000.0);

        talk.DelayMs.ShouldBe(before, 20);
        low.ShouldBeGreaterThan(before - 25);
        high.ShouldBeLessThan(before + 25);
        talk.Playout.Concealed.ShouldBe(0);
        talk.Statistics.Underruns.ShouldBe(0);
        var drift = hours * 3600 * clockError * Rate;
        ((double)(talk.Playout.Added - talk.Playout.Removed)).ShouldBe(drift, 30 * Rate / 1000.0);
        (talk.Playout.Added + talk.Playout.Removed).ShouldBeLessThan((long)(Math.Abs(drift) * 1.3) + Rate);
        ears.LargestBend.ShouldBeLessThan(0.3 * Math.Pow(2 * Math.PI * toneHz / Rate, 2) * 1.2);
        (ears.Quietest, ears.Loudest).ShouldSatisfyAllConditions(
            levels => levels.Quietest.ShouldBeGreaterThan(-1),
            levels => levels.Loudest.ShouldBeLessThan(1)
        );
    }

    [Fact]
    public void A_jitter_that_comes_and_goes_takes_the_delay_with_it()
    {
        using var talk = new MicrophoneSimulation(s_voice.Value, Jitter(0));
        talk.RunFor(10_000);
        var before = talk.DelayMs;
        talk.Network.Options = Jitter(80);
        talk.RunFor(5000);
        var learnt = talk.Playout;
        talk.RunFor(15_000);
        ((talk.Playout.Concealed - learnt.Concealed) / (15.0 * Rate)).ShouldBeLessThan(0.02);
        talk.DelayMs.ShouldBeInRange(50, 130);

        talk.Network.Options = Jitter(0);
        talk.RunFor(15_000);
        talk.DelayMs.ShouldBeLessThan(before + 20);
    }

    [Theory]
    [InlineData(0.05, 20)]
    [InlineData(0.10, 40)]
    [InlineData(0.20, 20)]
    [InlineData(0.30, 60)]
    public void Loss_with_jitter_costs_little_more_than_what_is_lost(double loss, double jitterMs)
    {
        using var talk = new MicrophoneSimulation(s_voice.Value, Jitter(jitterMs) with { Loss = loss }, seed: 3);
        talk.RunFor(10_000);
        var before = talk.Playout;
        talk.RunFor(60_000);

        var share = (talk.Playout.Concealed - before.Concealed) / (double)(talk.Playout.Played - before.Played);
        share.ShouldBeInRange(loss * 0.7, (loss * 1.2) + 0.03);
        talk.DelayMs.ShouldBeLessThan(jitterMs + 90);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(20)]
    [InlineData(40)]
    [InlineData(60)]
    public void A_clean_network_is_left_alone(int frameMs)
    {
        using var talk = new MicrophoneSimulation(s_voice.Value, Jitter(1), frameMs: frameMs);
        talk.RunFor(60_000);

        talk.TargetMs.ShouldBe(5);
        talk.DelayMs.ShouldBeLessThan(5 + 20);
        (talk.Playout.Accelerations, talk.Playout.Expansions, talk.Playout.Concealed).ShouldBe((0, 0, 0));
        talk.Playout.Played.ShouldBeInRange(58 * Rate, 60 * Rate);
    }

    /// <summary>What is heard, from tick to tick.</summary>
    private sealed class Ears
    {
        private float _before;
        private float _beforeThat;
        private bool _hasBefore;

        /// <summary>The largest second difference: what a click is made of.</summary>
        public double LargestBend { get; private set; }

        /// <summary>In dB of a tone of amplitude 0.3, over 20 ms.</summary>
        public double Quietest { get; private set; } = double.MaxValue;

        public double Loudest { get; private set; } = double.MinValue;

        public void Hear(float[] tick)
        {
            foreach (var sample in tick)
            {
                LargestBend = _hasBefore ? Math.Max(LargestBend, Math.Abs(sample - (2 * _before) + _beforeThat)) : 0;
                (_beforeThat, _before) = (_before, sample);
            }

            _hasBefore = true;
            var level = Tone.Decibels(Tone.Rms(tick) / (0.3 / Math.Sqrt(2)));
            (Quietest, Loudest) = (Math.Min(Quietest, level), Math.Max(Loudest, level));
        }
    }
}
