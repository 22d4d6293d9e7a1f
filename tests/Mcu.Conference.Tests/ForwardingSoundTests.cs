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
        _talker.StatesLevel = true;
        _listener = _rig.Join("listener", ConferenceRig.ListenOnly);
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void Leaving_in_the_middle_of_a_tone_costs_a_moment_without_a_click()
    {
        var (noise, step) = (double.NegativeInfinity, 0.0);
        for (var i = 0; i < 10; i++)
        {
            // Every time at another phase of the tone: it has 8.8 periods in a tick.
            _rig.Run(s_tick * (30 + i));
            var around = AroundTheChange(() => EndByPhone(_rig));
            noise = Math.Max(noise, RestLevel(around));
            step = Math.Max(step, Tone.LargestStep(around));
            PauseAndResume();
        }

        var (ownStep, level) = (2 * Math.PI * ToneHz / Rate * 0.2, Tone.Decibels(0.2 / Math.Sqrt(2)));
        Console.WriteLine($"MEASURED leaving: rest {noise:0.0} dB of level {level:0.0} dB, step {step / ownStep:0.00} of the tone's");
        noise.ShouldBeLessThan(level - 6);
        step.ShouldBeLessThan(ownStep * 1.5);
    }

    [Fact]
    public void Entering_at_a_quiet_moment_is_not_heard()
    {
        using var decoding = new ConferenceRig();
        var talker = decoding.Join("talker", ConferenceRig.AudioOnly, ToneHz);
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
        Console.WriteLine(
            $"MEASURED entering: step {Tone.LargestStep(quiet)} against {Tone.LargestStep(quietDecoded)}; rms {Tone.Decibels(Tone.Rms(quiet))}, {Tone.Decibels(Tone.Rms(quietDecoded))}"
        );
        _talker.PayloadsSent.TakeLast(5).Any(sent => sent.SequenceEqual(_listener.PayloadsHeard[^1])).ShouldBeTrue();
        Tone.LargestStep(quiet).ShouldBeLessThan(Tone.LargestStep(quietDecoded) * 2);
        Tone.LevelDb(loud, ToneHz, Rate).ShouldBe(Tone.Decibels(0.2), 0.5);
    }

    [Fact]
    public void A_loss_that_ends_it_is_concealed_with_what_came_before()
    {
        _rig.Run(s_tick * 50);
        var around = AroundTheChange(() => _talker.PacketsToLose = 1);

        // The tone is concealed from its own past: it goes on, and is not cut out.
        var weakest = around.Chunk(480).Where(piece => piece.Length == 480).Min(piece => Tone.Decibels(Tone.Rms(piece)));
        Console.WriteLine($"MEASURED loss: weakest 10 ms {weakest:0.0} dB, step {Tone.LargestStep(around):0.000}");
        weakest.ShouldBeGreaterThan(Tone.Decibels(0.2 / Math.Sqrt(2)) - 6);
    }

    private static float[] Quiet(TestMember member) => [.. member.Heard.Skip(Rate * 110 / 100).Take(Rate * 34 / 100)];

    /// <summary>Ends it by itself and changes nothing that others hear.</summary>
    private static TestMember EndByPhone(ConferenceRig rig) =>
        rig.Join("phone", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcmu });

    /// <summary>What the listener hears from 20 ms before the first tick that is not handed on to 100 ms after it.</summary>
    private float[] AroundTheChange(Action change)
    {
        var before = _listener.Heard.Count;
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

    /// <summary>Level, in dB, of the loudest 10 ms of what is left when the tone is taken out: steps of phase and gain, and noise.</summary>
    private static double RestLevel(float[] samples)
    {
        // A pure tone obeys x[n+1] + x[n-1] = 2 cos(w) x[n].
        var twice = 2 * Math.Cos(2 * Math.PI * ToneHz / Rate);
        var worst = 0.0;
        for (var start = 0; start + 482 <= samples.Length; start += 240)
        {
            var window = samples.AsSpan(start, 482);
            var energy = 0.0;
            for (var i = 1; i < window.Length - 1; i++)
            {
                var rest = window[i + 1] + window[i - 1] - (twice * window[i]);
                energy += rest * rest;
            }

            worst = Math.Max(worst, Math.Sqrt(energy / 480));
        }

        return Tone.Decibels(worst);
    }
}
