using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Audio;

public sealed class ConcealmentTests
{
    private static readonly NativeCodecFactory Factory = new();

    public static TheoryData<AudioCodec> All => [.. Enum.GetValues<AudioCodec>()];

    [Theory]
    [MemberData(nameof(All))]
    public void Lost_frames_do_not_click(AudioCodec codec)
    {
        foreach (var frequency in new[] { 173.0, 440.0, 611.7 })
        {
            var received = PlayWithLoss(codec, frequency, lost: [20, 30, 31, 40, 41, 42, 43, 44, 45], out var rate);
            var smooth = 0.5 * 2 * Math.PI * frequency / rate;
            Tone.LargestStep(received.AsSpan(rate / 5)).ShouldBeLessThan((1.6 * smooth) + 0.02, $"{codec} {frequency} Hz");
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_short_loss_of_a_tone_is_hardly_heard(AudioCodec codec)
    {
        var received = PlayWithLoss(codec, 440, lost: [20], out var rate);
        var gap = received.AsSpan(20 * rate / 50, rate / 50);
        Tone.LevelDb(gap, 440, rate).ShouldBeInRange(Tone.Decibels(0.5) - 4, Tone.Decibels(0.5) + 1);
    }

    [Theory]
    [InlineData(AudioCodec.G722)]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.Pcma)]
    public void A_long_loss_fades_to_silence(AudioCodec codec)
    {
        var received = PlayWithLoss(codec, 440, lost: [.. Enumerable.Range(20, 10)], out var rate);
        Tone.Rms(received.AsSpan(24 * rate / 50, 6 * rate / 50)).ShouldBe(0);
        Tone.LevelDb(received.AsSpan(35 * rate / 50, rate / 5), 440, rate).ShouldBe(Tone.Decibels(0.5), 1);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Concealment_before_anything_was_heard_is_silence(AudioCodec codec)
    {
        using var decoder = Factory.CreateAudioDecoder(codec);
        var samples = new float[decoder.SampleRate / 50];
        samples.AsSpan().Fill(1);
        decoder.Conceal(samples);
        Tone.Rms(samples).ShouldBe(0);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Any_length_is_filled(AudioCodec codec)
    {
        using var decoder = Factory.CreateAudioDecoder(codec);
        foreach (var length in new[] { 0, 1, 119, 121, 7, decoder.SampleRate / 50 })
        {
            var samples = new float[length];
            samples.AsSpan().Fill(9);
            decoder.Conceal(samples);
            samples.ShouldAllBe(sample => Math.Abs(sample) <= 1);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Rubbish_never_throws_and_never_overruns(AudioCodec codec)
    {
        using var decoder = Factory.CreateAudioDecoder(codec);
        var random = new Random(7);
        var samples = new float[6000];
        for (var i = 0; i < 3000; i++)
        {
            var payload = new byte[random.Next(0, 1500)];
            random.NextBytes(payload);
            var room = random.Next(0, samples.Length);
            var written = decoder.Decode(payload, samples.AsSpan(0, room));
            written.ShouldBeInRange(0, room);
            decoder.TryRecoverPrevious(payload, samples.AsSpan(0, decoder.SampleRate / 50));
        }

        decoder.Decode([], samples).ShouldBe(0);
    }

    private static float[] PlayWithLoss(AudioCodec codec, double frequency, int[] lost, out int rate)
    {
        using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
        using var decoder = Factory.CreateAudioDecoder(codec);
        rate = decoder.SampleRate;
        var frame = rate / 50;
        var tone = new Tone(frequency, rate);
        var payload = new byte[1500];
        var received = new float[frame * 60];
        for (var i = 0; i < 60; i++)
        {
            var bytes = encoder.Encode(tone.Take(frame), payload);
            var output = received.AsSpan(i * frame, frame);
            if (lost.Contains(i))
            {
                decoder.Conceal(output);
            }
            else
            {
                decoder.Decode(payload.AsSpan(0, bytes), output).ShouldBe(frame);
            }
        }

        return received;
    }
}
