using Mcu.Media.Codecs;
using Mcu.Recording.Containers;

namespace Mcu.Recording.Tests;

/// <summary>What the next start makes of a file that a crash ended.</summary>
public sealed class RecoveryTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public RecoveryTests() => Directory.CreateDirectory(_path);

    public void Dispose() => Directory.Delete(_path, recursive: true);

    [Theory]
    [InlineData("mp4", VideoCodec.H264)]
    [InlineData("webm", VideoCodec.Vp8)]
    public void Its_length_is_what_plays_whatever_the_date_of_the_file(string format, VideoCodec codec)
    {
        IMuxer muxer = format == "mp4" ? new FragmentedMp4(hasVideo: true) : new WebM(codec);
        var file = Footage.Of(codec, 2).Mux(muxer, 400, out var cuts);
        var folder = new RecordingFolder(_path);
        var media = folder.MediaPath(format);
        File.WriteAllBytes(media, file[..(cuts[3] + 5)]);
        File.SetLastWriteTimeUtc(media, DateTime.UnixEpoch.AddYears(50));
        var info = new RecordingInfo("r", "room", format, "any", RecordingState.Recording, DateTimeOffset.UnixEpoch, null, null, 0, 0);

        var recovered = folder.Recover(info);

        recovered.DurationMs.ShouldBe(1200);
        recovered.Bytes.ShouldBe(cuts[3]);
        new FileInfo(media).Length.ShouldBe(cuts[3]);
        folder.Load().ShouldBe(recovered);
    }
}
