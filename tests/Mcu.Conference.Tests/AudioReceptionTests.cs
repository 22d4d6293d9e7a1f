using Mcu.Conference.Audio;
using Mcu.Conference.Legs;
using Mcu.Media;

namespace Mcu.Conference.Tests;

/// <summary>Which rung and how much repair a participant gets, by what its line carries and loses.</summary>
public sealed class AudioReceptionTests
{
    private readonly AudioLadder _ladder = new(40_000);
    private readonly AudioReception _reception;
    private MediaTime _now = MediaTime.FromMilliseconds(5000);

    public AudioReceptionTests() => _reception = new AudioReception(_ladder);

    [Theory]
    [InlineData(null, 40_000, 20)]
    [InlineData(2_000_000, 40_000, 20)]
    [InlineData(200_000, 40_000, 20)]
    [InlineData(150_000, 24_000, 20)]
    [InlineData(100_000, 24_000, 40)]
    [InlineData(60_000, 16_000, 40)]
    [InlineData(40_000, 12_000, 40)]
    [InlineData(32_000, 9_000, 60)]
    [InlineData(10_000, 6_000, 60)]
    public void A_line_gets_the_best_that_it_carries(int? targetBps, int bitrateBps, int packetMs)
    {
        Run(seconds: 10, targetBps);
        (_reception.Rung.BitrateBps, _reception.Rung.Ticks * 20).ShouldBe((bitrateBps, packetMs));
        _reception.Redundancy.ShouldBe(0);
        if (targetBps is { } target)
        {
            _reception.Rung.CostBps(0).ShouldBeLessThan(Math.Max(target, 20_000));
        }
    }

    [Theory]
    [InlineData(16_000, "16@20 12@40 9@60 6@60")]
    [InlineData(24_000, "24@20 16@40 12@40 9@60 6@60")]
    [InlineData(40_000, "40@20 24@20 24@40 16@40 12@40 9@60 6@60")]
    [InlineData(128_000, "128@20 64@20 40@20 24@20 24@40 16@40 12@40 9@60 6@60")]
    public void The_ladder_hangs_from_the_configured_bitrate(int top, string rungs)
    {
        var ladder = new AudioLadder(top);
        string.Join(' ', ladder.Plain.Select(rung => $"{rung.BitrateBps / 1000}@{rung.Ticks * 20}")).ShouldBe(rungs);
        ladder.Plain.Concat(ladder.Fec).Select(rung => rung.Index).ShouldBe(Enumerable.Range(0, ladder.Count));
        ladder.Plain.Zip(ladder.Plain.Skip(1)).ShouldAllBe(pair => pair.First.FromBps > pair.Second.FromBps);
        ladder.Plain.Zip(ladder.Plain.Skip(1)).ShouldAllBe(pair => pair.First.CostBps(0) > pair.Second.CostBps(0));
        ladder.Fec.ShouldAllBe(rung => !rung.LowDelay);
    }

    [Fact]
    public void Down_at_once_and_up_after_it_went_well_for_3_s()
    {
        Run(seconds: 1, 300_000);
        Run(seconds: 0.2, 35_000);
        _reception.Rung.BitrateBps.ShouldBe(9_000);

        Run(seconds: 2.8, 300_000);
        _reception.Rung.BitrateBps.ShouldBe(9_000);
        Run(seconds: 0.6, 300_000);
        _reception.Rung.ShouldBe(_ladder.Top);
    }

    [Fact]
    public void An_estimate_that_swings_around_a_border_does_not_swing_the_rung()
    {
        Run(seconds: 5, 78_000);
        var changes = 0;
        var before = _reception.Rung;
        for (var i = 0; i < 300; i++)
        {
            Run(seconds: 0.2, i % 2 == 0 ? 76_000 : 86_000);
            changes += _reception.Rung == before ? 0 : 1;
            before = _reception.Rung;
        }

        changes.ShouldBe(0);
    }

    [Theory]
    [InlineData(0.005, 0)]
    [InlineData(0.05, 1)]
    [InlineData(0.15, 2)]
    [InlineData(0.3, 3)]
    public void What_is_lost_is_sent_again_where_the_line_has_room(double loss, int redundancy)
    {
        Run(seconds: 20, 2_000_000, loss);
        _reception.Rung.ShouldBe(_ladder.Top);
        _reception.Redundancy.ShouldBe(redundancy);
    }

    [Theory]
    [InlineData(100_000, 0.05)]
    [InlineData(90_000, 0.05)]
    [InlineData(60_000, 0.05)]
    [InlineData(32_000, 0.1)]
    [InlineData(28_000, 0.1)]
    [InlineData(100_000, 0.3)]
    public void Repair_costs_quality_before_it_costs_more_than_there_is(int targetBps, double loss)
    {
        Run(seconds: 20, targetBps, loss);
        _reception.Redundancy.ShouldBeGreaterThan(0);
        _reception.Rung.CostBps(_reception.Redundancy).ShouldBeLessThanOrEqualTo((int)(0.95 * targetBps));
    }

    [Fact]
    public void A_line_that_carries_no_repair_gets_none()
    {
        Run(seconds: 20, 20_000, 0.2);
        (_reception.Rung.BitrateBps, _reception.Redundancy).ShouldBe((6_000, 0));
    }

    [Fact]
    public void Repair_ends_10_s_after_the_loss()
    {
        Run(seconds: 20, 2_000_000, 0.05);
        Run(seconds: 8, 2_000_000, 0);
        _reception.Redundancy.ShouldBe(1);
        Run(seconds: 8, 2_000_000, 0);
        _reception.Redundancy.ShouldBe(0);
    }

    [Theory]
    [InlineData(2_000_000, 24_000, 20)]
    [InlineData(100_000, 24_000, 40)]
    [InlineData(60_000, 24_000, 60)]
    [InlineData(35_000, 18_000, 60)]
    public void Who_takes_no_red_gets_in_band_fec(int targetBps, int bitrateBps, int packetMs)
    {
        Run(seconds: 20, targetBps, 0.1, takesRed: false);
        _reception.Rung.Fec.ShouldBeTrue();
        (_reception.Rung.BitrateBps, _reception.Rung.Ticks * 20, _reception.Redundancy).ShouldBe((bitrateBps, packetMs, 0));

        Run(seconds: 30, targetBps, 0, takesRed: false);
        _reception.Rung.Fec.ShouldBeFalse();
    }

    [Fact]
    public void Below_what_fec_needs_there_is_none()
    {
        Run(seconds: 20, 25_000, 0.1, takesRed: false);
        (_reception.Rung.BitrateBps, _reception.Rung.Fec).ShouldBe((6_000, false));
    }

    [Fact]
    public void Who_saves_data_hears_as_on_a_slow_line()
    {
        Run(seconds: 10, null, savesData: true);
        _reception.Rung.BitrateBps.ShouldBe(16_000);
        Run(seconds: 10, null);
        _reception.Rung.ShouldBe(_ladder.Top);
    }

    private void Run(double seconds, long? targetBps, double loss = 0, bool takesRed = true, bool savesData = false)
    {
        var look = AudioStage.Tick * AudioReception.TicksPerLook;
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; _now += look)
        {
            _reception.Update(new LegNetwork(targetBps, loss, TimeSpan.Zero, TimeSpan.Zero), takesRed, savesData, _now);
        }
    }
}
