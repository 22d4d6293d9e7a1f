using System.Runtime.InteropServices;
using Mcu.Native;

namespace Mcu.Codecs.Interop;

/// <summary>mcu_thread.h.</summary>
internal static partial class ThreadNative
{
    /// <summary>Nanoseconds of processor time that the calling thread has used.</summary>
    [LibraryImport(NativeLibraryInfo.Name, EntryPoint = "mcu_thread_cpu_time")]
    internal static partial long ProcessorTime();
}
