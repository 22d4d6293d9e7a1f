namespace Mcu.Media.Video;

/// <summary>Scales pictures. Implementations keep no state between calls and may be called from several threads at once.</summary>
public interface IVideoScaler
{
    /// <summary>
    /// Scales <paramref name="sourceArea"/> of one frame into <paramref name="targetArea"/> of another in one pass (bilinear or box),
    /// after turning it by <paramref name="rotation"/>; <paramref name="sourceArea"/> is in the coordinates of the frame as stored, before turning.
    /// X, Y and sizes of both areas are even; both lie inside their frames.
    /// </summary>
    /// <exception cref="ArgumentException">An area is empty, odd or outside its frame.</exception>
    void Scale(VideoFrame source, PixelRect sourceArea, VideoRotation rotation, VideoFrame target, PixelRect targetArea);
}
