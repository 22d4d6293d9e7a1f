using Mcu.Media;
using Shouldly;
using Xunit;

namespace Mcu.Transport.Tests;

/// <summary>Virtual time: jobs of given lengths that end on time or late.</summary>
public class VideoGovernorTests
{
    private const int Threads = 2;
    private const int LastStep = 5;

    private readonly VideoGovernor _governor = new(Threads, [2, 1, 0.8, 0.6, 0.4, 0.2]);
    private MediaTime _now = MediaTime.FromMilliseconds(100_000);

    [Fact]
    public void BeginsWithVideoAsAsked() => _governor.Step.ShouldBe(1);

    [Fact]
    public void LateJobsCostOneStepAfterAnother()
    {
        Run(seconds: 1.2, busyMs: 15, isLate: true);
        _governor.Step.ShouldBe(2);
        Run(seconds: 1.2, busyMs: 15, isLate: true);
        _governor.Step.ShouldBe(3);
        Run(seconds: 30, busyMs: 15, isLate: true);
        _governor.Step.ShouldBe(LastStep);
    }

    [Fact]
    public void OneHiccupCostsNothing()
    {
        Run(seconds: 0.5, busyMs: 15, isLate: true);
        Run(seconds: 5, busyMs: 15, isLate: false);
        _governor.Step.ShouldBe(1);
    }

    [Fact]
    public void ComesBackStepByStepWhenThereIsTimeToSpare()
    {
        Run(seconds: 3, busyMs: 15, isLate: true);
        var reduced = _governor.Step;
        reduced.ShouldBeGreaterThan(2);
        Run(seconds: 3.6, busyMs: 5, isLate: false);
        _governor.Step.ShouldBe(reduced - 1);
        Run(seconds: 60, busyMs: 5, isLate: false);
        _governor.Step.ShouldBe(1, "a quarter of the time is too much to spend more on each picture");
    }

    [Fact]
    public void AnIdleMachineMakesSharperPictures()
    {
        Run(seconds: 10, busyMs: 1, isLate: false);
        _governor.Step.ShouldBe(0);
        Run(seconds: 1.2, busyMs: 15, isLate: true);
        _governor.Step.ShouldBe(1);
    }

    [Fact]
    public void StaysWhereItIsWhileBusyAndOnTime()
    {
        Run(seconds: 3, busyMs: 15, isLate: true);
        var reduced = _governor.Step;
        Run(seconds: 60, busyMs: 16, isLate: false);
        _governor.Step.ShouldBe(reduced);
    }

    [Fact]
    public void AStepBackThatWasWrongMakesTheNextWaitLonger()
    {
        Run(seconds: 3, busyMs: 15, isLate: true);
        var fits = _governor.Step;
        var steppedBack = 0;
        var before = fits;
        for (var i = 0; i < 120 * 4; i++)
        {
            // What fits is far from busy, and one step less reduced is too much.
            Run(seconds: 0.25, busyMs: _governor.Step < fits ? 15 : 5, isLate: _governor.Step < fits);
            steppedBack += _governor.Step < before ? 1 : 0;
            before = _governor.Step;
        }

        steppedBack.ShouldBeInRange(2, 6); // after 3, 6, 12, 24 and 48 s
    }

    [Fact]
    public void WithoutVideoForAWhileItForgets()
    {
        Run(seconds: 5, busyMs: 15, isLate: true);
        _governor.Step.ShouldBeGreaterThan(2);
        _now += TimeSpan.FromSeconds(11);
        Run(seconds: 0.1, busyMs: 5, isLate: false);
        _governor.Step.ShouldBe(1);
    }

    [Fact]
    public void NeverGoesBeyondItsLastStep()
    {
        var governor = new VideoGovernor(1, [1, 1]);
        for (var i = 0; i < 1000; i++)
        {
            _now += TimeSpan.FromMilliseconds(10);
            governor.OnJob(_now - TimeSpan.FromMilliseconds(5), _now - TimeSpan.FromMilliseconds(10), _now);
        }

        governor.Step.ShouldBe(1);
    }

    /// <summary>One job every 10 ms, so that 20 ms of busy time are all of two threads.</summary>
    private void Run(double seconds, double busyMs, bool isLate)
    {
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; )
        {
            _now += TimeSpan.FromMilliseconds(10);
            var deadline = _now + TimeSpan.FromMilliseconds(isLate ? -1 : 1);
            _governor.OnJob(deadline, _now - TimeSpan.FromMilliseconds(busyMs), _now);
        }
    }
}
