using System.Runtime.InteropServices;
using Mcu.Media;

namespace Mcu.Transport.Interop;

/// <summary>Where one thread waits for a signal or a time, exact to some 50 µs and without allocating. Signals while nobody waits count as one.</summary>
internal sealed class Gate : SafeHandle
{
    private const int NanosecondsPerTick = 100;

    public Gate()
        : base(nint.Zero, ownsHandle: true)
    {
        SetHandle(ThreadNative.CreateGate());
        if (IsInvalid)
        {
            throw new InvalidOperationException("There is no memory for a thread's gate.");
        }
    }

    public override bool IsInvalid => handle == nint.Zero;

    /// <summary>Waits for a signal until <paramref name="deadline"/>; false if time ran out. The media clock is the gate's own, CLOCK_MONOTONIC.</summary>
    public bool Wait(MediaTime deadline) =>
        ThreadNative.Wait(this, deadline == MediaTime.Never ? -1 : Math.Max(deadline.Ticks, 0) * NanosecondsPerTick) != 0;

    public void Signal() => ThreadNative.Signal(this);

    protected override bool ReleaseHandle()
    {
        ThreadNative.DestroyGate(handle);
        return true;
    }
}
