using Mcu.Load.Scenarios;
using Shouldly;
using Xunit;

namespace Mcu.Load.Tests;

public sealed class RampSearchTests
{
    [Theory]
    [InlineData(100, 1)]
    [InlineData(2000, 1)]
    [InlineData(3, 1)]
    [InlineData(1000, 5)]
    [InlineData(37, 2)]
    public void What_is_found_is_good_and_a_tenth_more_is_not(int largest, int step)
    {
        var search = new RampSearch(100, 5000, step);
        var tries = Run(search, largest);
        search.Largest.ShouldBeLessThanOrEqualTo(largest);
        (search.Largest + Math.Max(search.Largest / 10, step)).ShouldBeGreaterThanOrEqualTo(largest);
        tries.Count.ShouldBeLessThan(14);
        tries.ShouldAllBe(number => number % step == 0);
    }

    [Fact]
    public void Where_everything_is_good_the_limit_is_found()
    {
        var search = new RampSearch(100, 1000);
        Run(search, int.MaxValue).ShouldBe([100, 200, 400, 800, 1000]);
        search.Largest.ShouldBe(1000);
    }

    [Fact]
    public void Where_nothing_is_good_the_search_ends_with_nothing()
    {
        var search = new RampSearch(10, 1000, step: 2);
        Run(search, 0).ShouldBe([10, 4, 2]);
        search.Largest.ShouldBe(0);
    }

    [Fact]
    public void Small_numbers_are_grown_one_by_one_and_found_exactly()
    {
        var search = new RampSearch(1, 100, factor: 1.2);
        Run(search, 4).ShouldBe([1, 2, 3, 4, 5]);
        search.Largest.ShouldBe(4);
    }

    private static List<int> Run(RampSearch search, int largest)
    {
        var tries = new List<int>();
        while (search.Next is { } number)
        {
            tries.Add(number);
            search.Report(number <= largest);
        }

        return tries;
    }
}
