using CsCheck;
using Mcu.Codecs.Audio;
using Mcu.Media.Codecs;
using Mcu.TestKit.Audio;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Audio;

public sealed class OpusTests
{
    private const int Frame = 960;
    private static readonly NativeCodecFactory Factory = new();

    [Fact]
    public void Fec_restores_a_lost_frame_far_better_than_concealment()
    {
        var packets = EncodeVoice(new AudioEncoderSettings(28000), expectedLoss: 0.2, frames: 250);
        var reference = Decode(packets, static (_, _, _) => false);
        var recovered = 0;
        var withFec = Decode(
            packets,
            (decoder, next, samples) =>
            {
                var found = decoder.TryRecoverPrevious(next, samples);
                recovered += found ? 1 : 0;
                if (!found)
                {
                    decoder.Conceal(samples);
                }

                return true;
            }
        );
        var withoutFec = Decode(
            packets,
            static (decoder, _, samples) =>
            {
                decoder.Conceal(samples);
                return true;
            }
        );

        recovered.ShouldBeGreaterThan(25);
        Error(reference, withFec).ShouldBeLessThan(0.5 * Error(reference, withoutFec));
    }

    [Fact]
    public void Without_fec_in_the_packet_nothing_is_recovered()
    {
        var packets = EncodeVoice(new AudioEncoderSettings(28000, InbandFec: false), expectedLoss: 0.2, frames: 50);
        using var decoder = Factory.CreateAudioDecoder(AudioCodec.Opus);
        packets.ShouldAllBe(packet => !decoder.TryRecoverPrevious(packet, new float[Frame]));
    }

    [Fact]
    public void Dtx_sends_nothing_in_silence_and_the_rest_in_speech()
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(Dtx: true));
        var payload = new byte[1500];
        var voice = new Voice(1, 48000);
        for (var i = 0; i < 50; i++)
        {
            encoder.Encode(voice.Take(Frame), payload).ShouldBeGreaterThan(2);
        }

        var silence = new float[Frame];
        var sent = Enumerable.Range(0, 100).Count(_ => encoder.Encode(silence, payload) > 0);
        sent.ShouldBeLessThan(30);
    }

    [Fact]
    public void Without_dtx_every_frame_is_sent()
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings());
        var payload = new byte[1500];
        Enumerable.Range(0, 100).ShouldAllBe(_ => encoder.Encode(new float[Frame], payload) > 0);
    }

    [Fact]
    public void A_new_bitrate_takes_effect()
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(64000));
        var voice = new Voice(2, 48000);
        var payload = new byte[1500];
        int BytesOfASecond() => Enumerable.Range(0, 50).Sum(_ => encoder.Encode(voice.Take(Frame), payload));
        BytesOfASecond();
        var high = BytesOfASecond();
        encoder.SetRate(12000, 0);
        BytesOfASecond();
        var low = BytesOfASecond();
        low.ShouldBeLessThan(high / 2);
        encoder.SetRate(1, 7);
        BytesOfASecond().ShouldBePositive();
    }

    [Theory]
    [InlineData(480)]
    [InlineData(960)]
    [InlineData(1920)]
    [InlineData(2880)]
    public void All_frame_lengths_go_round(int length)
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings());
        using var decoder = Factory.CreateAudioDecoder(AudioCodec.Opus);
        var payload = new byte[1276];
        var samples = new float[OpusPacket.MaxSamples];
        var bytes = encoder.Encode(new Tone(440, 48000).Take(length), payload);
        decoder.SamplesIn(payload.AsSpan(0, bytes)).ShouldBe(length);
        decoder.Decode(payload.AsSpan(0, bytes), samples).ShouldBe(length);
    }

    [Theory]
    [InlineData(0, 1276)]
    [InlineData(961, 1276)]
    [InlineData(960, 1275)]
    public void Misuse_of_the_encoder_is_refused(int samples, int payload)
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings());
        Should.Throw<ArgumentException>(() => encoder.Encode(new float[samples], new byte[payload]));
    }

    [Theory]
    [InlineData(5999, 5)]
    [InlineData(510001, 5)]
    [InlineData(32000, 11)]
    [InlineData(32000, -1)]
    public void Settings_out_of_range_are_refused(int bitrate, int complexity) =>
        Should.Throw<ArgumentOutOfRangeException>(() =>
            Factory.CreateAudioEncoder(AudioCodec.Opus, new AudioEncoderSettings(bitrate, complexity))
        );

    [Fact]
    public void Damaged_packets_decode_to_what_their_header_says_or_to_nothing()
    {
        var packets = EncodeVoice(new AudioEncoderSettings(28000), expectedLoss: 0.2, frames: 50);
        using var decoder = Factory.CreateAudioDecoder(AudioCodec.Opus);
        var samples = new float[OpusPacket.MaxSamples];
        Gen.Select(Gen.Int[0, packets.Count - 1], Gen.Int[0, 200], Gen.Byte, Gen.Int[0, 200])
            .Sample(
                (index, position, value, length) =>
                {
                    var packet = packets[index].ToArray();
                    packet[position % packet.Length] = value;
                    var cut = packet.AsSpan(0, Math.Min(length, packet.Length));
                    var expected = decoder.SamplesIn(cut);
                    decoder.Decode(cut, samples).ShouldBe(expected);
                    decoder.TryRecoverPrevious(cut, samples.AsSpan(0, Frame));
                },
                iter: 3000,
                threads: 1
            );
    }

    private static List<byte[]> EncodeVoice(AudioEncoderSettings settings, double expectedLoss, int frames)
    {
        using var encoder = Factory.CreateAudioEncoder(AudioCodec.Opus, settings);
        encoder.SetRate(settings.BitrateBps, expectedLoss);
        var voice = new Voice(3, 48000);
        var payload = new byte[1500];
        return [.. Enumerable.Range(0, frames).Select(_ => payload.AsSpan(0, encoder.Encode(voice.Take(Frame), payload)).ToArray())];
    }

    /// <summary>Decodes all packets; every fifth one is lost where <paramref name="restore"/> fills in for it.</summary>
    private static float[] Decode(List<byte[]> packets, Func<IAudioDecoder, byte[], float[], bool> restore)
    {
        using var decoder = Factory.CreateAudioDecoder(AudioCodec.Opus);
        var output = new float[packets.Count * Frame];
        var samples = new float[Frame];
        for (var i = 0; i < packets.Count; i++)
        {
            var lost = i % 5 == 3 && i + 1 < packets.Count && restore(decoder, packets[i + 1], samples);
            if (!lost)
            {
                decoder.Decode(packets[i], samples).ShouldBe(Frame);
            }

            samples.CopyTo(output.AsSpan(i * Frame));
        }

        return output;
    }

    private static double Error(float[] expected, float[] actual) => expected.Zip(actual, (a, b) => (double)(a - b) * (a - b)).Sum();
}
