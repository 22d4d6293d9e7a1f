using CsCheck;
using Mcu.Conference.Legs;
using Mcu.Conference.Video;
using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Conference.Tests;

public sealed class RungPolicyTests
{
    private static readonly IReadOnlyList<Rung> s_rungs = LadderOf(VideoEffort.AsAsked);
    private readonly RungPolicy _policy = new();
    private MediaTime _now = MediaTime.FromMilliseconds(1000);

    private static IReadOnlyList<Rung> LadderOf(int step) => new Ladder(VideoEffort.At(step, new ConferenceOptions())).For(VideoCodec.Vp8);

    [Fact]
    public void Without_a_known_limit_it_is_the_best_at_once()
    {
        Look(null).ShouldBeTrue();
        _policy.Current!.Name.ShouldBe("720p30");
        Look(null).ShouldBeFalse();
    }

    [Theory]
    [InlineData(1_700_000, "720p30")]
    [InlineData(1_200_000, "720p15")]
    [InlineData(600_000, "360p30 500k")]
    [InlineData(100_000, "180p10 70k")]
    [InlineData(60_000, "180p10 35k")]
    [InlineData(15_000, "still")]
    [InlineData(5_000, null)]
    public void The_first_choice_is_what_fits(long budget, string? name)
    {
        Look(budget).ShouldBeTrue();
        _policy.Current?.Name.ShouldBe(name);
    }

    [Fact]
    public void A_line_that_breaks_down_is_followed_at_once()
    {
        For(5, 1_200_000);
        Look(110_000).ShouldBeTrue();
        _policy.Current!.Name.ShouldBe("180p10 70k");
    }

    [Fact]
    public void A_little_too_little_is_borne_for_a_second()
    {
        For(5, 100_000);
        var tight = _policy.Current!.LineBps * 95 / 100;
        For(0.9, tight).ShouldBe(0);
        For(0.3, tight).ShouldBe(1);
        _policy.Current!.Name.ShouldBe("180p10 35k");
    }

    [Fact]
    public void Better_is_taken_only_when_it_has_been_carried_for_a_while_with_something_to_spare()
    {
        For(5, 60_000);
        var better = s_rungs.Single(rung => rung.Name == "180p10 70k").LineBps;
        For(20, better * 105 / 100).ShouldBe(0, "nothing to spare");
        For(0.9, better * 12 / 10).ShouldBe(0);
        For(0.5, better * 105 / 100).ShouldBe(0, "and the while begins anew");
        For(0.9, better * 12 / 10).ShouldBe(0);
        For(0.3, better * 12 / 10).ShouldBe(1);
        _policy.Current!.Name.ShouldBe("180p10 70k");
    }

    [Fact]
    public void After_a_drop_the_old_rung_is_back_within_ten_seconds_though_the_network_is_asked_step_by_step()
    {
        For(30, 1_300_000);
        var before = _policy.Current;
        For(10, 100_000);
        // The estimate grows to what could be used, and no further; half a second passes until it does.
        var (seconds, estimate) = (0.0, 100_000L);
        while (_policy.Current != before && seconds < 20)
        {
            For(0.5, estimate);
            estimate = Math.Clamp(_policy.DemandBps, estimate, 1_300_000);
            seconds += 0.5;
        }

        seconds.ShouldBeLessThanOrEqualTo(10);
    }

    [Fact]
    public void Each_failed_attempt_makes_the_next_one_later()
    {
        For(5, 60_000);
        List<double> waits = [];
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var from = _now;
            while (_policy.Current!.Name == "180p10 35k")
            {
                Look(120_000);
            }

            waits.Add((_now - from).TotalSeconds);
            For(0.5, 120_000);
            For(0.2, 60_000);
        }

        waits.Zip(waits.Skip(1)).ShouldAllBe(pair => pair.Second > pair.First * 1.8);
        For(70, 60_000);
        var start = _now;
        while (_policy.Current!.Name == "180p10 35k")
        {
            Look(120_000);
        }

        (_now - start).TotalSeconds.ShouldBeLessThan(1.5, "long ago is forgotten");
    }

    [Fact]
    public void Packets_that_queue_for_longer_than_a_keyframe_explains_mean_one_down()
    {
        For(5, 600_000);
        For(0.4, 600_000, queueMs: 300).ShouldBe(0);
        For(0.2, 600_000).ShouldBe(0);
        For(0.6, 600_000, queueMs: 300).ShouldBe(1);
        _policy.Current!.Name.ShouldBe("360p15 300k");
        For(2, 60_000);
        For(1.4, 60_000, queueMs: 300);
        _policy.Current!.Name.ShouldBe("180p10 35k", "a keyframe takes longer there");
        For(0.2, 60_000, queueMs: 300);
        _policy.Current!.Name.ShouldBe("90p10 25k");
        For(3, 15_000, queueMs: 300);
        _policy.Current!.Name.ShouldBe("still", "which takes its time");
    }

    [Fact]
    public void Loss_takes_room_for_what_is_sent_again()
    {
        var rung = s_rungs.Single(r => r.Name == "180p10 70k");
        _policy.Update(s_rungs, 0, rung.LineBps + 1000, LegNetwork.Unlimited with { FractionLost = 0.2 }, _now);
        _policy.Current!.Name.ShouldBe("180p10 35k");
    }

    [Fact]
    public void A_wish_for_less_holds_at_once_and_one_for_more_too_where_nothing_limits()
    {
        Look(null);
        var small = s_rungs.Single(r => r.Name == "180p15 150k");
        _policy.Update(s_rungs, small.Id, null, LegNetwork.Unlimited, _now).ShouldBeTrue();
        _policy.Current.ShouldBe(small);
        _policy.DemandBps.ShouldBeLessThan(210_000);
        _policy.Update(s_rungs, int.MaxValue, null, LegNetwork.Unlimited, _now).ShouldBeTrue();
        _policy.Current.ShouldBeNull();
        _policy.DemandBps.ShouldBe(0);
        Look(null).ShouldBeTrue();
        _policy.Current!.Name.ShouldBe("720p30");
    }

    [Fact]
    public void On_another_ladder_it_is_the_best_that_takes_no_more()
    {
        For(5, 600_000);
        _policy.Current!.Name.ShouldBe("360p30 500k");
        var reduced = LadderOf(step: 6);
        _policy.Update(reduced, 0, 600_000, LegNetwork.Unlimited, _now);
        _policy.Current.ShouldBe(reduced[0]);
        _policy.Update(s_rungs, 0, 600_000, LegNetwork.Unlimited, _now);
        _policy.Current!.Name.ShouldBe("360p15 300k");
    }

    /// <summary>Whatever the network does: never longer than a second above what it carries, and no more changes than the rules allow.</summary>
    [Fact]
    public void Any_network_is_followed()
    {
        var phase = Gen.Select(
            Gen.Long[2_000, 3_000_000],
            Gen.Int[1, 60],
            Gen.Double[0, 0.3],
            (budget, ticks, loss) => (budget, ticks, loss)
        );
        phase
            .List[1, 40]
            .Sample(
                phases =>
                {
                    var policy = new RungPolicy();
                    var now = MediaTime.FromMilliseconds(0);
                    var climbs = 0;
                    var tooMuchFor = 0;
                    var last = -1;
                    foreach (var (budget, ticks, loss) in phases)
                    {
                        var network = LegNetwork.Unlimited with { FractionLost = loss };
                        for (var i = 0; i < ticks; i++, now += TimeSpan.FromMilliseconds(33))
                        {
                            policy.Update(s_rungs, 0, budget, network, now);
                            var needed = policy.Current?.NeededBps(loss) ?? 0;
                            tooMuchFor = needed > budget ? tooMuchFor + 1 : 0;
                            (tooMuchFor < 33 && needed * 0.9 <= budget).ShouldBeTrue($"{needed} of {budget}");
                            var id = policy.Current?.Id ?? int.MaxValue;
                            climbs += id < last ? 1 : 0;
                            last = id;
                            policy.DemandBps.ShouldBeGreaterThanOrEqualTo(needed);
                        }
                    }

                    climbs.ShouldBeLessThanOrEqualTo((int)(now - MediaTime.Zero).TotalSeconds + 1);
                },
                iter: 200
            );
    }

    private bool Look(long? budget, double queueMs = 0)
    {
        var network = LegNetwork.Unlimited with { QueueDelay = TimeSpan.FromMilliseconds(queueMs) };
        var changed = _policy.Update(s_rungs, 0, budget, network, _now);
        _now += TimeSpan.FromMilliseconds(33);
        return changed;
    }

    /// <summary>Changes in so many seconds.</summary>
    private int For(double seconds, long budget, double queueMs = 0)
    {
        var changes = 0;
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; )
        {
            changes += Look(budget, queueMs) ? 1 : 0;
        }

        return changes;
    }
}
