using CsCheck;

namespace Mcu.Media.Tests;

public sealed class MediaTimeTests
{
    [Fact]
    public void Time_and_durations_add_up()
    {
        var start = MediaTime.FromMilliseconds(1000);

        var later = start + TimeSpan.FromMilliseconds(20);

        (later - start).ShouldBe(TimeSpan.FromMilliseconds(20));
        (later > start).ShouldBeTrue();
        MediaTime.Min(start, later).ShouldBe(start);
        MediaTime.Max(start, MediaTime.Never).ShouldBe(MediaTime.Never);
    }

    [Fact]
    public void Rtp_units_of_adjacent_ticks_are_exact_for_weeks() =>
        Gen.Long[0, 7L * 24 * 3600 * 50]
            .Sample(tick =>
            {
                var time = new MediaTime(tick * 20 * TimeSpan.TicksPerMillisecond);
                time.ToRtpUnits(48_000).ShouldBe(tick * 960);
                time.ToRtpUnits(90_000).ShouldBe(tick * 1800);
            });

    [Fact]
    public void Rounding_up_gives_the_first_multiple_that_is_not_before() =>
        Gen.Select(Gen.Long[-1_000_000, 1_000_000_000], Gen.Long[1, 1_000_000])
            .Sample(
                (ticks, step) =>
                {
                    var rounded = new MediaTime(ticks).RoundUp(new TimeSpan(step)).Ticks;
                    (rounded % step).ShouldBe(0);
                    (rounded - ticks).ShouldBeInRange(0, step - 1);
                }
            );

    [Fact]
    public void Never_stays_never() => MediaTime.Never.RoundUp(TimeSpan.FromMilliseconds(5)).ShouldBe(MediaTime.Never);
}
