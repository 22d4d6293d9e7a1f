using Mcu.Codecs.Interop;
using Mcu.Media.Video;

namespace Mcu.Codecs.Video;

/// <summary>Scales through libyuv: box filter where a side shrinks to less than half, bilinear otherwise, a plain copy where sizes agree.</summary>
internal sealed unsafe class NativeVideoScaler : IVideoScaler
{
    [ThreadStatic]
    private static byte[]? _scratch;

    public void Scale(VideoFrame source, PixelRect sourceArea, VideoRotation rotation, VideoFrame target, PixelRect targetArea)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        Check(source, sourceArea, nameof(sourceArea));
        Check(target, targetArea, nameof(targetArea));

        using var time = CodecTime.Count(CodecWork.Scale);
        var from = new NativeArea(sourceArea);
        var to = new NativeArea(targetArea);
        var scratch = rotation == VideoRotation.None ? null : ScratchOf(VideoNative.ScaleScratch(to, (int)rotation));
        int result;
        fixed (byte* sourceData = source.Data)
        fixed (byte* targetData = target.Data)
        fixed (byte* scratchData = scratch)
        {
            var input = NativePicture.Of(source, sourceData);
            var output = NativePicture.Of(target, targetData);
            result = VideoNative.Scale(input, from, (int)rotation, output, to, scratchData, scratch?.Length ?? 0);
        }

        if (result != 0)
        {
            throw new ArgumentException($"{rotation} is not a rotation.", nameof(rotation));
        }
    }

    /// <summary>Areas are even; only at the odd edge of a frame may they end odd.</summary>
    private static void Check(VideoFrame frame, PixelRect area, string name)
    {
        var isInside =
            area is { X: >= 0, Y: >= 0, IsEmpty: false } && area.Width <= frame.Width - area.X && area.Height <= frame.Height - area.Y;
        var isEven = ((area.X | area.Y) & 1) == 0;
        isEven &= (area.Width & 1) == 0 || area.Right == frame.Width;
        isEven &= (area.Height & 1) == 0 || area.Bottom == frame.Height;
        if (!isInside || !isEven)
        {
            throw new ArgumentException($"{area} is not an even, non-empty part of a {frame.Width}x{frame.Height} frame.", name);
        }
    }

    private static byte[] ScratchOf(int size)
    {
        if (_scratch is null || _scratch.Length < size)
        {
            _scratch = GC.AllocateUninitializedArray<byte>(size, pinned: true);
        }

        return _scratch;
    }
}
