using System.Runtime.InteropServices;
using Mcu.Native;
using Microsoft.Win32.SafeHandles;

namespace Mcu.WebRtc.Dtls;

internal sealed class DtlsContextHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DtlsNative.FreeContext(handle);
        return true;
    }
}

internal sealed class DtlsHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle()
    {
        DtlsNative.Free(handle);
        return true;
    }
}

/// <summary>mcu_dtls.h.</summary>
internal static class DtlsNative
{
    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_context_create", ExactSpelling = true)]
    public static extern DtlsContextHandle CreateContext(in byte certificate, int certificateLength, in byte key, int keyLength);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_context_free", ExactSpelling = true)]
    public static extern void FreeContext(nint context);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_create", ExactSpelling = true)]
    public static extern DtlsHandle Create(DtlsContextHandle context, int isServer, int mtu);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_free", ExactSpelling = true)]
    public static extern void Free(nint session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_receive", ExactSpelling = true)]
    public static extern DtlsState Receive(DtlsHandle session, in byte datagram, int length);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_take", ExactSpelling = true)]
    public static extern int Take(DtlsHandle session, ref byte datagram, int capacity);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_pending_flight", ExactSpelling = true)]
    public static extern int PendingFlight(DtlsHandle session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_retransmit", ExactSpelling = true)]
    public static extern DtlsState Retransmit(DtlsHandle session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_close", ExactSpelling = true)]
    public static extern void Close(DtlsHandle session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_peer_certificate", ExactSpelling = true)]
    public static extern int PeerCertificate(DtlsHandle session, ref byte certificate, int capacity);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_srtp_profile", ExactSpelling = true)]
    public static extern int SrtpProfile(DtlsHandle session);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_dtls_export_keys", ExactSpelling = true)]
    public static extern int ExportKeys(DtlsHandle session, ref byte material, int length);
}
