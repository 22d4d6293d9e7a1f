using System.Runtime.InteropServices;
using Mcu.Native;

namespace Mcu.Codecs.Interop;

/// <summary>mcu_opus.h. Counts are samples at 48 kHz; negative results are libopus errors.</summary>
internal static unsafe partial class OpusNative
{
    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_decoder_create")]
    internal static partial OpusDecoderHandle CreateDecoder();

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_decoder_destroy")]
    internal static partial void DestroyDecoder(nint decoder);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_decoder_decode")]
    internal static partial int Decode(OpusDecoderHandle decoder, byte* payload, int size, float* samples, int capacity);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_decoder_recover")]
    internal static partial int Recover(OpusDecoderHandle decoder, byte* next, int size, float* samples, int count);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_decoder_conceal")]
    internal static partial int Conceal(OpusDecoderHandle decoder, float* samples, int count);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_create")]
    internal static partial OpusEncoderHandle CreateEncoder(int bitrateBps, int complexity, int fec, int dtx, int lowDelay);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_destroy")]
    internal static partial void DestroyEncoder(nint encoder);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_encode")]
    internal static partial int Encode(OpusEncoderHandle encoder, float* samples, int count, byte* payload, int capacity);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_set_rate")]
    internal static partial int SetRate(OpusEncoderHandle encoder, int bitrateBps, int lossPercent);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_copy")]
    internal static partial void Copy(OpusEncoderHandle encoder, OpusEncoderHandle from);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_reset")]
    internal static partial int Reset(OpusEncoderHandle encoder);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_opus_encoder_set_alone")]
    internal static partial int SetAlone(OpusEncoderHandle encoder, int alone);
}

/// <summary>mcu_g722.h. Counts are samples at 16 kHz.</summary>
internal static unsafe partial class G722Native
{
    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_g722_decoder_create")]
    internal static partial G722Handle CreateDecoder();

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_g722_encoder_create")]
    internal static partial G722Handle CreateEncoder();

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_g722_destroy")]
    internal static partial void Destroy(nint codec);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_g722_decode")]
    internal static partial int Decode(G722Handle decoder, byte* payload, int size, float* samples, int capacity);

    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_g722_encode")]
    internal static partial int Encode(G722Handle encoder, float* samples, byte* payload, int capacity);
}
