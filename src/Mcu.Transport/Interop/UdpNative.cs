using System.Runtime.InteropServices;
using Mcu.Native;

namespace Mcu.Transport.Interop;

/// <summary>mcu_net.h: struct mcu_datagram.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NativeDatagram
{
    public ulong AddressHigh;
    public ulong AddressLow;
    public int Offset;
    public int Length;
    public ushort Port;
    private readonly ushort _reserved0;
    private readonly ushort _reserved1;
    private readonly ushort _reserved2;
    public long AgeNanoseconds;
}

/// <summary>mcu_net.h. Negative results are -errno.</summary>
internal static class UdpNative
{
    /// <summary>Most datagrams in one call (MCU_UDP_MAX_BATCH).</summary>
    internal const int MaxBatch = 64;

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_open", ExactSpelling = true)]
    internal static extern nint Open(ulong addressHigh, ulong addressLow, int port, int bufferBytes, out int error);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_close", ExactSpelling = true)]
    internal static extern void Close(nint udp);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_port", ExactSpelling = true)]
    internal static extern int Port(UdpHandle udp);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_receive_batch", ExactSpelling = true)]
    internal static extern int ReceiveBatch(UdpHandle udp, ref byte slab, int slotBytes, ref NativeDatagram items, int count);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_receive_ready", ExactSpelling = true)]
    internal static extern int ReceiveReady(UdpHandle udp, ref byte slab, int slotBytes, ref NativeDatagram items, int count);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_send_batch", ExactSpelling = true)]
    internal static extern int SendBatch(UdpHandle udp, ref readonly byte slab, ref readonly NativeDatagram items, int count);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_interrupt", ExactSpelling = true)]
    internal static extern void Interrupt(UdpHandle udp);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_set_open", ExactSpelling = true)]
    internal static extern nint OpenSet(out int error);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_set_close", ExactSpelling = true)]
    internal static extern void CloseSet(nint set);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_set_add", ExactSpelling = true)]
    internal static extern int AddToSet(UdpSetHandle set, UdpHandle udp, uint id);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_set_wait", ExactSpelling = true)]
    internal static extern int WaitForSet(UdpSetHandle set, ref uint ids, int count);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_udp_set_interrupt", ExactSpelling = true)]
    internal static extern void InterruptSet(UdpSetHandle set);
}

/// <summary>Sockets that one thread waits for.</summary>
internal sealed class UdpSetHandle : SafeHandle
{
    private UdpSetHandle(nint set)
        : base(nint.Zero, ownsHandle: true) => SetHandle(set);

    public override bool IsInvalid => handle == nint.Zero;

    /// <exception cref="System.Net.Sockets.SocketException">The process has no descriptors left.</exception>
    public static UdpSetHandle Open()
    {
        var set = UdpNative.OpenSet(out var error);
        return set == nint.Zero ? throw new System.Net.Sockets.SocketException(Errno.ToSocketError(-error)) : new UdpSetHandle(set);
    }

    protected override bool ReleaseHandle()
    {
        UdpNative.CloseSet(handle);
        return true;
    }
}

/// <summary>An open native UDP socket.</summary>
internal sealed class UdpHandle : SafeHandle
{
    private UdpHandle(nint udp)
        : base(nint.Zero, ownsHandle: true) => SetHandle(udp);

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>Opens a socket, or gives null and the errno.</summary>
    public static UdpHandle? TryOpen(ulong addressHigh, ulong addressLow, int port, int bufferBytes, out int error)
    {
        var udp = UdpNative.Open(addressHigh, addressLow, port, bufferBytes, out error);
        error = -error;
        return udp == nint.Zero ? null : new UdpHandle(udp);
    }

    protected override bool ReleaseHandle()
    {
        UdpNative.Close(handle);
        return true;
    }
}
