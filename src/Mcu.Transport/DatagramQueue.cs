using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;

namespace Mcu.Transport;

/// <summary>A datagram taken out of a <see cref="DatagramQueue"/>. Whoever takes it out calls <see cref="Release"/> once.</summary>
public readonly struct ReceivedDatagram(object target, PooledBuffer buffer, NetworkPath path, MediaTime arrival)
{
    /// <summary>What the datagram was put in for, e.g. a session.</summary>
    public object Target { get; } = target;

    public NetworkPath Path { get; } = path;

    public MediaTime Arrival { get; } = arrival;

    /// <summary>Valid until <see cref="Release"/>.</summary>
    public Span<byte> Bytes => buffer.Span;

    public void Release() => buffer.Release();
}

/// <summary>
/// A bounded queue of datagrams from any number of threads to one reader, a lane. Full means that the newest are lost, as on a network.
/// It takes as much memory as ever waited at once, and in steady use allocates nothing.
/// </summary>
/// <param name="capacity">Most datagrams that wait.</param>
/// <param name="pool">Where the bytes are kept; the shared pool if null.</param>
public sealed class DatagramQueue(int capacity, BufferPool? pool = null)
{
    private readonly ConcurrentQueue<ReceivedDatagram> _datagrams = new();
    private readonly BufferPool _pool = pool ?? BufferPool.Shared;
    private int _count;
    private long _dropped;

    /// <summary>Datagrams lost because the queue was full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Copies a datagram in; false and counted if the queue is full. Any thread.</summary>
    public bool TryEnqueue(object target, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        if (Interlocked.Increment(ref _count) > capacity)
        {
            Interlocked.Decrement(ref _count);
            Interlocked.Increment(ref _dropped);
            return false;
        }

        var buffer = _pool.Rent(datagram.Length);
        buffer.Length = datagram.Length;
        datagram.CopyTo(buffer.Span);
        _datagrams.Enqueue(new ReceivedDatagram(target, buffer, path, arrival));
        return true;
    }

    /// <summary>Takes the oldest datagram out. One reader at a time.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out ReceivedDatagram datagram)
    {
        var taken = _datagrams.TryDequeue(out datagram);
        if (taken)
        {
            Interlocked.Decrement(ref _count);
        }

        return taken;
    }

    /// <summary>Throws away all that wait and returns their buffers. For the reader.</summary>
    public void Clear()
    {
        while (TryDequeue(out var datagram))
        {
            datagram.Release();
        }
    }
}
