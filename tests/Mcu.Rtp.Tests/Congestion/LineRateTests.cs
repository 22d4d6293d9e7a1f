using Mcu.Media;
using Mcu.Rtp.Congestion;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Congestion;

/// <summary>What is taken for a line's rate.</summary>
public class LineRateTests
{
    private readonly BusyRate _busy = new();
    private readonly RateMeter _meter = new();
    private long _bytesUpTo;

    private static MediaTime At(double ms) => MediaTime.FromMilliseconds(10_000 + ms);

    private void Arrive(int bytes, double atMs, double waitedMs, int lostBefore = 0)
    {
        _bytesUpTo += lostBefore + bytes;
        var packet = new SentPacket { Bytes = (ushort)bytes, BytesUpTo = _bytesUpTo };
        _busy.Add(packet, At(atMs), TimeSpan.FromMilliseconds(waitedMs));
    }

    [Fact]
    public void Packets_that_waited_one_behind_the_other_tell_the_rate_whatever_was_sent_before()
    {
        Arrive(100, 0, 0);
        _busy.Rate().ShouldBe(0);
        for (var i = 1; i <= 5; i++)
        {
            Arrive(500, i * 40, 30 + (i * 10)); // 500 bytes in 40 ms
        }

        _busy.Rate().ShouldBe(100_000, 1);
    }

    [Fact]
    public void Who_did_not_wait_and_who_follows_a_lost_one_tells_nothing()
    {
        for (var i = 1; i <= 5; i++)
        {
            Arrive(500, i * 40, 10);
        }

        for (var i = 6; i <= 12; i++)
        {
            Arrive(500, i * 80, 60, lostBefore: 500);
        }

        _busy.Rate().ShouldBe(0);
    }

    [Fact]
    public void What_was_a_second_ago_is_forgotten()
    {
        for (var i = 1; i <= 8; i++)
        {
            Arrive(500, i * 40, 60);
        }

        Arrive(100, 2000, 0);
        _busy.Rate().ShouldBe(0);
    }

    [Fact]
    public void A_line_on_which_packets_are_rare_is_measured_and_one_that_stood_still_is_measured_anew()
    {
        for (var i = 0; i < 60; i++)
        {
            _meter.Add(1200, At(i * 300)); // each takes 300 ms of 32 kbit/s
        }

        _meter.Rate().ShouldBeInRange(25_000, 40_000);
        for (var i = 0; i < 60; i++)
        {
            _meter.Add(400, At(20_000 + (i * 20)));
        }

        _meter.Add(400, At(20_000 + (60 * 20) + 400));
        _meter.Rate().ShouldBe(0);
    }
}
