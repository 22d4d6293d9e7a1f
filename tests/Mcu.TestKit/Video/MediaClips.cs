using Mcu.Media.Codecs;
using Mcu.Media.Video;

namespace Mcu.TestKit.Video;

/// <summary>
/// Real clips where they are at hand (the folder in MCU_MEDIA, else <c>../shared/media</c> seen from a folder above), and
/// synthetic ones of the same size where they are not. <see cref="MediaClip.Source"/> says which.
/// </summary>
public static class MediaClips
{
    public static readonly ClipName Foreman = new("foreman_352x288_291f.264", 352, 288);
    public static readonly ClipName WomanOffice = new("woman_office_1280x720_19f.264", 1280, 720);
    public static readonly ClipName FlowerHandheld = new("flower_handheld_1280x720_300f.264", 1280, 720);
    public static readonly ClipName ScreenShare = new("screen_share_pdf_1024x768_50f.264", 1024, 768);

    /// <summary>The folder of real clips, or null.</summary>
    public static string? Folder => Candidates().FirstOrDefault(Directory.Exists);

    /// <summary>The clip's H.264 file, or null where there is none.</summary>
    public static string? PathOf(ClipName name)
    {
        var path = Folder is { } folder ? Path.Combine(folder, name.File) : null;
        return File.Exists(path) ? path : null;
    }

    /// <summary>Decodes the first <paramref name="count"/> pictures of a clip, or draws them. The caller disposes the clip.</summary>
    public static MediaClip Load(ClipName name, ICodecFactory codecs, VideoFramePool pool, int count)
    {
        ArgumentNullException.ThrowIfNull(codecs);
        return PathOf(name) is { } path
            ? new MediaClip($"real clip {name.File}", Decode(path, codecs, pool, count))
            : new MediaClip($"synthetic film in place of {name.File}", Draw(name, pool, count));
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("MCU_MEDIA") is { Length: > 0 } named)
        {
            yield return named;
        }

        foreach (var start in new[] { Directory.GetCurrentDirectory(), AppContext.BaseDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                yield return Path.Combine(folder.FullName, "shared", "media");
            }
        }
    }

    private static List<VideoFrame> Decode(string path, ICodecFactory codecs, VideoFramePool pool, int count)
    {
        using var decoder = codecs.CreateVideoDecoder(VideoCodec.H264);
        var frames = new List<VideoFrame>();
        foreach (var unit in AccessUnits.Split(File.ReadAllBytes(path)))
        {
            if (frames.Count == count)
            {
                break;
            }

            if (decoder.Decode(unit.Span, pool, out var picture) == VideoDecodeStatus.Picture)
            {
                frames.Add(picture!);
            }
        }

        return frames;
    }

    private static List<VideoFrame> Draw(ClipName name, VideoFramePool pool, int count)
    {
        var film = new MovingPicture(name.Width + name.File.Length);
        return [.. Enumerable.Range(0, count).Select(i => film.Take(pool, name.Width, name.Height, i))];
    }
}

/// <summary>A clip's file and size.</summary>
public sealed record ClipName(string File, int Width, int Height);

/// <summary>Pictures in memory; disposing gives them back to their pool.</summary>
/// <param name="source">Whether these are real pictures or drawn ones.</param>
/// <param name="frames">Each with one reference, which the clip owns.</param>
public sealed class MediaClip(string source, IReadOnlyList<VideoFrame> frames) : IDisposable
{
    public string Source => source;

    public IReadOnlyList<VideoFrame> Frames => frames;

    public void Dispose()
    {
        foreach (var frame in frames)
        {
            frame.Release();
        }
    }
}
