using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

public sealed class AudioConferenceTests
{
    private const int Rate = 48_000;

    [Fact]
    public void Everybody_hears_the_others_and_nobody_hears_himself()
    {
        using var rig = new ConferenceRig();
        TestMember[] members =
        [
            rig.Join("a", ConferenceRig.AudioOnly, 440),
            rig.Join("b", ConferenceRig.AudioOnly, 660),
            rig.Join("c", ConferenceRig.AudioOnly, 1170),
        ];

        rig.Run(TimeSpan.FromSeconds(2));

        foreach (var member in members)
        {
            var heard = LastSecond(member);
            var own = Tone.LevelDb(heard, member.ToneHz, Rate);
            foreach (var other in members.Where(m => m != member))
            {
                (Tone.LevelDb(heard, other.ToneHz, Rate) - own).ShouldBeGreaterThan(
                    40,
                    $"{member.Participant.Name} hears {other.Participant.Name}"
                );
            }
        }
    }

    [Fact]
    public void A_listener_gets_one_packet_every_20_ms_whether_somebody_talks_or_not()
    {
        using var rig = new ConferenceRig();
        var listener = rig.Join("listener", ConferenceRig.ListenOnly);

        rig.Run(TimeSpan.FromSeconds(1));
        rig.Join("talker", ConferenceRig.AudioOnly);
        rig.Run(TimeSpan.FromSeconds(1));

        listener.AudioFrames.ShouldBeInRange(99, 100);
        rig.Conference.MissedAudioTicks.ShouldBe(0);
    }

    [Fact]
    public void Ticks_that_come_late_are_counted_and_far_too_late_ones_are_missed()
    {
        using var rig = new ConferenceRig();
        rig.Join("listener", ConferenceRig.ListenOnly);
        foreach (var milliseconds in new[] { 20, 50, 71, 80 })
        {
            rig.Conference.Run(rig.Scheduler.Now + TimeSpan.FromMilliseconds(milliseconds));
        }

        (rig.Conference.AudioTicks, rig.Conference.LateAudioTicks, rig.Conference.MissedAudioTicks).ShouldBe((4, 1, 0));
        rig.Scheduler.Now += TimeSpan.FromMilliseconds(400);
        rig.Conference.Run(rig.Scheduler.Now);
        (rig.Conference.AudioTicks, rig.Conference.LateAudioTicks, rig.Conference.MissedAudioTicks).ShouldBe((5, 2, 15));
    }

    [Fact]
    public void Listeners_share_one_encode()
    {
        using var rig = new ConferenceRig();
        rig.Join("talker", ConferenceRig.AudioOnly);
        for (var i = 0; i < 20; i++)
        {
            rig.Join($"listener {i}", ConferenceRig.ListenOnly);
        }

        rig.Run(TimeSpan.FromSeconds(1));

        rig.Conference.AudioEncodesLastTick.ShouldBe(2);
    }

    [Fact]
    public void Who_is_muted_is_not_heard()
    {
        using var rig = new ConferenceRig();
        var talker = rig.Join("talker", ConferenceRig.AudioOnly, 440);
        var listener = rig.Join("listener", ConferenceRig.ListenOnly);
        rig.Run(TimeSpan.FromSeconds(1));
        Tone.LevelDb(LastSecond(listener), 440, Rate).ShouldBeGreaterThan(-30);

        rig.Conference.Mute(talker.Participant, video: false, MutedBy.Room);
        rig.Run(TimeSpan.FromSeconds(1.5));

        Tone.LevelDb(LastSecond(listener), 440, Rate).ShouldBeLessThan(-80);
    }

    [Fact]
    public void Phone_codecs_hear_the_same_mix()
    {
        using var rig = new ConferenceRig();
        rig.Join("talker", ConferenceRig.AudioOnly, 660);
        var narrow = rig.Join("narrow", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcmu });
        var wide = rig.Join("wide", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.G722 });

        rig.Run(TimeSpan.FromSeconds(2));

        Tone.LevelDb([.. narrow.Heard.TakeLast(8000)], 660, 8000).ShouldBeGreaterThan(-25);
        Tone.LevelDb([.. wide.Heard.TakeLast(16_000)], 660, 16_000).ShouldBeGreaterThan(-25);
    }

    [Fact]
    public void Many_loud_talkers_are_limited_and_not_clipped()
    {
        using var rig = new ConferenceRig();
        for (var i = 0; i < 10; i++)
        {
            rig.Join($"talker {i}", ConferenceRig.AudioOnly, 300 + (97 * i));
        }

        var listener = rig.Join("listener", ConferenceRig.ListenOnly);

        rig.Run(TimeSpan.FromSeconds(2));

        var heard = LastSecond(listener);
        heard.Max(Math.Abs).ShouldBeLessThan(1.0f);
        Tone.LevelDb(heard, 300, Rate).ShouldBeGreaterThan(-35);
    }

    [Fact]
    public void Changing_between_the_shared_and_the_own_mix_is_not_heard()
    {
        using var rig = new ConferenceRig();
        rig.Join("steady", ConferenceRig.AudioOnly, 440);
        var listener = rig.Join("listener", ConferenceRig.ListenOnly);
        var now_and_then = rig.Join("now and then", ConferenceRig.AudioOnly, 1000, talks: false);
        rig.Run(TimeSpan.FromSeconds(2));
        var before = now_and_then.Heard.Count;

        for (var i = 0; i < 6; i++)
        {
            rig.Talking.Add(now_and_then);
            rig.Run(TimeSpan.FromSeconds(0.5));
            rig.Conference.AudioEncodesLastTick.ShouldBe(3);
            rig.Talking.Remove(now_and_then);
            rig.Run(TimeSpan.FromSeconds(1.5));
            rig.Conference.AudioEncodesLastTick.ShouldBe(2);
        }

        // The one steady tone is all that he ever hears, so whatever is not that tone comes from the changes.
        var heard = now_and_then.Heard.Skip(before).ToArray();
        WorstNoise(heard).ShouldBeLessThan(WorstNoise([.. listener.Heard.Take(before).TakeLast(Rate)]) + 6);
        AudioLevelOf(heard).ShouldBe(AudioLevelOf([.. listener.Heard.Take(before).TakeLast(Rate)]), 0.5);
    }

    [Fact]
    public void Of_many_talkers_the_loudest_are_mixed_and_the_others_share_one_encode()
    {
        using var rig = new ConferenceRig();
        for (var i = 0; i < 40; i++)
        {
            rig.Join($"talker {i}", ConferenceRig.AudioOnly, 300 + (40 * i));
        }

        rig.Run(TimeSpan.FromSeconds(2));

        rig.Conference.AudioEncodesLastTick.ShouldBe(17);
    }

    [Fact]
    public void Whoever_talks_becomes_the_active_speaker()
    {
        using var rig = new ConferenceRig();
        var first = rig.Join("first", ConferenceRig.AudioOnly);
        var second = rig.Join("second", ConferenceRig.AudioOnly, talks: false);
        rig.Run(TimeSpan.FromSeconds(3));
        rig.Conference.ActiveSpeaker.ShouldBe(first.Participant);

        rig.Talking.Remove(first);
        rig.Talking.Add(second);
        rig.Run(TimeSpan.FromSeconds(4));

        rig.Conference.ActiveSpeaker.ShouldBe(second.Participant);
        rig.Events.ShouldContain("speaker second");
    }

    /// <summary>The loudest 10 ms, in dB, of what is left of a tone of 440 Hz when the tone is taken out.</summary>
    private static double WorstNoise(float[] samples)
    {
        var worst = double.NegativeInfinity;
        for (var start = 0; start + 480 <= samples.Length; start += 240)
        {
            var window = samples.AsSpan(start, 480);
            double energy = 0;
            for (var i = 1; i < window.Length - 1; i++)
            {
                // A pure tone obeys x[n+1] + x[n-1] = 2 cos(w) x[n].
                var rest = window[i + 1] + window[i - 1] - (2 * Math.Cos(2 * Math.PI * 440 / Rate) * window[i]);
                energy += rest * rest;
            }

            worst = Math.Max(worst, Tone.Decibels(Math.Sqrt(energy / window.Length)));
        }

        return worst;
    }

    private static double AudioLevelOf(float[] samples) => Tone.LevelDb(samples, 440, Rate);

    private static float[] LastSecond(TestMember member) => [.. member.Heard.TakeLast(Rate)];
}
