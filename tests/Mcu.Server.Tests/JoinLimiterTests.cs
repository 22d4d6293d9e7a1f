using System.Net;
using Mcu.Server.Access;
using Mcu.Server.Configuration;
using Microsoft.Extensions.Time.Testing;

namespace Mcu.Server.Tests;

public sealed class JoinLimiterTests
{
    private const int PerMinute = 6;
    private static readonly IPAddress Somebody = IPAddress.Parse("192.0.2.1");

    private readonly FakeTimeProvider _time = new();
    private readonly JoinLimiter _limiter;

    public JoinLimiterTests()
    {
        _limiter = new JoinLimiter(new McuOptions { Limits = { JoinsPerMinute = PerMinute } }, _time);
    }

    [Fact]
    public void A_minutes_joins_may_come_at_once_and_then_one_by_one()
    {
        Assert.Equal(PerMinute, TakeAll(Somebody, out var wait));
        Assert.Equal(TimeSpan.FromSeconds(10), wait);
        Assert.Equal(0, TakeAll(Somebody, out _));

        _time.Advance(wait);
        Assert.Equal(1, TakeAll(Somebody, out _));

        _time.Advance(TimeSpan.FromSeconds(35));
        Assert.Equal(3, TakeAll(Somebody, out wait));
        Assert.Equal(TimeSpan.FromSeconds(5), wait);

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(PerMinute, TakeAll(Somebody, out _));
    }

    [Fact]
    public void Each_source_is_counted_alone()
    {
        TakeAll(Somebody, out _);
        Assert.True(_limiter.TryTake(IPAddress.Parse("192.0.2.2"), out _));
        Assert.True(_limiter.TryTake(null, out _));
    }

    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")]
    public void One_subscriber_is_one_source(string one, string other)
    {
        TakeAll(IPAddress.Parse(one), out _);
        Assert.False(_limiter.TryTake(IPAddress.Parse(other), out _));
    }

    [Fact]
    public void The_number_of_sources_remembered_is_bounded()
    {
        TakeAll(Somebody, out _);
        for (var i = 1; i < JoinLimiter.MaxSources; i++)
        {
            Assert.True(_limiter.TryTake(new IPAddress(0x0A000000L + i), out _));
        }

        Assert.False(_limiter.TryTake(Somebody, out _));
        Assert.True(_limiter.TryTake(IPAddress.Parse("198.51.100.7"), out _));
        Assert.True(_limiter.TryTake(Somebody, out _));
    }

    /// <summary>How many joins are let through before one is refused.</summary>
    private int TakeAll(IPAddress source, out TimeSpan retryAfter)
    {
        var taken = 0;
        while (_limiter.TryTake(source, out retryAfter))
        {
            taken++;
        }

        return taken;
    }
}
