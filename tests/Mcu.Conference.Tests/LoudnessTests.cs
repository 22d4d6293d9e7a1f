using Mcu.Conference.Audio;
using Mcu.Media.Codecs;
using Mcu.Rtp;

namespace Mcu.Conference.Tests;

public sealed class LoudnessTests
{
    private readonly Loudness _loudness = new();

    [Fact]
    public void A_first_word_counts_at_once_and_a_pause_for_breath_changes_little()
    {
        State(25);
        Tick(1);
        _loudness.Level.ShouldBe(25);

        State(127);
        Tick(15);
        _loudness.Level.ShouldBe(31, 0.01);
        Tick(200);
        _loudness.IsAudible.ShouldBeFalse();
    }

    [Fact]
    public void Who_sends_nothing_any_more_fades()
    {
        State(25);
        Tick(1);
        for (var i = 0; i < 200; i++)
        {
            _loudness.OnTick(hasPackets: false);
        }

        _loudness.IsAudible.ShouldBeFalse();
    }

    [Fact]
    public void Without_a_stated_level_speech_is_assumed_until_it_is_measured()
    {
        _loudness.OnPacket(AudioCodec.Pcmu, 160, null, isDecoded: false);
        Tick(1);
        _loudness.IsAudible.ShouldBeTrue();

        for (var i = 0; i < 250; i++)
        {
            _loudness.OnPacket(AudioCodec.Pcmu, 160, null, isDecoded: true);
            _loudness.OnMeasured(110);
            Tick(1);
        }

        _loudness.IsAudible.ShouldBeFalse();
    }

    [Fact]
    public void Opus_of_a_few_bytes_is_silence()
    {
        _loudness.OnPacket(AudioCodec.Opus, 3, null, isDecoded: false);
        Tick(1);
        _loudness.IsAudible.ShouldBeFalse();
    }

    [Fact]
    public void What_is_stated_outweighs_what_is_measured()
    {
        State(30);
        _loudness.OnMeasured(90);
        Tick(1);
        _loudness.Level.ShouldBe(30);
    }

    private void State(byte level) => _loudness.OnPacket(AudioCodec.Opus, 80, new AudioLevel(level, Voice: true), isDecoded: false);

    private void Tick(int count)
    {
        for (var i = 0; i < count; i++)
        {
            _loudness.OnTick(hasPackets: true);
        }
    }
}
