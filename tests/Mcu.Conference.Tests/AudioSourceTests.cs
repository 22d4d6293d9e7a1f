using Mcu.Codecs;
using Mcu.Conference.Audio;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.TestKit.Audio;

namespace Mcu.Conference.Tests;

/// <summary>One microphone from its packets to the mixer's ticks.</summary>
public sealed class AudioSourceTests : IDisposable
{
    private const int Rate = 48_000;
    private const double ToneHz = 500;

    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly NativeCodecFactory _codecs = new();
    private readonly BufferPool _buffers = new();
    private readonly AudioSource _source;
    private readonly List<float> _heard = [];
    private IAudioEncoder _encoder;
    private Tone _tone;
    private MediaTime _now = MediaTime.FromMilliseconds(3000);
    private ushort _sequence = 65_530;
    private uint _timestamp = uint.MaxValue - 5000;

    public AudioSourceTests()
    {
        _source = new AudioSource(_codecs, _buffers, new SenderClock());
        _encoder = _codecs.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(64_000));
        _tone = new Tone(ToneHz, Rate, 0.2);
    }

    [Theory]
    [InlineData(AudioCodec.Opus)]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.Pcma)]
    [InlineData(AudioCodec.G722)]
    public void Any_codec_comes_out_as_it_was_sent_at_48_kHz(AudioCodec codec)
    {
        Encode(codec);

        Run(ticks: 75);

        _source.Codec.ShouldBe(codec);
        Tone.LevelDb(LastHeard(25), ToneHz, Rate).ShouldBe(Tone.Decibels(0.2), tolerance: 1.5);
        _source.Delay.ShouldBeLessThan(TimeSpan.FromMilliseconds(60));
    }

    [Fact]
    public void Once_a_loss_has_taught_it_to_wait_a_lost_packet_leaves_no_hole()
    {
        // Where loss is expected, a packet carries the frame before once more (RFC 6716 section 2.1.7).
        _encoder.SetRate(16_000, expectedLoss: 0.3);
        Run(ticks: 50);
        Run(ticks: 1, arrives: false);
        Run(ticks: 50);
        Run(ticks: 1, arrives: false);
        Run(ticks: 5);

        _source.Statistics.Lost.ShouldBe(2);
        LastHeard(6).Chunk(240).Min(piece => Tone.Rms(piece)).ShouldBeGreaterThan(0.01);
    }

    [Fact]
    public void Who_falls_silent_fades_out_and_is_then_no_longer_in_the_mix()
    {
        Run(ticks: 50);

        Run(ticks: 10, arrives: false).ShouldBeFalse();
        Tone.LargestStep(LastHeard(11)).ShouldBeLessThan(0.05f);
        _source.HasPackets.ShouldBeTrue();
        Run(ticks: 50, arrives: false);
        _source.HasPackets.ShouldBeFalse();
        _source.Level.ShouldBe(127);
    }

    [Fact]
    public void What_was_discarded_while_muted_does_not_come_later()
    {
        Run(ticks: 50);
        for (var i = 0; i < 100; i++)
        {
            Send();
            _now += s_tick;
            _source.Discard(_now);
        }

        _source.HasPackets.ShouldBeTrue();
        Run(ticks: 10).ShouldBeTrue();
        _source.Delay.ShouldBeLessThan(TimeSpan.FromMilliseconds(60));
    }

    [Theory]
    [InlineData(AudioCodec.Opus)]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.G722)]
    public void A_stall_of_the_network_is_made_up_for_while_he_talks(AudioCodec codec)
    {
        Encode(codec);
        Run(ticks: 100);
        var before = _source.Delay;
        Stall(ticks: 10);

        Run(ticks: 1);
        (_source.Delay - before).TotalMilliseconds.ShouldBeInRange(180, 205);
        Run(ticks: 100);

        (_source.Delay - before).TotalMilliseconds.ShouldBeLessThan(20);
        _source.Playout.Concealed.ShouldBeInRange(9 * 960, 11 * 960);
        _source.Playout.Removed.ShouldBeGreaterThan(180 * 48);
        Tone.LevelDb(LastHeard(90), ToneHz, Rate).ShouldBe(Tone.Decibels(0.2), tolerance: 1.5);
        Tone.LargestStep(LastHeard(90)).ShouldBeLessThan(2 * Math.PI * ToneHz / Rate * 0.2 * 1.2);
    }

    [Theory]
    [InlineData(AudioCodec.Opus)]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.G722)]
    public void A_packet_that_is_only_late_is_bridged_without_a_click(AudioCodec codec)
    {
        Encode(codec);
        Run(ticks: 100);
        Stall(ticks: 1);
        Run(ticks: 10);

        _source.Statistics.Lost.ShouldBe(0);
        _source.Playout.Concealed.ShouldBe(960);
        Tone.LargestStep(LastHeard(12)).ShouldBeLessThan(2 * Math.PI * ToneHz / Rate * 0.2 * 1.5);
        var levels = LastHeard(12).Chunk(240).Select(piece => Math.Round(Tone.Rms(piece), 3)).ToList();
        levels.Min().ShouldBeGreaterThan(0.06, string.Join(' ', levels));
    }

    [Fact]
    public void Where_he_pauses_all_of_the_delay_is_given_back_to_the_sample()
    {
        Run(ticks: 100);
        var before = _source.Delay;
        Stall(ticks: 10);
        Run(ticks: 5);

        _tone = new Tone(ToneHz, Rate, 0.0005);
        Run(ticks: 60);

        _source.Delay.ShouldBe(before);
    }

    [Fact]
    public void A_pause_of_the_talker_is_no_concealment()
    {
        for (var i = 0; i < 5; i++)
        {
            Run(ticks: 50);
            _timestamp += 960 * 30;
            for (var tick = 0; tick < 30; tick++)
            {
                _now += s_tick;
                Pull();
            }
        }

        Run(ticks: 10);
        _source.Playout.Concealed.ShouldBe(0);
        _source.Playout.Played.ShouldBeInRange(255 * 960, 260 * 960);
        _source.Playout.ConcealedShare.ShouldBe(0);
    }

    [Fact]
    public void What_is_lost_counts_as_concealed()
    {
        Run(ticks: 50);
        for (var i = 0; i < 10; i++)
        {
            Run(ticks: 1, arrives: false);
            Run(ticks: 9);
        }

        _source.Statistics.Lost.ShouldBe(10);
        _source.Playout.Concealed.ShouldBeInRange(9 * 960, 11 * 960);
        _source.Playout.ConcealedShare.ShouldBe(10 / 150.0, 0.01);
    }

    [Fact]
    public void Delay_held_for_the_picture_comes_while_he_talks_and_goes_in_a_pause()
    {
        Run(ticks: 50);
        var before = _source.Delay;
        _source.HoldFor(TimeSpan.FromMilliseconds(200));
        Run(ticks: 75);
        (_source.Delay - before).TotalMilliseconds.ShouldBe(200, tolerance: 30);
        Tone.LargestStep(LastHeard(50)).ShouldBeLessThan(2 * Math.PI * ToneHz / Rate * 0.2 * 1.2);

        _tone = new Tone(ToneHz, Rate, 0.0005);
        _source.HoldFor(TimeSpan.Zero);
        Run(ticks: 50);
        (_source.Delay - before).TotalMilliseconds.ShouldBe(0, tolerance: 30);
    }

    [Fact]
    public void The_codec_may_change_in_the_middle()
    {
        Run(ticks: 50);
        Encode(AudioCodec.G722);

        Run(ticks: 50).ShouldBeTrue();

        _source.Codec.ShouldBe(AudioCodec.G722);
        Tone.LevelDb(LastHeard(25), ToneHz, Rate).ShouldBe(Tone.Decibels(0.2), tolerance: 1.5);
    }

    [Fact]
    public void The_level_that_the_sender_states_is_known_before_anything_is_decoded()
    {
        Capture(new AudioLevel(23, Voice: true))();

        _source.Loudness.OnTick(hasPackets: true);
        _source.Loudness.Level.ShouldBe(23);
        _source.Level.ShouldBe(127);
    }

    [Fact]
    public void Packets_that_are_no_sound_are_not_taken()
    {
        Arrive([], null);

        _source.HasPackets.ShouldBeFalse();
        Pull().ShouldBeFalse();
    }

    public void Dispose()
    {
        _source.Dispose();
        _encoder.Dispose();
        _buffers.Outstanding.ShouldBe(0);
    }

    private void Encode(AudioCodec codec)
    {
        _encoder.Dispose();
        _encoder = _codecs.CreateAudioEncoder(codec, new AudioEncoderSettings(64_000));
        _tone = new Tone(ToneHz, _encoder.SampleRate, 0.2);
    }

    /// <summary>Captures, sends and mixes; whether there was sound at the end.</summary>
    private bool Run(int ticks, bool arrives = true)
    {
        var sounds = false;
        for (var i = 0; i < ticks; i++)
        {
            var arrive = Capture();
            if (arrives)
            {
                arrive();
            }

            _now += s_tick;
            sounds = Pull();
        }

        return sounds;
    }

    private void Send() => Capture()();

    /// <summary>For so long nothing arrives, then everything at once.</summary>
    private void Stall(int ticks)
    {
        List<Action> stalled = [];
        for (var i = 0; i < ticks; i++)
        {
            stalled.Add(Capture());
            _now += s_tick;
            Pull();
        }

        stalled.ForEach(arrive => arrive());
    }

    private bool Pull()
    {
        var samples = new float[Rate / 50];
        var sounds = _source.Pull(_now, _now, samples);
        _heard.AddRange(sounds ? samples : new float[samples.Length]);
        return sounds;
    }

    /// <summary>Captures 20 ms; what it returns makes them arrive.</summary>
    private Action Capture(AudioLevel? level = null)
    {
        var payload = new byte[1500];
        var length = _encoder.Encode(_tone.Take(_encoder.SampleRate / 50), payload);
        var (sequence, timestamp) = (_sequence++, _timestamp);
        _timestamp += _encoder.Codec == AudioCodec.Opus ? 960u : 160u;
        return () => Arrive(payload.AsSpan(0, length), level, sequence, timestamp);
    }

    private void Arrive(ReadOnlySpan<byte> payload, AudioLevel? level, ushort sequence = 0, uint timestamp = 0)
    {
        var bytes = new byte[1600];
        var writer = new RtpWriter(bytes, new RtpHeader(111, false, sequence, timestamp, 1));
        RtpPacket.TryParse(bytes.AsSpan(0, writer.AddPayload(payload)), out var packet).ShouldBeTrue();
        _source.OnRtp(_encoder.Codec, packet, level, _now);
    }

    private float[] LastHeard(int ticks) => [.. _heard.TakeLast(ticks * Rate / 50)];
}
