using System.Globalization;
using Mcu.Media.Codecs;
using Mcu.Recording.Containers;

namespace Mcu.Recording.Tests;

public sealed class WebMTests
{
    [Theory]
    [InlineData(VideoCodec.Vp8)]
    [InlineData(VideoCodec.Vp9)]
    public void FFmpeg_decodes_it_without_a_word_and_finds_every_time_as_it_was(VideoCodec codec)
    {
        var footage = Footage.Of(codec, 3);
        var file = footage.Mux(new WebM(codec), 400, out _);

        Probe.Complaints(file, "webm").ShouldBeEmpty();
        var packets = Probe.Packets(file, "webm");
        packets.Where(p => p.Stream == "video").Select(p => p.Time).ShouldBe(footage.Pictures.Select(p => p.Time.TotalSeconds), 0.001);
        packets
            .Where(p => p.Stream == "audio")
            .Select(p => p.Time)
            .ShouldBe(footage.Sounds.Select(p => p.Time.TotalSeconds - 0.0065), 0.0015);
        double.Parse(Probe.Format(file, "webm", "duration"), CultureInfo.InvariantCulture).ShouldBe(3, 0.01);
    }

    [Fact]
    public void Cut_off_anywhere_what_came_before_is_found_whole()
    {
        var file = Footage.Of(VideoCodec.Vp8, 1.6).Mux(new WebM(VideoCodec.Vp8), 400, out var cuts);

        for (var length = 0; length <= file.Length; length++)
        {
            using var stream = new MemoryStream(file, 0, length, writable: false);
            var part = WebMClusters.Whole(stream);
            var pieces = cuts.FindLastIndex(c => c <= length);
            part.Bytes.ShouldBe(pieces < 0 ? 0 : cuts[pieces]);
            part.Duration.TotalMilliseconds.ShouldBe(Math.Clamp(pieces * 400, 0, 1600));
        }

        var whole = file[..cuts[2]];
        Probe.Complaints(whole, "webm").ShouldBeEmpty();
    }
}
