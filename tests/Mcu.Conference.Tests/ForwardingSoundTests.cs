using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

/// <summary>What is heard of the changes between packets that are handed on and the mix that is encoded.</summary>
public sealed class ForwardingSoundTests : IDisposable
{
    private const int Rate = 48_000;
    private const double ToneHz = 440;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly ConferenceRig _rig = new();
    private readonly TestMember _talker;
    private readonly TestMember _listener;

    public ForwardingSoundTests()
    {
        _talker = _rig.Join("talker", ConferenceRig.AudioOnly, ToneHz);
        _talker.SpeakLikeABrowser();
        _listener = _rig.Join("listener", ConferenceRig.ListenOnly);
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Leaving_in_the_middle_of_a_tone_costs_a_moment_without_a_click()
    {
        var ownStep = 2 * Math.PI * ToneHz / Rate * 0.2;
        var (rest, step, weakest, loudest) = (double.NegativeInfinity, 0.0, 0.0, -100.0);
        for (var i = 0; i < 10; i++)
        {
            // Every time at another phase of the tone: it has 8.8 periods in a tick.
            _rig.Run(s_tick * (30 + i));
            var around = AroundTheChange(() => EndByPhone(_rig));
            rest = Math.Max(rest, RestLevel(around.AsSpan(0, 1920)));
            step = Math.Max(step, Tone.LargestStep(around));
            var levels = around.Chunk(240).Select(piece => Tone.Decibels(Tone.Rms(piece)) - Tone.Decibels(0.2 / Math.Sqrt(2))).ToList();
            (weakest, loudest) = (Math.Min(weakest, levels.Min()), Math.Max(loudest, levels.Max()));
            PauseAndResume();
        }

        // Measured: -4.8 dB (the step of phase), -2.8 to 0.4 dB, 1.11.
        rest.ShouldBeLessThan(-4);
        weakest.ShouldBeGreaterThan(-4);
        loudest.ShouldBeLessThan(1);
        step.ShouldBeLessThan(ownStep * 1.3);
    }

    [Fact]
    public void Entering_at_a_quiet_moment_is_not_heard()
    {
        using var decoding = new ConferenceRig();
        var talker = decoding.Join("talker", ConferenceRig.AudioOnly, ToneHz);
        talker.SpeakLikeABrowser();
        talker.StatesLevel = false;
        var listener = decoding.Join("listener", ConferenceRig.ListenOnly);
        foreach (var (rig, voice) in new[] { (_rig, _talker), (decoding, talker) })
        {
            // A loss would forbid it, a phone only while it is there.
            rig.Run(s_tick * 25);
            var phone = EndByPhone(rig);
            rig.Run(s_tick * 25);
            rig.Leave(phone);
            phone.Dispose();
            voice.Gain = 0.01f;
            rig.Run(s_tick * 25);
            voice.Gain = 1;
            rig.Run(s_tick * 25);
        }

        var quiet = Quiet(_listener);
        var quietDecoded = Quiet(listener);
        float[] loud = [.. _listener.Heard.TakeLast(Rate / 4)];
        _talker.PayloadsSent.TakeLast(5).Any(sent => sent.SequenceEqual(_listener.PayloadsHeard[^1])).ShouldBeTrue();
        Tone.LargestStep(quiet).ShouldBeLessThan(Tone.LargestStep(quietDecoded) * 1.1);
        Tone.LevelDb(loud, ToneHz, Rate).ShouldBe(Tone.Decibels(0.2), 0.5);
    }

    [Fact]
    public void A_loss_that_ends_it_is_concealed_with_what_came_before()
    {
        _rig.Run(s_tick * 50);
        var around = AroundTheChange(() => _talker.PacketsToLose = 1);

        // The tone goes on from its own past and fades; a decoder without a past would cut it off.
        var ownStep = 2 * Math.PI * ToneHz / Rate * 0.2;
        Tone.LargestStep(around).ShouldBeLessThan(ownStep * 2);
    }

    private static float[] Quiet(TestMember member) => [.. member.Heard.Skip(Rate * 110 / 100).Take(Rate * 34 / 100)];

    /// <summary>Ends it by itself and changes nothing that others hear.</summary>
    private static TestMember EndByPhone(ConferenceRig rig) =>
        rig.Join("phone", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcmu });

    /// <summary>What the listener hears from 20 ms before the first tick that is not handed on to 100 ms after it.</summary>
    private float[] AroundTheChange(Action change)
    {
        var before = _listener.Heard.Count;
        _talker.PayloadsSent.TakeLast(5).Any(sent => sent.SequenceEqual(_listener.PayloadsHeard[^1])).ShouldBeTrue("handed on");
        change();
        _rig.Run(s_tick * 8);
        return [.. _listener.Heard.Skip(before - 960).Take(960 * 6)];
    }

    private void PauseAndResume()
    {
        foreach (var phone in _rig.Conference.Participants.Where(p => p.Name == "phone").ToList())
        {
            _rig.Leave((TestMember)phone.Leg);
            ((TestMember)phone.Leg).Dispose();
        }

        _rig.Talking.Remove(_talker);
        _rig.Run(s_tick * 15);
        _rig.Talking.Add(_talker);
    }

    /// <summary>What is left, in dB of the tone, when the sine that fits best is taken out: steps of phase and gain as well as noise.</summary>
    private static double RestLevel(ReadOnlySpan<float> samples)
    {
        // 40 ms have 17.6 periods: sine and cosine are near enough to orthogonal.
        var (sine, cosine) = (0.0, 0.0);
        for (var i = 0; i < samples.Length; i++)
        {
            var (s, c) = Math.SinCos(2 * Math.PI * ToneHz * i / Rate);
            sine += 2 * samples[i] * s / samples.Length;
            cosine += 2 * samples[i] * c / samples.Length;
        }

        var energy = 0.0;
        for (var i = 0; i < samples.Length; i++)
        {
            var (s, c) = Math.SinCos(2 * Math.PI * ToneHz * i / Rate);
            var rest = samples[i] - (sine * s) - (cosine * c);
            energy += rest * rest;
        }

        return Tone.Decibels(Math.Sqrt(energy / samples.Length) / (0.2 / Math.Sqrt(2)));
    }
}
