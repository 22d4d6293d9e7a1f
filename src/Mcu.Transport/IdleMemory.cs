using Mcu.Media.Memory;
using Mcu.Media.Video;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>What a process that has nothing to do may give back to the system: pools, garbage and free native memory.</summary>
public static class IdleMemory
{
    /// <summary>Takes some tens of milliseconds in which no managed thread runs: only while no media flows.</summary>
    public static void GiveBack()
    {
        BufferPool.Shared.Trim();
        VideoFramePool.Shared.Trim();
        // The garbage of joining is collected rarely: with a large processor cache the first generation grows to hundreds of megabytes.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        ThreadNative.GiveBackMemory();
    }
}
