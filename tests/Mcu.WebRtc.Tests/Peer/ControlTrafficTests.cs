using Mcu.Media;
using Mcu.WebRtc.Peer;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Peer;

public class ControlTrafficTests
{
    private static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);
    private readonly ControlTraffic _control = new();

    private static MediaTime At(double seconds) => MediaTime.FromMilliseconds(10_000 + (seconds * 1000));

    [Theory]
    [InlineData(null)]
    [InlineData(1_000_000)]
    public void On_a_path_that_is_not_narrow_nothing_waits(int? targetBps)
    {
        _control.SetTarget(targetBps);
        for (var i = 0; i < 100; i++)
        {
            _control.OnRepairAsked(100, At(0));
        }

        _control.IsOfNote.ShouldBeFalse();
        (_control.FreeAt <= At(0)).ShouldBeTrue();
        _control.ReportInterval(300, s_second).ShouldBe(s_second);
        _control.TakeUncounted().ShouldBe(100 * 148);
        _control.TakeUncounted().ShouldBe(0);
    }

    [Fact]
    public void On_a_narrow_one_reports_and_requests_take_a_fortieth_of_it_each()
    {
        _control.SetTarget(32_000);
        _control.IsOfNote.ShouldBeTrue();
        _control.FeedbackBps.ShouldBe(800);
        var asked = 0;
        for (var ms = 0; ms < 60_000; ms++)
        {
            if (_control.FreeAt <= At(ms / 1000.0))
            {
                asked++;
                _control.OnRepairAsked(52, At(ms / 1000.0));
            }
        }

        asked.ShouldBeInRange(60, 63, "100 bytes at 800 bit/s");
        _control.BpsAt(At(60)).ShouldBeInRange(600, 1300);
        _control.BpsAt(At(80)).ShouldBeLessThan(1);
        _control.ReportInterval(252, s_second).ShouldBe(TimeSpan.FromSeconds(3), TimeSpan.FromMilliseconds(1));
        _control.ReportInterval(1000, s_second).ShouldBe(TimeSpan.FromSeconds(5), "never rarer than that");
    }
}
