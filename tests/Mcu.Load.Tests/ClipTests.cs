using System.Buffers.Binary;
using Mcu.Codecs;
using Mcu.Load.Clips;
using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Shouldly;
using Xunit;

namespace Mcu.Load.Tests;

/// <summary>What participants send is what it says it is.</summary>
public sealed class ClipTests
{
    private static readonly NativeCodecFactory Codecs = new();

    public static TheoryData<VideoCodec> VideoCodecs => [.. Enum.GetValues<VideoCodec>()];

    [Theory]
    [MemberData(nameof(VideoCodecs))]
    public void A_camera_sends_pictures_of_the_size_asked_for_from_a_keyframe_on(VideoCodec codec)
    {
        var clip = new Library(Codecs).Camera(1, new VideoFormat(codec, 160, 96, 100_000));
        using var decoder = Codecs.CreateVideoDecoder(codec);
        var pool = new VideoFramePool();
        foreach (var frame in clip.Frames.Take(10))
        {
            decoder.Decode(frame, pool, out var picture).ShouldBe(VideoDecodeStatus.Picture);
            (picture!.Width, picture.Height).ShouldBe((160, 96));
            picture.Release();
        }
    }

    [Fact]
    public void Who_listens_sends_hardly_anything()
    {
        var clip = new Library(Codecs).Listening;
        clip.Packets.Count(packet => packet.Payload.Length > 0).ShouldBeLessThan(clip.Packets.Count / 10);
    }

    [Fact]
    public void Who_talks_sends_every_packet_and_in_pauses_with_dtx_few()
    {
        var library = new Library(Codecs);
        library.Voice(1).Packets.ShouldAllBe(packet => packet.Payload.Length > 0);
        var silent = library.Talker(1).Packets.Count(packet => packet.Payload.Length == 0);
        silent.ShouldBeInRange(library.Talker(1).Packets.Count / 5, library.Talker(1).Packets.Count / 2);
    }

    [Fact]
    public void A_wave_file_is_read()
    {
        var file = Wave(channels: 1);
        WaveFile.TryParse(file, out var rate, out var samples).ShouldBeTrue();
        rate.ShouldBe(8000);
        samples.ShouldBe([0.5f, -1f]);
    }

    [Fact]
    public void A_wave_file_that_is_cut_off_or_in_stereo_is_refused()
    {
        WaveFile.TryParse(Wave(channels: 2), out _, out _).ShouldBeFalse();
        var file = Wave(channels: 1);
        for (var length = 0; length < file.Length; length++)
        {
            WaveFile.TryParse(file.AsSpan(0, length), out _, out _).ShouldBeFalse();
        }
    }

    private static byte[] Wave(short channels)
    {
        var file = new byte[48];
        "RIFF"u8.CopyTo(file);
        "WAVEfmt "u8.CopyTo(file.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(16), 16);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(20), 1);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(22), channels);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(24), 8000);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(34), 16);
        "data"u8.CopyTo(file.AsSpan(36));
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(40), 4);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(44), 0x4000);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(46), short.MinValue);
        return file;
    }
}
