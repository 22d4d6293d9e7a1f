using CsCheck;
using Mcu.Media;
using Mcu.Sip.Transactions;
using Shouldly;
using Xunit;

namespace Mcu.Sip.Tests.Transactions;

public sealed class TimerTests
{
    [Fact]
    public void Timers_fire_in_the_order_of_time_whatever_is_set_and_cleared()
    {
        Gen.Select(Gen.Int[0, 19], Gen.Int[-1, 50])
            .Array[1, 200]
            .Sample(steps =>
            {
                var timers = new SipTimers();
                var fired = new List<int>();
                var all = new SipTimer[20];
                var times = new int?[20];
                for (var i = 0; i < all.Length; i++)
                {
                    var index = i;
                    all[i] = new SipTimer(_ => fired.Add(index));
                }

                foreach (var (index, time) in steps)
                {
                    times[index] = time < 0 ? null : time;
                    timers.Set(all[index], time < 0 ? MediaTime.Never : MediaTime.FromMilliseconds(time));
                }

                timers.Count.ShouldBe(times.Count(time => time is not null));
                timers.NextDeadline.ShouldBe(times.Min() is { } first ? MediaTime.FromMilliseconds(first) : MediaTime.Never);
                timers.Run(MediaTime.FromMilliseconds(25));
                fired.Select(index => times[index]!.Value).ShouldBe(fired.Select(index => times[index]!.Value).Order());
                fired.Order().ShouldBe(Enumerable.Range(0, 20).Where(index => times[index] <= 25));
                timers.Count.ShouldBe(times.Count(time => time > 25));
            });
    }

    [Fact]
    public void A_timer_that_sets_itself_for_now_does_not_hold_the_caller()
    {
        var timers = new SipTimers();
        SipTimer? timer = null;
        var count = 0;
        timer = new SipTimer(now =>
        {
            count++;
            timers.Set(timer!, now);
        });
        timers.Set(timer, MediaTime.Zero);
        timers.Run(MediaTime.Zero);
        count.ShouldBe(1);
    }
}
