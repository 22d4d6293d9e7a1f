using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.TestKit.Video;

namespace Mcu.Load.Clips;

/// <summary>Moving pictures of any size: a real clip, forwards and backwards for ever, where clips are at hand, else drawn ones.</summary>
internal sealed class Film : IDisposable
{
    public const int Count = 3;

    private static readonly ClipName[] s_clips = [MediaClips.Foreman, MediaClips.FlowerHandheld, MediaClips.WomanOffice];

    private readonly IVideoScaler _scaler;
    private readonly MediaClip? _clip;
    private readonly MovingPicture _drawn;

    /// <param name="codecs">Decodes and scales.</param>
    /// <param name="index">Which one, from 0 to <see cref="Count"/>.</param>
    public Film(ICodecFactory codecs, int index)
    {
        _scaler = codecs.Scaler;
        _drawn = new MovingPicture(index + 1);
        var name = s_clips[index];
        _clip = MediaClips.PathOf(name) is null ? null : MediaClips.Load(name, codecs, VideoFramePool.Shared, 4 * VideoFormat.Rate);
    }

    public static string Source =>
        s_clips.All(clip => MediaClips.PathOf(clip) is not null) ? "real clips" : "drawn pictures (no clips were found)";

    /// <summary>Draws a picture in the frame's own size.</summary>
    public void Draw(int index, VideoFrame frame)
    {
        if (_clip is null)
        {
            _drawn.Draw(frame, index);
            return;
        }

        var last = _clip.Frames.Count - 1;
        var place = index % Math.Max(2 * last, 1);
        var source = _clip.Frames[place <= last ? place : (2 * last) - place];
        var whole = new PixelRect(0, 0, frame.Width, frame.Height);
        _scaler.Scale(source, Middle(source, frame), VideoRotation.None, frame, whole);
    }

    public void Dispose() => _clip?.Dispose();

    /// <summary>The largest part in the middle of a picture that has the target's shape, even as the scaler wants it.</summary>
    private static PixelRect Middle(VideoFrame source, VideoFrame target)
    {
        var width = Math.Min(source.Width, source.Height * target.Width / target.Height) & ~1;
        var height = Math.Min(source.Height, source.Width * target.Height / target.Width) & ~1;
        return new PixelRect((source.Width - width) / 2 & ~1, (source.Height - height) / 2 & ~1, width, height);
    }
}
