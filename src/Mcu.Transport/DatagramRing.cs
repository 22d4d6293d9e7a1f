using System.Diagnostics.CodeAnalysis;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;

namespace Mcu.Transport;

/// <summary>A datagram taken out of a <see cref="DatagramRing"/>. Whoever takes it out calls <see cref="Release"/> once.</summary>
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
/// Allocates nothing once its buffers have been rented for the first time.
/// </summary>
public sealed class DatagramRing
{
    private readonly Slot[] _slots;
    private readonly long _mask;
    private readonly BufferPool _pool;
    private long _writeAt;
    private long _readAt;
    private long _dropped;

    /// <param name="capacity">Rounded up to a power of two.</param>
    /// <param name="pool">Where the bytes are kept; the shared pool if null.</param>
    public DatagramRing(int capacity, BufferPool? pool = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        var size = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity);
        _slots = new Slot[size];
        _mask = size - 1;
        _pool = pool ?? BufferPool.Shared;
        for (var i = 0; i < size; i++)
        {
            _slots[i].Turn = i;
        }
    }

    public int Capacity => _slots.Length;

    /// <summary>Datagrams lost because the ring was full.</summary>
    public long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Copies a datagram in; false and counted if the ring is full. Any thread.</summary>
    public bool TryEnqueue(object target, ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        var at = Volatile.Read(ref _writeAt);
        while (true)
        {
            // A slot's turn says whose it is: n for writer n, n + 1 for reader n, and n + capacity for the writer of the next lap.
            var lead = Volatile.Read(ref _slots[at & _mask].Turn) - at;
            if (lead < 0)
            {
                Interlocked.Increment(ref _dropped);
                return false;
            }

            var seen = lead == 0 ? Interlocked.CompareExchange(ref _writeAt, at + 1, at) : Volatile.Read(ref _writeAt);
            if (lead == 0 && seen == at)
            {
                break;
            }

            at = seen;
        }

        ref var slot = ref _slots[at & _mask];
        var buffer = _pool.Rent(datagram.Length);
        buffer.Length = datagram.Length;
        datagram.CopyTo(buffer.Span);
        slot.Target = target;
        slot.Buffer = buffer;
        slot.Path = path;
        slot.Arrival = arrival;
        Volatile.Write(ref slot.Turn, at + 1);
        return true;
    }

    /// <summary>Takes the oldest datagram out. One reader at a time.</summary>
    public bool TryDequeue([MaybeNullWhen(false)] out ReceivedDatagram datagram)
    {
        ref var slot = ref _slots[_readAt & _mask];
        if (Volatile.Read(ref slot.Turn) != _readAt + 1)
        {
            datagram = default;
            return false;
        }

        datagram = new ReceivedDatagram(slot.Target!, slot.Buffer!, slot.Path, slot.Arrival);
        slot.Target = null;
        slot.Buffer = null;
        Volatile.Write(ref slot.Turn, _readAt + _slots.Length);
        _readAt++;
        return true;
    }

    /// <summary>Throws away all that wait and returns their buffers. For the reader.</summary>
    public void Clear()
    {
        while (TryDequeue(out var datagram))
        {
            datagram.Release();
        }
    }

    private struct Slot
    {
        public long Turn;
        public object? Target;
        public PooledBuffer? Buffer;
        public NetworkPath Path;
        public MediaTime Arrival;
    }
}
