using Mcu.Conference.Legs;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

/// <summary>What is heard of a change of rung in the middle of a steady tone.</summary>
public sealed class RungSoundTests : IDisposable
{
    private const int Rate = 48_000;
    private const double ToneHz = 440;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly ConferenceRig _rig = new();
    private readonly TestMember _listener;

    public RungSoundTests()
    {
        _rig.Join("talker", ConferenceRig.AudioOnly, ToneHz);
        _listener = _rig.Join("listener", ConferenceRig.ListenOnly);
        // Others are on either rung, so that their encodes have a past of their own.
        _rig.Join("near", ConferenceRig.ListenOnly);
        Set(_rig.Join("slow", ConferenceRig.ListenOnly), 32_000);
        Set(_rig.Join("slower", ConferenceRig.ListenOnly), 60_000);
    }

    public void Dispose() => _rig.Dispose();

    [Theory]
    [InlineData(300_000, 32_000)]
    [InlineData(300_000, 60_000)]
    [InlineData(300_000, 100_000)]
    [InlineData(32_000, 300_000)]
    [InlineData(60_000, 300_000)]
    [InlineData(32_000, 60_000)]
    [InlineData(60_000, 40_000)]
    [InlineData(40_000, 32_000)]
    [InlineData(60_000, 32_000)]
    [InlineData(100_000, 150_000)]
    public void It_costs_no_click_and_no_hole(long from, long to)
    {
        var ownStep = 2 * Math.PI * ToneHz / Rate * 0.2;
        var (step, weakest, loudest) = (0.0, 0.0, -100.0);
        for (var i = 0; i < 4; i++)
        {
            // Every time at another phase of the tone.
            Set(_listener, from);
            _rig.Run(s_tick * (230 + i));
            var before = _listener.Heard.Count;
            Set(_listener, to);
            _rig.Run(s_tick * 230);
            float[] around = [.. _listener.Heard.Skip(before - 4800)];
            step = Math.Max(step, Tone.LargestStep(around) / ownStep);
            var levels = around.Chunk(240).Select(piece => Tone.Decibels(Tone.Rms(piece)) - Tone.Decibels(0.2 / Math.Sqrt(2))).ToList();
            (weakest, loudest) = (Math.Min(weakest, levels.Min()), Math.Max(loudest, levels.Max()));
        }

        var measured = $"{from} to {to}: step {step:F2}, {weakest:F1} to {loudest:F1} dB";
        // At 9 kbit/s a steady tone alone has steps of 1.47. Measured: -1.4 to 1.2 dB between low rungs, -5.5 to 2.0 dB from the top to the lowest.
        step.ShouldBeLessThan(1.55, measured);
        weakest.ShouldBeGreaterThan(Math.Max(from, to) < 200_000 ? -2.5 : -7, measured);
        loudest.ShouldBeLessThan(3, measured);
    }

    private static void Set(TestMember member, long targetBps) => member.Network = LegNetwork.Unlimited with { TargetBps = targetBps };
}
