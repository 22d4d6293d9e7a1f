using System.Globalization;
using CsCheck;
using Mcu.Media.Codecs;
using Mcu.Recording.Containers;

namespace Mcu.Recording.Tests;

public sealed class FragmentedMp4Tests
{
    private static readonly Footage s_footage = Footage.Of(VideoCodec.H264, 4);

    [Fact]
    public void FFmpeg_decodes_it_without_a_word_and_finds_every_time_as_it_was()
    {
        var file = s_footage.Mux(new FragmentedMp4(hasVideo: true), 400, out _);

        Probe.Complaints(file, "mp4").ShouldBeEmpty();
        var packets = Probe.Packets(file, "mp4");
        TimesOf(packets, "video").ShouldBe(s_footage.Pictures.Select(p => p.Time.TotalSeconds), 0.0001);
        TimesOf(packets, "audio").ShouldBe(s_footage.Sounds.Select(p => p.Time.TotalSeconds), 0.0001);
        packets.Count(p => p.Stream == "video" && p.IsKeyframe).ShouldBe(s_footage.Pictures.Count(p => p.IsKeyframe));
        double.Parse(Probe.Format(file, "mp4", "duration"), CultureInfo.InvariantCulture).ShouldBe(4, 0.01);
    }

    [Fact]
    public void Sound_alone_is_a_file_too()
    {
        var muxer = new FragmentedMp4(hasVideo: false);
        var file = s_footage.Mux(muxer, 400, out _);

        Probe.Complaints(file, "mp4").ShouldBeEmpty();
        Probe.Packets(file, "mp4").Count.ShouldBe(s_footage.Sounds.Count);
    }

    [Fact]
    public void Cut_off_anywhere_what_came_before_is_found_whole()
    {
        var file = s_footage.Mux(new FragmentedMp4(hasVideo: true), 400, out var cuts);

        for (var length = 0; length < file.Length; length++)
        {
            using var stream = new MemoryStream(file, 0, length, writable: false);
            var whole = Mp4Fragments.Whole(stream);
            var pieces = cuts.FindLastIndex(c => c <= length);
            whole.Bytes.ShouldBe(pieces < 0 ? 0 : cuts[pieces]);
            whole.Duration.TotalMilliseconds.ShouldBe(Math.Clamp(pieces * 400, 0, 4000), 0.1);
        }
    }

    [Fact]
    public void A_file_cut_to_its_whole_fragments_decodes_without_a_word()
    {
        var file = s_footage.Mux(new FragmentedMp4(hasVideo: true), 400, out var cuts);
        using var torn = new MemoryStream(file[..(cuts[6] - 7)]);

        var whole = file[..(int)Mp4Fragments.Whole(torn).Bytes];

        whole.Length.ShouldBe(cuts[5]);
        Probe.Complaints(whole, "mp4").ShouldBeEmpty();
        Probe.Packets(whole, "mp4").Max(p => p.Time).ShouldBeInRange(1.9, 2);
    }

    [Fact]
    public void Zeros_and_noise_behind_it_are_not_taken_for_fragments()
    {
        var file = s_footage.Mux(new FragmentedMp4(hasVideo: true), 400, out var cuts);
        var noise = new byte[10_000];
        new Random(5).NextBytes(noise);

        foreach (var tail in new[] { new byte[10_000], noise })
        {
            using var stream = new MemoryStream([.. file[..cuts[2]], .. tail]);
            Mp4Fragments.Whole(stream).Bytes.ShouldBe(cuts[2]);
        }

        Gen.Byte.Array[0, 200]
            .Sample(bytes =>
            {
                using var stream = new MemoryStream(bytes);
                Mp4Fragments.Whole(stream).Bytes.ShouldBe(0);
            });
    }

    [Fact]
    public void Nothing_is_written_before_the_first_keyframe_and_no_picture_that_needs_one()
    {
        var muxer = new FragmentedMp4(hasVideo: true);
        var output = new ByteWriter();
        muxer.AddAudio([0xF8, 0xFF, 0xFE], TimeSpan.Zero);
        muxer.AddVideo([0, 0, 0, 1, 0x41, 1], TimeSpan.Zero, isKeyframe: false, new PictureSize(320, 180));

        muxer.Cut(TimeSpan.FromSeconds(1), output).ShouldBeFalse();
        muxer.Finish(TimeSpan.FromSeconds(1), output).ShouldBeEmpty();
        output.Length.ShouldBe(0);
    }

    [Fact]
    public void Times_come_out_as_they_went_in_however_they_are_cut()
    {
        Gen.Select(Gen.Int[1, 400].Array[1, 60], Gen.Int[20, 500])
            .Sample(
                (gaps, fragment) =>
                {
                    var times = gaps.Aggregate(new List<int> { 0 }, (list, gap) => [.. list, list[^1] + gap]);
                    var muxer = new FragmentedMp4(hasVideo: false);
                    var output = new ByteWriter();
                    var next = 0;
                    for (var end = fragment; next < times.Count; end += fragment)
                    {
                        for (; next < times.Count && times[next] < end; next++)
                        {
                            muxer.AddAudio([0xF8, 0xFF, 0xFE], TimeSpan.FromMilliseconds(times[next]));
                        }

                        muxer.Cut(TimeSpan.FromMilliseconds(end), output);
                    }

                    Mp4Times.Of(output.Written).ShouldBe(times.Select(t => t * 48L));
                },
                iter: 200
            );
    }

    private static IEnumerable<double> TimesOf(List<Probe.Packet> packets, string stream) =>
        packets.Where(p => p.Stream == stream).Select(p => p.Time);
}
