using System.Runtime.InteropServices;
using Mcu.Native;
using Microsoft.Win32.SafeHandles;

namespace Mcu.WebRtc.Srtp;

internal sealed class SrtpHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        SrtpNative.Free(handle);
        return true;
    }
}

/// <summary>mcu_srtp.h.</summary>
internal static class SrtpNative
{
    public const int Outbound = 0;
    public const int Inbound = 1;

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_create", ExactSpelling = true)]
    public static extern SrtpHandle Create(int profile, int direction, in byte key, int keyLength);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_free", ExactSpelling = true)]
    public static extern void Free(nint session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_protect_rtp", ExactSpelling = true)]
    public static extern int ProtectRtp(SrtpHandle session, ref byte packet, int length, int capacity);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_protect_rtcp", ExactSpelling = true)]
    public static extern int ProtectRtcp(SrtpHandle session, ref byte packet, int length, int capacity);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_unprotect_rtp", ExactSpelling = true)]
    public static extern int UnprotectRtp(SrtpHandle session, ref byte packet, int length);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_unprotect_rtcp", ExactSpelling = true)]
    public static extern int UnprotectRtcp(SrtpHandle session, ref byte packet, int length);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_srtp_remove", ExactSpelling = true)]
    public static extern int Remove(SrtpHandle session, uint ssrc);
}
