namespace Mcu.Media.Network;

/// <summary>
/// Datagrams waiting to be sent, in one slab: a sans-IO core reserves room, writes, commits; the transport sends them all in one call.
/// One owner. When the batch is full, <see cref="Full"/> is called to flush it, so nothing is lost and nothing grows.
/// </summary>
public sealed class DatagramBatch
{
    /// <summary>Largest datagram in bytes that is ever sent (an Ethernet frame's UDP payload).</summary>
    public const int MaxDatagram = 1500;

    private readonly Entry[] _entries;
    private int _used;
    private int _count;
    private bool _reserved;

    public DatagramBatch(int maxDatagrams = 256)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDatagrams, 1);
        _entries = new Entry[maxDatagrams];
        Slab = GC.AllocateUninitializedArray<byte>(maxDatagrams * MaxDatagram, pinned: true);
    }

    /// <summary>One datagram: its bytes within <see cref="Slab"/> and where it goes.</summary>
    public readonly record struct Entry(int Offset, int Length, NetworkPath Path);

    /// <summary>Called when there is no room left; must end with <see cref="Clear"/>.</summary>
    public Action<DatagramBatch>? Full { get; set; }

    /// <summary>Pinned memory of all datagrams.</summary>
    public byte[] Slab { get; }

    public ReadOnlySpan<Entry> Entries => _entries.AsSpan(0, _count);

    public int Count => _count;

    public ReadOnlySpan<byte> BytesOf(in Entry entry) => Slab.AsSpan(entry.Offset, entry.Length);

    /// <summary>Room for one datagram of up to <see cref="MaxDatagram"/> bytes. Nothing is sent unless <see cref="Commit"/> follows.</summary>
    /// <exception cref="InvalidOperationException">The batch is full and nobody flushes it.</exception>
    public Span<byte> Reserve()
    {
        if (_count == _entries.Length || _used + MaxDatagram > Slab.Length)
        {
            Full?.Invoke(this);
            if (_count == _entries.Length || _used + MaxDatagram > Slab.Length)
            {
                throw new InvalidOperationException("The datagram batch is full and nobody flushes it.");
            }
        }

        _reserved = true;
        return Slab.AsSpan(_used, MaxDatagram);
    }

    /// <summary>Queues the first <paramref name="length"/> bytes of the room reserved last.</summary>
    public void Commit(int length, in NetworkPath path)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxDatagram);
        if (!_reserved)
        {
            throw new InvalidOperationException("Commit follows Reserve.");
        }

        _reserved = false;
        _entries[_count++] = new Entry(_used, length, path);
        _used += length;
    }

    /// <summary>Copies a finished datagram in.</summary>
    public void Add(ReadOnlySpan<byte> datagram, in NetworkPath path)
    {
        datagram.CopyTo(Reserve());
        Commit(datagram.Length, path);
    }

    public void Clear()
    {
        _count = 0;
        _used = 0;
        _reserved = false;
    }
}
