using Mcu.Codecs;
using Mcu.Load.Clips;
using Mcu.Load.Peers;
using Mcu.Load.Scenarios;
using Mcu.Media.Codecs;
using Shouldly;
using Xunit;

namespace Mcu.Load.Tests;

/// <summary>The generator against the server itself, for a moment: what it reports must be of this call. No figure is judged.</summary>
public sealed class SmokeTests
{
    /// <summary>Little to encode, so that a busy machine keeps up.</summary>
    private static readonly Dictionary<string, string> Settings = new()
    {
        ["MCU_CONFERENCE_WIDTH"] = "320",
        ["MCU_CONFERENCE_HEIGHT"] = "180",
        ["MCU_CONFERENCE_FRAMES_PER_SECOND"] = "10",
    };

    [Fact]
    public async Task A_handful_of_participants_hear_and_see_and_are_measured()
    {
        var codecs = new NativeCodecFactory();
        var library = new Library(codecs);
        var plans = LoadPlans.Visible(library, "smoke", 2, VideoCodec.Vp8, VideoCodec.H264).Select(plan => plan with { Listens = true });
        await using var crowd = new Crowd(await McuServer.StartAsync(Settings), codecs, settling: TimeSpan.FromSeconds(1));
        await crowd.JoinAsync(plans);
        var result = await crowd.Window.MeasureAsync(TimeSpan.FromSeconds(2));
        result.ServerCores.ShouldBeGreaterThan(0);
        result.Sound.LeastRate.ShouldBeGreaterThan(10);
        result.DelayMs.ShouldNotBeNull().Count.ShouldBeGreaterThan(0);
        result.Codecs.ShouldNotBeNull().CoresByKind["video_encode"].ShouldBeGreaterThan(0);
        result.VideoWaitP99Ms.ShouldNotBeNull();
        var pictures = result.Pictures.ShouldNotBeNull();
        pictures.Decoded.ShouldBeGreaterThan(0);
        pictures.Sizes.ShouldBe(["320x180"]);
    }
}
