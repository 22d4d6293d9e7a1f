using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Audio;

public sealed class AudioRoundTripTests
{
    private static readonly NativeCodecFactory Factory = new();

    [Theory]
    [InlineData(AudioCodec.Opus, 440, 15)]
    [InlineData(AudioCodec.Opus, 1000, 15)]
    [InlineData(AudioCodec.G722, 440, 25)]
    [InlineData(AudioCodec.G722, 1000, 25)]
    [InlineData(AudioCodec.G722, 5000, 10)]
    [InlineData(AudioCodec.Pcmu, 440, 30)]
    [InlineData(AudioCodec.Pcmu, 1000, 30)]
    [InlineData(AudioCodec.Pcma, 440, 30)]
    [InlineData(AudioCodec.Pcma, 1000, 30)]
    public void A_tone_keeps_frequency_and_level(AudioCodec codec, double frequency, double minimumSnr)
    {
        using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
        using var decoder = Factory.CreateAudioDecoder(codec);
        var rate = decoder.SampleRate;
        encoder.SampleRate.ShouldBe(rate);
        var sent = new Tone(frequency, rate).Take(rate);
        var received = RoundTrip(encoder, decoder, sent);

        var half = received.AsSpan(rate / 2);
        Tone.LevelDb(half, frequency, rate).ShouldBe(Tone.Decibels(0.5), 1);
        Tone.LevelDb(half, frequency * 1.31, rate).ShouldBeLessThan(-45);
        Tone.SignalToNoiseDb(sent.AsSpan(rate / 2), half, rate / 50).ShouldBeGreaterThan(minimumSnr);
    }

    [Fact]
    public void Full_scale_and_beyond_saturate_and_never_wrap()
    {
        foreach (var codec in Enum.GetValues<AudioCodec>())
        {
            using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
            using var decoder = Factory.CreateAudioDecoder(codec);
            var received = RoundTrip(encoder, decoder, new Tone(300, decoder.SampleRate, 1.5).Take(decoder.SampleRate / 2));
            Tone.LevelDb(received.AsSpan(decoder.SampleRate / 4), 300, decoder.SampleRate).ShouldBeInRange(-1.5, 4);
        }
    }

    private static float[] RoundTrip(IAudioEncoder encoder, IAudioDecoder decoder, float[] sent)
    {
        var frame = decoder.SampleRate / 50;
        var received = new float[sent.Length];
        var payload = new byte[1500];
        for (var i = 0; i + frame <= sent.Length; i += frame)
        {
            var bytes = encoder.Encode(sent.AsSpan(i, frame), payload);
            decoder.SamplesIn(payload.AsSpan(0, bytes)).ShouldBe(frame);
            decoder.Decode(payload.AsSpan(0, bytes), received.AsSpan(i)).ShouldBe(frame);
        }

        return received;
    }
}
