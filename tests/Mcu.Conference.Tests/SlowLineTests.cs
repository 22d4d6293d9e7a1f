using Mcu.Conference.Legs;
using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;
using Mcu.TestKit.Network;

namespace Mcu.Conference.Tests;

/// <summary>Somebody on a slow line among others: what he gets, and that the others get what they would get without him.</summary>
public sealed class SlowLineTests : IDisposable
{
    private const int Rate = 48_000;
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);
    private static readonly BadNetworkOptions s_clean = new() { Delay = TimeSpan.FromMilliseconds(30) };

    private readonly ConferenceRig _rig = new();
    private readonly List<DistantListener> _distant = [];

    public void Dispose()
    {
        foreach (var listener in _distant)
        {
            _rig.Conference.Leave(listener.Participant, "left", _rig.Scheduler.Now);
            listener.Dispose();
        }

        _rig.Dispose();
    }

    [Theory]
    [InlineData(150_000, 1, 0)]
    [InlineData(100_000, 2, 0)]
    [InlineData(60_000, 2, 0)]
    [InlineData(40_000, 2, 0)]
    [InlineData(32_000, 3, 0)]
    [InlineData(32_000, 3, 0.1)]
    public void Packets_get_longer_and_fewer_and_leave_no_hole_in_time(int targetBps, int ticks, double loss)
    {
        TwoTalk();
        var listener = Listen(s_clean, LineOf(targetBps, loss));
        Run(20);
        listener.ClearCounts();
        Run(6);

        // A packet at the end of a window may belong to the next.
        ((double)listener.Packets.Count).ShouldBe(300.0 / ticks, 1);
        listener.Packets.Zip(listener.Packets.Skip(1)).ShouldAllBe(pair => pair.Second.Time - pair.First.Time == s_tick * ticks);
        listener.Packets.ShouldAllBe(packet => !packet.StartsTalkspurt);
        listener.ConcealedShare.ShouldBeLessThan(0.001);
        Tone.LevelDb([.. listener.Heard.TakeLast(Rate)], 440, Rate).ShouldBe(-14, 1.5);
        Tone.LevelDb([.. listener.Heard.TakeLast(Rate)], 1000, Rate).ShouldBe(-14, 1.5);
    }

    [Fact]
    public void Changing_the_rung_back_and_forth_leaves_out_and_repeats_nothing()
    {
        TwoTalk();
        var listener = Listen(s_clean, LegNetwork.Unlimited);
        int[] targets = [300_000, 32_000, 60_000, 300_000, 100_000, 25_000, 150_000, 40_000, 300_000];
        foreach (var target in targets)
        {
            listener.Network = LineOf(target, 0);
            Run(4.5);
        }

        var packets = listener.Packets;
        packets.Select(packet => Samples(packet.Payload)).Distinct().Order().ShouldBe([960, 1920, 2880]);
        for (var i = 1; i < packets.Count; i++)
        {
            var expected = packets[i - 1].Time + TimeSpan.FromSeconds(Samples(packets[i - 1].Payload) / (double)Rate);
            packets[i].Time.ShouldBe(expected, $"packet {i} of {packets.Count}");
            packets[i].StartsTalkspurt.ShouldBeFalse();
        }

        listener.ConcealedShare.ShouldBeLessThan(0.01);
        _rig.Conference.AudioEncodesLastTick.ShouldBe(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_others_get_bit_for_bit_what_they_would_get_without_the_slow_one(bool isForwarded)
    {
        var with = Others(isForwarded, slow: true);
        var without = Others(isForwarded, slow: false);

        with.Count.ShouldBe(3);
        foreach (var (one, other) in with.Zip(without))
        {
            one.Count.ShouldBe(other.Count);
            one.Zip(other).ShouldAllBe(pair => pair.First.SequenceEqual(pair.Second));
        }
    }

    [Fact]
    public void A_voice_handed_on_is_heard_on_a_slow_line_too()
    {
        var talker = _rig.Join("talker", ConferenceRig.AudioOnly);
        talker.SpeakLikeABrowser();
        var near = _rig.Join("near", ConferenceRig.ListenOnly);
        var listener = Listen(s_clean, LineOf(32_000, 0));
        Run(3);

        talker.PayloadsSent.TakeLast(20).Any(sent => sent.SequenceEqual(near.PayloadsHeard[^1])).ShouldBeTrue("handed on");
        Tone.LevelDb([.. listener.Heard.TakeLast(Rate)], 440, Rate).ShouldBe(-14, 1.5);
        var packets = listener.Packets.Count;
        Run(3);
        (listener.Packets.Count - packets).ShouldBeInRange(49, 51);
        // His own silence and the slow one's encode.
        _rig.Conference.AudioEncodesLastTick.ShouldBe(2);
    }

    [Fact]
    public void A_slow_talker_never_hears_himself_and_hears_the_others()
    {
        TwoTalk();
        var talker = _rig.Join("slow", ConferenceRig.AudioOnly, 1700, talks: false);
        talker.Network = LineOf(32_000, 0);
        Run(4);
        for (var i = 0; i < 5; i++)
        {
            // Every time at another place within a packet of three ticks.
            _rig.Talking.Add(talker);
            _rig.Run(s_tick * (40 + i));
            Tone.LevelDb([.. talker.Heard.TakeLast(Rate / 2)], 1700, Rate).ShouldBeLessThan(-60);
            Tone.LevelDb([.. talker.Heard.TakeLast(Rate / 2)], 440, Rate).ShouldBe(-14, 2);
            _rig.Talking.Remove(talker);
            _rig.Run(s_tick * (71 + i));
        }

        talker.Heard.Count.ShouldBeInRange((int)(_rig.Conference.AudioTicks - 3) * 960, (int)_rig.Conference.AudioTicks * 960);
    }

    [Fact]
    public void Silence_is_not_sent_on_a_low_rung_and_speech_is_there_again_with_its_first_packet()
    {
        var talker = _rig.Join("talker", ConferenceRig.AudioOnly);
        var listener = Listen(s_clean, LineOf(32_000, 0));
        Run(3);
        _rig.Talking.Remove(talker);
        Run(3);
        listener.ClearCounts();
        Run(5);
        listener.Packets.Count.ShouldBeLessThan(10);

        listener.ClearCounts();
        _rig.Talking.Add(talker);
        Run(1);
        listener.Packets[0].StartsTalkspurt.ShouldBeTrue();
        listener.Packets.Count(packet => packet.StartsTalkspurt).ShouldBe(1);
        listener.Packets.Count.ShouldBeInRange(14, 17);
        Tone.LevelDb([.. listener.Heard.TakeLast(Rate / 2)], 440, Rate).ShouldBe(-14, 1.5);
    }

    [Fact]
    public void All_who_hear_on_one_rung_share_its_encode_and_it_goes_when_they_go()
    {
        TwoTalk();
        for (var i = 0; i < 5; i++)
        {
            Listen(s_clean, LineOf(32_000, 0));
            Listen(s_clean, LineOf(60_000, 0));
        }

        Run(5);
        // Two who talk, and two rungs.
        _rig.Conference.AudioEncodesLastTick.ShouldBe(4);
        _distant.Where((_, i) => i % 2 == 0).Select(l => l.Packets[^1].Payload).Distinct(ByContent.Instance).Count().ShouldBe(1);

        foreach (var listener in _distant)
        {
            listener.Network = LegNetwork.Unlimited;
        }

        Run(5);
        _rig.Conference.AudioEncodesLastTick.ShouldBe(3);
    }

    [Fact]
    public void A_phone_has_one_rung()
    {
        TwoTalk();
        var phone = _rig.Join("phone", ConferenceRig.ListenOnly with { ReceiveAudioCodec = AudioCodec.Pcmu });
        phone.Network = LineOf(32_000, 0.1);
        Run(3);
        phone.AudioFrames.ShouldBeInRange(149, 151);
        phone.PayloadsHeard.ShouldAllBe(payload => payload.Length == 160);
    }

    private void TwoTalk()
    {
        _rig.Join("first", ConferenceRig.AudioOnly, 440);
        _rig.Join("second", ConferenceRig.AudioOnly, 1000);
    }

    private DistantListener Listen(BadNetworkOptions line, LegNetwork network)
    {
        var listener = new DistantListener(_rig, line, _distant.Count + 1) { Network = network };
        _distant.Add(listener);
        return listener;
    }

    private void Run(double seconds)
    {
        for (var end = _rig.Scheduler.Now + TimeSpan.FromSeconds(seconds); _rig.Scheduler.Now < end; )
        {
            _rig.Run(s_tick);
            _distant.ForEach(listener => listener.Play());
        }
    }

    /// <summary>What two listeners and a talker get in a room in which one listener is on a line that gets slow, or is not.</summary>
    private static List<List<byte[]>> Others(bool isForwarded, bool slow)
    {
        using var rig = new ConferenceRig();
        var talker = rig.Join("talker", ConferenceRig.AudioOnly, 440);
        var second = rig.Join("second", ConferenceRig.AudioOnly, 1000, talks: !isForwarded);
        talker.SpeakLikeABrowser();
        second.SpeakLikeABrowser();
        var listener = rig.Join("listener", ConferenceRig.ListenOnly);
        var line = rig.Join("line", ConferenceRig.ListenOnly);
        foreach (var target in new[] { 300_000, 32_000, 60_000, 300_000 })
        {
            line.Network = slow ? LineOf(target, 0.05) : LegNetwork.Unlimited;
            rig.Run(TimeSpan.FromSeconds(3));
            // A second voice now and then, and a pause: the ways into and out of being handed on.
            rig.Talking.Add(second);
            rig.Run(s_tick * 20);
            rig.Talking.Remove(second);
            rig.Talking.Remove(talker);
            rig.Run(TimeSpan.FromSeconds(1));
            rig.Talking.Add(talker);
            rig.Run(TimeSpan.FromSeconds(1));
        }

        return [talker.PayloadsHeard, second.PayloadsHeard, listener.PayloadsHeard];
    }

    private static LegNetwork LineOf(long targetBps, double loss) => new(targetBps, loss, TimeSpan.FromMilliseconds(100), TimeSpan.Zero);

    private int Samples(byte[] payload)
    {
        using var decoder = _rig.Codecs.CreateAudioDecoder(AudioCodec.Opus);
        return decoder.SamplesIn(payload);
    }

    private sealed class ByContent : IEqualityComparer<byte[]>
    {
        public static readonly ByContent Instance = new();

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] payload) => payload.Length;
    }
}
