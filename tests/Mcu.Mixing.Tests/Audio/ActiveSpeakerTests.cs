using Mcu.Media;
using Mcu.Mixing.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Mixing.Tests.Audio;

public sealed class ActiveSpeakerTests
{
    private const long Ann = 1;
    private const long Bob = 2;
    private const long Eve = 3;

    private readonly ActiveSpeakerDetector _detector = new();
    private readonly Random _random = new(7);
    private MediaTime _now = MediaTime.FromMilliseconds(123_456);
    private MediaTime _lastChange;

    [Fact]
    public void Nobody_is_active_in_a_silent_room()
    {
        Run(5000);
        _detector.ActiveSpeaker.ShouldBeNull();
    }

    [Fact]
    public void The_first_to_speak_is_active_within_400_ms()
    {
        Run(1000);
        Run(400, Ann);
        _detector.ActiveSpeaker.ShouldBe(Ann);
    }

    [Fact]
    public void The_last_speaker_stays_active_through_silence()
    {
        Run(2000, Ann);
        Run(30_000);
        _detector.ActiveSpeaker.ShouldBe(Ann);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(400)]
    public void A_cough_does_not_switch(int coughMs)
    {
        Run(3000, Ann);
        Run(500);
        Run(coughMs, Bob, loudness: -12, steady: true);
        Run(1500);
        _detector.ActiveSpeaker.ShouldBe(Ann);
        for (var i = 0; i < 5; i++)
        {
            RunBoth(coughMs, Ann, Bob, bobLoudness: -10);
            Run(800, Ann);
        }

        _detector.ActiveSpeaker.ShouldBe(Ann);
    }

    [Fact]
    public void Who_goes_on_speaking_after_another_has_ended_takes_over_in_half_a_second_to_one()
    {
        Run(5000, Ann);
        var start = _now;
        Run(3000, Bob);
        _detector.ActiveSpeaker.ShouldBe(Bob);
        (_lastChange - start).TotalMilliseconds.ShouldBeInRange(400, 1000);
    }

    [Fact]
    public void Somebody_much_louder_breaks_in_but_an_equal_does_not()
    {
        Run(5000, Ann);
        RunBoth(5000, Ann, Bob, bobLoudness: -26);
        _detector.ActiveSpeaker.ShouldBe(Ann);
        var start = _now;
        RunBoth(4000, Ann, Bob, bobLoudness: -12);
        _detector.ActiveSpeaker.ShouldBe(Bob);
        (_lastChange - start).TotalMilliseconds.ShouldBeLessThan(2500);
    }

    [Fact]
    public void Two_who_talk_over_each_other_do_not_make_the_picture_flutter()
    {
        Run(3000, Ann);
        var changes = RunBoth(30_000, Ann, Bob, bobLoudness: -25);
        changes.ShouldBeLessThanOrEqualTo(1);
    }

    [Fact]
    public void Quick_turns_do_not_switch_more_often_than_the_hold_allows()
    {
        var changes = 0;
        for (var i = 0; i < 20; i++)
        {
            changes += Run(600, i % 2 == 0 ? Ann : Bob);
        }

        changes.ShouldBeLessThanOrEqualTo(12);
    }

    [Fact]
    public void Steady_background_noise_is_not_speech()
    {
        for (var i = 0; i < 1000; i++)
        {
            // The fan is heard for 10 s, then Ann speaks for 3 s over it, then there is only the fan again.
            var fan = -46 + (2 * _random.NextDouble());
            Tick((Bob, fan), (Ann, i is > 500 and < 650 ? Speech(-24) : -75));
        }

        _detector.ActiveSpeaker.ShouldBe(Ann);
        (_now - _lastChange).TotalSeconds.ShouldBeGreaterThan(8);
    }

    [Fact]
    public void Recent_speakers_are_listed_latest_first()
    {
        Run(3000, Ann);
        Run(3000, Bob);
        Run(3000, Eve);
        Run(3000, Ann);
        _detector.RecentSpeakers.ToArray().ShouldBe([Ann, Eve, Bob]);
    }

    [Fact]
    public void Who_leaves_is_forgotten_and_the_next_to_speak_follows()
    {
        Run(3000, Ann);
        Run(3000, Bob);
        _detector.Remove(Bob);
        _detector.ActiveSpeaker.ShouldBeNull();
        _detector.RecentSpeakers.ToArray().ShouldBe([Ann]);
        Run(600, Eve);
        _detector.ActiveSpeaker.ShouldBe(Eve);
    }

    [Fact]
    public void Ticks_of_10_ms_decide_like_ticks_of_20_ms()
    {
        Run(3000, Ann, tickMs: 10);
        var start = _now;
        Run(3000, Bob, tickMs: 10);
        _detector.ActiveSpeaker.ShouldBe(Bob);
        (_lastChange - start).TotalMilliseconds.ShouldBeInRange(400, 1000);
    }

    [Fact]
    public void A_stalled_clock_does_not_make_it_loop_for_long()
    {
        Run(1000, Ann);
        _now += TimeSpan.FromDays(30);
        Run(1000, Ann);
        _detector.ActiveSpeaker.ShouldBe(Ann);
        _detector.IsSpeaking(Ann).ShouldBeTrue();
        Run(500);
        _detector.IsSpeaking(Ann).ShouldBeFalse();
    }

    /// <summary>Syllables of 160 ms with gaps of 60 ms, which is what speech looks like to a level meter.</summary>
    private double Speech(double loudness) =>
        (long)_now.TotalMilliseconds % 220 < 160 ? loudness - (6 * _random.NextDouble()) : -60 - (5 * _random.NextDouble());

    private int Run(int milliseconds, long? speaker = null, double loudness = -24, bool steady = false, int tickMs = 20)
    {
        var changes = 0;
        for (var t = 0; t < milliseconds; t += tickMs)
        {
            changes += speaker is { } id ? Tick(tickMs, (id, steady ? loudness : Speech(loudness))) : Tick(tickMs);
        }

        return changes;
    }

    private int RunBoth(int milliseconds, long first, long second, double bobLoudness)
    {
        var changes = 0;
        for (var t = 0; t < milliseconds; t += 20)
        {
            changes += Tick((first, Speech(-24)), (second, Speech(bobLoudness)));
        }

        return changes;
    }

    private int Tick(params (long Id, double Level)[] levels) => Tick(20, levels);

    private int Tick(int tickMs, params (long Id, double Level)[] levels)
    {
        foreach (var id in new[] { Ann, Bob, Eve })
        {
            var level = levels.Where(l => l.Id == id).Select(l => l.Level).DefaultIfEmpty(-70 - (5 * _random.NextDouble())).First();
            _detector.SetLevel(id, (int)Math.Round(-level));
        }

        _now += TimeSpan.FromMilliseconds(tickMs);
        if (!_detector.Update(_now))
        {
            return 0;
        }

        _lastChange = _now;
        return 1;
    }
}
