using System.Collections.Concurrent;

namespace Mcu.Media.Memory;

/// <summary>
/// A bounded pool of reference-counted byte buffers in a few size classes (powers of two from 256 B to 4 MiB).
/// The arrays are pinned, so native code may be handed their address. Thread-safe.
/// </summary>
/// <remarks>In DEBUG builds a returned buffer is filled with 0xFF, so a reader that kept it too long sees rubbish at once.</remarks>
public sealed class BufferPool
{
    private const int SmallestShift = 8;
    private const int LargestShift = 22;

    private readonly ConcurrentQueue<PooledBuffer>[] _free = new ConcurrentQueue<PooledBuffer>[LargestShift - SmallestShift + 1];
    private readonly int[] _freeCounts = new int[LargestShift - SmallestShift + 1];
    private readonly long _maxFreeBytesPerClass;
    private int _outstanding;

    public BufferPool(long maxFreeBytesPerClass = 16 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxFreeBytesPerClass);
        _maxFreeBytesPerClass = maxFreeBytesPerClass;
        for (var i = 0; i < _free.Length; i++)
        {
            _free[i] = new ConcurrentQueue<PooledBuffer>();
        }
    }

    /// <summary>The process's own pool.</summary>
    public static BufferPool Shared { get; } = new();

    /// <summary>Buffers rented and not yet released. Zero when everybody has cleaned up.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Largest size that can be rented, in bytes.</summary>
    public static int MaxSize => 1 << LargestShift;

    /// <summary>Rents a buffer of at least <paramref name="minimumBytes"/> with one reference, owned by the caller. Content is undefined.</summary>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaxSize"/> bytes.</exception>
    public PooledBuffer Rent(int minimumBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(minimumBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minimumBytes, MaxSize);
        var sizeClass = ClassOf(minimumBytes);
        Interlocked.Increment(ref _outstanding);
        if (_free[sizeClass].TryDequeue(out var buffer))
        {
            Interlocked.Decrement(ref _freeCounts[sizeClass]);
        }
        else
        {
            buffer = new PooledBuffer(this, sizeClass, GC.AllocateUninitializedArray<byte>(1 << (sizeClass + SmallestShift), pinned: true));
        }

        buffer.Revive();
        return buffer;
    }

    /// <summary>Lets go of all buffers that nobody uses.</summary>
    public void Trim()
    {
        for (var i = 0; i < _free.Length; i++)
        {
            while (_free[i].TryDequeue(out _))
            {
                Interlocked.Decrement(ref _freeCounts[i]);
            }
        }
    }

    internal void Return(PooledBuffer buffer)
    {
#if DEBUG
        buffer.Array.AsSpan().Fill(0xFF);
#endif
        Interlocked.Decrement(ref _outstanding);
        var count = Interlocked.Increment(ref _freeCounts[buffer.SizeClass]);
        if ((long)count * buffer.Array.Length <= _maxFreeBytesPerClass)
        {
            _free[buffer.SizeClass].Enqueue(buffer);
        }
        else
        {
            Interlocked.Decrement(ref _freeCounts[buffer.SizeClass]);
        }
    }

    private static int ClassOf(int bytes) =>
        bytes <= 1 << SmallestShift ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(bytes - 1)) - SmallestShift;
}
