using System.Runtime.InteropServices;

namespace Mcu.Codecs.Interop;

/// <summary>A native codec instance; each derived class knows how its own is destroyed.</summary>
internal abstract class CodecHandle() : SafeHandle(nint.Zero, ownsHandle: true)
{
    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>This handle, if the native side could make one.</summary>
    /// <exception cref="InvalidOperationException">It could not: out of memory, or the library lacks the codec.</exception>
    protected static T Opened<T>(T handle)
        where T : CodecHandle
    {
        if (!handle.IsInvalid)
        {
            return handle;
        }

        handle.Dispose();
        throw new InvalidOperationException($"{typeof(T).Name}: the native library could not open this codec.");
    }
}

internal sealed class OpusDecoderHandle : CodecHandle
{
    public static OpusDecoderHandle Open() => Opened(OpusNative.CreateDecoder());

    protected override bool ReleaseHandle()
    {
        OpusNative.DestroyDecoder(handle);
        return true;
    }
}

internal sealed class OpusEncoderHandle : CodecHandle
{
    public static OpusEncoderHandle Open(int bitrateBps, int complexity, bool fec, bool dtx, bool lowDelay) =>
        Opened(OpusNative.CreateEncoder(bitrateBps, complexity, fec ? 1 : 0, dtx ? 1 : 0, lowDelay ? 1 : 0));

    protected override bool ReleaseHandle()
    {
        OpusNative.DestroyEncoder(handle);
        return true;
    }
}

internal sealed class G722Handle : CodecHandle
{
    public static G722Handle OpenDecoder() => Opened(G722Native.CreateDecoder());

    public static G722Handle OpenEncoder() => Opened(G722Native.CreateEncoder());

    protected override bool ReleaseHandle()
    {
        G722Native.Destroy(handle);
        return true;
    }
}

internal sealed class VideoDecoderHandle : CodecHandle
{
    public static VideoDecoderHandle Open(int codec) => Opened(VideoNative.CreateDecoder(codec));

    protected override bool ReleaseHandle()
    {
        VideoNative.DestroyDecoder(handle);
        return true;
    }
}

internal sealed class VideoEncoderHandle : CodecHandle
{
    public static VideoEncoderHandle Open(in NativeEncoderSettings settings) => Opened(VideoNative.CreateEncoder(settings));

    protected override bool ReleaseHandle()
    {
        VideoNative.DestroyEncoder(handle);
        return true;
    }
}
