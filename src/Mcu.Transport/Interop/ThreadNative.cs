using System.Runtime.InteropServices;
using Mcu.Native;

namespace Mcu.Transport.Interop;

/// <summary>mcu_thread.h, and the memory of mcu_abi.h.</summary>
internal static class ThreadNative
{
    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_thread_set_nice", ExactSpelling = true)]
    internal static extern int SetNice(int nice);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_thread_set_timer_slack", ExactSpelling = true)]
    internal static extern int SetTimerSlack(long nanoseconds);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_give_back_memory", ExactSpelling = true)]
    internal static extern void GiveBackMemory();

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gate_create", ExactSpelling = true)]
    internal static extern nint CreateGate();

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gate_destroy", ExactSpelling = true)]
    internal static extern void DestroyGate(nint gate);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gate_wait", ExactSpelling = true)]
    internal static extern int Wait(Gate gate, long deadlineNanoseconds);

    [DllImport(NativeLibraryInfo.Name, EntryPoint = "mcu_gate_signal", ExactSpelling = true)]
    internal static extern void Signal(Gate gate);
}
