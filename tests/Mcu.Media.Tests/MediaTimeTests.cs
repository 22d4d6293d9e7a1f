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
}
