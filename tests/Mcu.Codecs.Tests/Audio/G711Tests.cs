using Mcu.Media.Codecs;
using Shouldly;
using Xunit;

namespace Mcu.Codecs.Tests.Audio;

/// <summary>ITU-T G.711 tables 1a, 1b, 2a, 2b.</summary>
public sealed class G711Tests
{
    private static readonly NativeCodecFactory Factory = new();

    [Theory]
    [InlineData(AudioCodec.Pcmu, 0xFF, 0)]
    [InlineData(AudioCodec.Pcmu, 0x80, 32124)]
    [InlineData(AudioCodec.Pcmu, 0x00, -32124)]
    [InlineData(AudioCodec.Pcmu, 0xFE, 8)]
    [InlineData(AudioCodec.Pcma, 0xD5, 8)]
    [InlineData(AudioCodec.Pcma, 0x55, -8)]
    [InlineData(AudioCodec.Pcma, 0xAA, 32256)]
    [InlineData(AudioCodec.Pcma, 0x2A, -32256)]
    public void Codes_stand_for_the_levels_of_the_standard(AudioCodec codec, int code, int level)
    {
        using var decoder = Factory.CreateAudioDecoder(codec);
        var samples = new float[1];
        decoder.Decode([(byte)code], samples).ShouldBe(1);
        samples[0].ShouldBe(level / 32768f);
    }

    [Theory]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.Pcma)]
    public void Each_level_encodes_to_its_own_code(AudioCodec codec)
    {
        using var decoder = Factory.CreateAudioDecoder(codec);
        using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
        var codes = Enumerable.Range(0, 480).Select(i => (byte)i).ToArray();
        var levels = new float[480];
        var again = new byte[480];
        var levelsAgain = new float[480];
        decoder.Decode(codes, levels);
        encoder.Encode(levels, again).ShouldBe(480);
        decoder.Decode(again, levelsAgain);
        // µ-law has two zeros; everything else must come back as it was.
        levelsAgain.ShouldBe(levels);
        again.Where((code, i) => code != codes[i] && levels[i] != 0).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(AudioCodec.Pcmu)]
    [InlineData(AudioCodec.Pcma)]
    public void Values_that_are_no_samples_are_survived(AudioCodec codec)
    {
        using var encoder = Factory.CreateAudioEncoder(codec, new AudioEncoderSettings());
        var samples = new float[80];
        (samples[0], samples[1], samples[2]) = (float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        var payload = new byte[80];
        encoder.Encode(samples, payload).ShouldBe(80);
        Should.Throw<ArgumentException>(() => encoder.Encode(samples.AsSpan(0, 79), payload));
        Should.Throw<ArgumentException>(() => encoder.Encode(samples, payload.AsSpan(0, 79)));
    }
}
