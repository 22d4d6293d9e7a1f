using Mcu.Conference.Legs;
using Mcu.Media.Codecs;
using Mcu.Rtp;
using Mcu.Rtp.Rtcp;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

/// <summary>When the packets of a lone voice are handed on as they came, and when not.</summary>
public sealed class ForwardingTests : IDisposable
{
    private const int Rate = 48_000;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly ConferenceRig _rig = new();
    private readonly TestMember _talker;
    private readonly TestMember _listener;

    public ForwardingTests()
    {
        _talker = Join("talker", 440);
        _listener = _rig.Join("listener", ConferenceRig.ListenOnly);
    }

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void A_lone_voice_arrives_as_it_was_sent_and_hears_silence()
    {
        var other = _rig.Join("other", ConferenceRig.ListenOnly);
        _rig.Run(TimeSpan.FromSeconds(2));

        foreach (var member in new[] { _listener, other })
        {
            var voice = member.PayloadsHeard.SkipWhile(p => !p.SequenceEqual(_talker.PayloadsSent[0])).ToList();
            voice.Count.ShouldBeGreaterThan(95);
            voice.Zip(_talker.PayloadsSent).All(pair => pair.First.SequenceEqual(pair.Second)).ShouldBeTrue();
        }

        _talker.Heard.Max(Math.Abs).ShouldBeLessThan(0.0001f);
        _talker.AudioFrames.ShouldBe(_listener.AudioFrames);
        _talker.Participant.Microphone!.Level.ShouldBeInRange(16, 18);
        _rig.Conference.ActiveSpeaker.ShouldBe(_talker.Participant);
    }

    [Fact]
    public void A_second_voice_ends_it_within_the_tick_and_both_are_heard_but_by_themselves()
    {
        var second = Join("second", 1000, talks: false);
        _rig.Run(TimeSpan.FromSeconds(1));
        IsForwarded().ShouldBeTrue();
        _rig.Talking.Add(second);
        for (var i = 0; i < 10; i++)
        {
            _rig.Run(s_tick);
            (IsForwarded() && second.Participant.MixSlot >= 0).ShouldBeFalse();
        }

        IsForwarded().ShouldBeFalse();
        _rig.Run(TimeSpan.FromSeconds(1.5));
        (LevelAt(_listener, 440), LevelAt(_listener, 1000)).ShouldBe((-14, -14));
        LevelAt(_talker, 1000).ShouldBe(-14);
        LevelAt(second, 440).ShouldBe(-14);
        Tone.LevelDb(LastSecond(_talker), 440, Rate).ShouldBeLessThan(-60);
        Tone.LevelDb(LastSecond(second), 1000, Rate).ShouldBeLessThan(-60);

        _rig.Talking.Remove(second);
        _rig.Run(TimeSpan.FromSeconds(6));
        IsForwarded().ShouldBeFalse("a change in the middle of a voice would be heard");
        _rig.Talking.Remove(_talker);
        _rig.Run(s_tick * 10);
        _rig.Talking.Add(_talker);
        _rig.Run(s_tick * 10);
        IsForwarded().ShouldBeTrue();
    }

    [Fact]
    public void A_loss_ends_it_for_ten_seconds()
    {
        _rig.Run(TimeSpan.FromSeconds(1));
        _talker.PacketsToLose = 1;
        _rig.Run(TimeSpan.FromSeconds(1));
        IsForwarded().ShouldBeFalse();

        PauseAndResume();
        IsForwarded().ShouldBeFalse("a loss was a moment ago");
        _rig.Run(TimeSpan.FromSeconds(10));
        IsForwarded().ShouldBeFalse("the voice was never quiet");
        PauseAndResume();
        IsForwarded().ShouldBeTrue();
    }

    [Fact]
    public void A_phone_that_listens_prevents_it()
    {
        _rig.Run(TimeSpan.FromSeconds(1));
        IsForwarded().ShouldBeTrue();
        var phone = _rig.Join("phone", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcmu });
        _rig.Run(s_tick);
        IsForwarded().ShouldBeFalse();
        _rig.Run(TimeSpan.FromSeconds(1.5));
        Tone.LevelDb([.. phone.Heard.TakeLast(8000)], 440, 8000).ShouldBeGreaterThan(-20);
        LevelAt(_listener, 440).ShouldBe(-14);

        _rig.Leave(phone);
        phone.Dispose();
        PauseAndResume();
        IsForwarded().ShouldBeTrue();
    }

    [Fact]
    public void Who_does_not_state_his_level_is_not_handed_on()
    {
        _talker.StatesLevel = false;
        _rig.Run(TimeSpan.FromSeconds(1));
        IsForwarded().ShouldBeFalse();
        LevelAt(_listener, 440).ShouldBe(-14);
    }

    [Fact]
    public void Who_is_muted_is_not_heard_and_is_handed_on_when_he_is_heard_again()
    {
        _rig.Run(TimeSpan.FromSeconds(1));
        _rig.Conference.Mute(_talker.Participant, video: false, MutedBy.Room);
        _rig.Run(TimeSpan.FromSeconds(1.2));
        Tone.LevelDb(LastSecond(_listener), 440, Rate).ShouldBeLessThan(-80);

        _rig.Conference.Mute(_talker.Participant, video: false, MutedBy.Nobody);
        _rig.Run(s_tick * 5);
        IsForwarded().ShouldBeTrue();
    }

    [Fact]
    public void A_pause_of_the_talker_is_silence_and_he_goes_on_from_his_first_packet()
    {
        for (var i = 0; i < 5; i++)
        {
            _rig.Run(TimeSpan.FromSeconds(0.5));
            IsForwarded().ShouldBeTrue();
            _rig.Talking.Remove(_talker);
            _rig.Run(TimeSpan.FromSeconds(1.2));
            Tone.LevelDb(LastSecond(_listener), 440, Rate).ShouldBeLessThan(-80);
            _rig.Talking.Add(_talker);
        }

        var forwarded = _listener.PayloadsHeard.Count(p => _talker.PayloadsSent.Exists(sent => sent.SequenceEqual(p)));
        forwarded.ShouldBeInRange(_talker.PayloadsSent.Count - 5, _talker.PayloadsSent.Count);
    }

    [Fact]
    public void Who_joins_in_the_middle_hears_from_the_next_packet_and_who_leaves_is_gone()
    {
        _rig.Run(TimeSpan.FromSeconds(1));
        var late = _rig.Join("late", ConferenceRig.ListenOnly);
        _rig.Run(TimeSpan.FromSeconds(1.2));
        var others = _listener.PayloadsHeard.TakeLast(late.AudioFrames);
        late.PayloadsHeard.Zip(others).All(pair => pair.First.SequenceEqual(pair.Second)).ShouldBeTrue();
        IsForwarded().ShouldBeTrue();
        LevelAt(late, 440).ShouldBe(-14);

        _rig.Leave(_talker);
        _rig.Run(TimeSpan.FromSeconds(1.2));
        Tone.LevelDb(LastSecond(late), 440, Rate).ShouldBeLessThan(-80);
        _talker.Dispose();
    }

    [Fact]
    public void Sound_keeps_its_place_on_the_clock_of_its_sender()
    {
        using var decoding = new ConferenceRig();
        var decoded = decoding.Join("talker", ConferenceRig.AudioOnly, 440);
        for (var i = 0; i < 50; i++)
        {
            _rig.Run(s_tick);
            decoding.Run(s_tick);
            var report = new SenderInfo(
                1,
                NtpTimestamp.FromTicks(TimeSpan.FromMilliseconds((i * 20) + 90_000).Ticks),
                (uint)(5_000 + (i * 960)),
                1,
                1
            );
            Conference.OnSenderReport(_talker.Participant, TrackRole.Microphone, report, _rig.Scheduler.Now);
            Conference.OnSenderReport(decoded.Participant, TrackRole.Microphone, report, decoding.Scheduler.Now);
            var expected = decoded.Participant.Microphone!.TryGetPlayout(out var ticks);
            _talker.Participant.Microphone!.TryGetPlayout(out var forwardedTicks).ShouldBe(expected);
            forwardedTicks.ShouldBe(ticks);
        }

        IsForwarded().ShouldBeTrue();
        decoded.Participant.Microphone!.TryGetPlayout(out _).ShouldBeTrue();
    }

    [Fact]
    public void After_a_stall_it_waits_until_the_delay_is_what_it_was()
    {
        _rig.Run(TimeSpan.FromSeconds(2));
        var microphone = _talker.Participant.Microphone!;
        var before = microphone.Delay;
        IsForwarded().ShouldBeTrue();
        _talker.IsStalled = true;
        _rig.Run(TimeSpan.FromSeconds(0.3));
        _talker.IsStalled = false;
        _rig.Run(s_tick * 3);
        IsForwarded().ShouldBeFalse();
        (microphone.Delay - before).TotalMilliseconds.ShouldBeGreaterThan(200);

        _rig.Run(TimeSpan.FromSeconds(3));
        (microphone.Delay - before).TotalMilliseconds.ShouldBeLessThan(20);
        microphone.Playout.Accelerations.ShouldBeGreaterThan(10);
        LevelAt(_listener, 440).ShouldBe(-14);

        PauseAndResume();
        IsForwarded().ShouldBeTrue();
        (microphone.Delay - before).TotalMilliseconds.ShouldBeLessThan(20);
    }

    [Fact]
    public void Where_sound_must_be_played_slower_it_is_decoded_until_a_quiet_moment_comes()
    {
        _rig.Run(TimeSpan.FromSeconds(2));
        IsForwarded().ShouldBeTrue();
        var microphone = _talker.Participant.Microphone!;
        var before = microphone.Delay;
        _rig.Run(s_tick);
        HoldFor(microphone, milliseconds: 50, TimeSpan.FromSeconds(1.5));
        IsForwarded().ShouldBeTrue("a quiet moment may come");
        HoldFor(microphone, milliseconds: 50, TimeSpan.FromSeconds(2));
        IsForwarded().ShouldBeFalse();
        (microphone.Delay - before).TotalMilliseconds.ShouldBe(50, 25);
        microphone.Playout.Expansions.ShouldBeGreaterThan(1);

        _talker.Gain = 0.001f;
        HoldFor(microphone, milliseconds: 50, TimeSpan.FromSeconds(1));
        _talker.Gain = 1;
        HoldFor(microphone, milliseconds: 50, TimeSpan.FromSeconds(1));
        IsForwarded().ShouldBeTrue();
        (microphone.Delay - before).TotalMilliseconds.ShouldBe(50, 25);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_happens_everybody_gets_one_packet_a_tick(int seed)
    {
        var random = new Random(seed);
        var second = Join("second", 1000, talks: false);
        var phone = _rig.Join("phone", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcma });
        _rig.Leave(phone);
        phone.Dispose();
        var forwarded = 0;
        for (var i = 0; i < 600; i++)
        {
            Change(random.Next(60), random.Next(2) == 0 ? _talker : second);
            _rig.Run(s_tick);
            forwarded += _listener.AudioFrames > 0 && IsForwarded() ? 1 : 0;
        }

        forwarded.ShouldBeGreaterThan(20);
        var ticks = _rig.Conference.AudioTicks;
        new[] { _talker, second, _listener }.ShouldAllBe(member => member.AudioFrames == ticks);
    }

    private void Change(int what, TestMember member)
    {
        switch (what)
        {
            case 0:
                _rig.Talking.Add(member);
                break;
            case 1:
                _rig.Talking.Remove(member);
                break;
            case 2:
                _rig.Conference.Mute(member.Participant, video: false, MutedBy.Room);
                break;
            case 3 or 4:
                _rig.Conference.Mute(member.Participant, video: false, MutedBy.Nobody);
                break;
            case 5:
                member.Gain = 0.001f;
                break;
            case 6:
                member.Gain = 1;
                break;
            case 7 when _rig.Conference.AudioTicks > 400: // a loss forbids it for the rest of the test
                member.PacketsToLose = 1;
                break;
            default:
                break;
        }
    }

    private void PauseAndResume()
    {
        _rig.Talking.Remove(_talker);
        _rig.Run(TimeSpan.FromSeconds(0.3));
        _rig.Talking.Add(_talker);
        _rig.Run(TimeSpan.FromSeconds(0.3));
    }

    /// <summary>Lip synchronisation asks anew in every tick.</summary>
    private void HoldFor(Audio.AudioSource microphone, double milliseconds, TimeSpan duration)
    {
        for (var end = _rig.Scheduler.Now + duration; _rig.Scheduler.Now < end; )
        {
            microphone.HoldFor(TimeSpan.FromMilliseconds(milliseconds));
            _rig.Run(TimeSpan.FromMilliseconds(1));
        }
    }

    private TestMember Join(string name, double toneHz, bool talks = true)
    {
        var member = _rig.Join(name, ConferenceRig.AudioOnly, toneHz, talks: talks);
        member.SpeakLikeABrowser();
        return member;
    }

    /// <summary>Whether the last packet that the listener got is one of those that the talker sent last.</summary>
    private bool IsForwarded() => _talker.PayloadsSent.TakeLast(20).Any(sent => sent.SequenceEqual(_listener.PayloadsHeard[^1]));

    private static double LevelAt(TestMember member, double toneHz) => Math.Round(Tone.LevelDb(LastSecond(member), toneHz, Rate));

    private static float[] LastSecond(TestMember member) => [.. member.Heard.TakeLast(Rate)];
}
