using System.Runtime.InteropServices;
using Mcu.Media.Video;
using Mcu.Native;

namespace Mcu.Codecs.Interop;

/// <summary>mcu_picture: a frame's planes while its array is held.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct NativePicture
{
    public byte* Data;
    public int Width;
    public int Height;
    public int StrideY;
    public int StrideUV;
    public int OffsetU;
    public int OffsetV;

    /// <summary>Describes a frame whose array <paramref name="data"/> keeps in place.</summary>
    public static NativePicture Of(VideoFrame frame, byte* data) =>
        new()
        {
            Data = data,
            Width = frame.Width,
            Height = frame.Height,
            StrideY = frame.StrideY,
            StrideUV = frame.StrideUV,
            OffsetU = frame.OffsetU,
            OffsetV = frame.OffsetV,
        };
}

/// <summary>mcu_area.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct NativeArea(PixelRect area)
{
    public readonly int X = area.X;
    public readonly int Y = area.Y;
    public readonly int Width = area.Width;
    public readonly int Height = area.Height;
}

/// <summary>mcu_video_encoder_settings.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeEncoderSettings
{
    public int Codec;
    public int Width;
    public int Height;
    public int BitrateBps;
    public double FramesPerSecond;
    public int Speed;
    public int Threads;
    public int ScreenContent;
    public int Layered;
}

/// <summary>mcu_video_decoder.h, mcu_video_encoder.h and mcu_scale.h.</summary>
internal static unsafe partial class VideoNative
{
    internal const int DecodedPicture = 1;
    internal const int DecodedNothing = 0;

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_decoder_create")]
    internal static partial VideoDecoderHandle CreateDecoder(int codec);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_decoder_destroy")]
    internal static partial void DestroyDecoder(nint decoder);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_decoder_decode")]
    internal static partial int Decode(VideoDecoderHandle decoder, byte* data, int size, out int width, out int height);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_decoder_copy")]
    internal static partial int Copy(VideoDecoderHandle decoder, in NativePicture target);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_create")]
    internal static partial VideoEncoderHandle CreateEncoder(in NativeEncoderSettings settings);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_destroy")]
    internal static partial void DestroyEncoder(nint encoder);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_encode")]
    internal static partial int Encode(
        VideoEncoderHandle encoder,
        in NativePicture picture,
        long pts,
        int forceKeyframe,
        int discardable,
        byte* changed,
        int changedSize,
        out int keyframe
    );

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_take")]
    internal static partial int Take(VideoEncoderHandle encoder, byte* target, int capacity);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_set_rate")]
    internal static partial int SetRate(VideoEncoderHandle encoder, int bitrateBps, double framesPerSecond);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_video_encoder_set_speed")]
    internal static partial int SetSpeed(VideoEncoderHandle encoder, int speed);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_scale_scratch")]
    internal static partial int ScaleScratch(in NativeArea targetArea, int rotation);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_scale")]
    internal static partial int Scale(
        in NativePicture source,
        in NativeArea sourceArea,
        int rotation,
        in NativePicture target,
        in NativeArea targetArea,
        byte* scratch,
        int scratchSize
    );
}
