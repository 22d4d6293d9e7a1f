using System.Collections.Concurrent;

namespace Mcu.Media.Network;

/// <summary>
/// Datagrams waiting to be sent, in one slab: a sans-IO core reserves room, writes, commits; the transport sends them all in one call.
/// One owner. When the batch is full, <see cref="Full"/> is called to flush it, so nothing is lost and nothing grows.
/// </summary>
/// <remarks>Its memory is rented while there is something in it: rooms that send nothing hold none.</remarks>
public sealed class DatagramBatch
{
    /// <summary>Largest datagram in bytes that is ever sent (an Ethernet frame's UDP payload).</summary>
    public const int MaxDatagram = 1500;

    private readonly int _capacity;
    private Storage? _storage;
    private int _used;
    private int _count;
    private bool _reserved;

    /// <param name="maxDatagrams">As many as one call of the transport sends: more would only be colder in the caches.</param>
    public DatagramBatch(int maxDatagrams = 64)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDatagrams, 1);
        _capacity = maxDatagrams;
    }

    /// <summary>One datagram: its bytes within <see cref="Slab"/> and where it goes.</summary>
    public readonly record struct Entry(int Offset, int Length, NetworkPath Path);

    /// <summary>Called when there is no room left; must end with <see cref="Clear"/>.</summary>
    public Action<DatagramBatch>? Full { get; set; }

    /// <summary>Pinned memory of all datagrams; empty while there are none.</summary>
    public byte[] Slab => _storage?.Slab ?? [];

    public ReadOnlySpan<Entry> Entries => _storage is null ? default : _storage.Entries.AsSpan(0, _count);

    public int Count => _count;

    public ReadOnlySpan<byte> BytesOf(in Entry entry) => Slab.AsSpan(entry.Offset, entry.Length);

    /// <summary>Room for one datagram of up to <see cref="MaxDatagram"/> bytes. Nothing is sent unless <see cref="Commit"/> follows.</summary>
    /// <exception cref="InvalidOperationException">The batch is full and nobody flushes it.</exception>
    public Span<byte> Reserve()
    {
        if (_count == _capacity)
        {
            Full?.Invoke(this);
            if (_count == _capacity)
            {
                throw new InvalidOperationException("The datagram batch is full and nobody flushes it.");
            }
        }

        _reserved = true;
        _storage ??= Storage.Rent(_capacity);
        return _storage.Slab.AsSpan(_used, MaxDatagram);
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
        _storage!.Entries[_count++] = new Entry(_used, length, path);
        _used += length;
    }

    /// <summary>Copies a finished datagram in.</summary>
    public void Add(ReadOnlySpan<byte> datagram, in NetworkPath path)
    {
        datagram.CopyTo(Reserve());
        Commit(datagram.Length, path);
    }

    /// <summary>Empties the batch and gives its memory back.</summary>
    public void Clear()
    {
        _count = 0;
        _used = 0;
        _reserved = false;
        if (_storage is { } storage)
        {
            _storage = null;
            storage.Return();
        }
    }

    /// <summary>The memory of one batch. As many are kept as ever were in use at once: one for each thread that fills one.</summary>
    private sealed class Storage(int capacity)
    {
        private const int MaxFree = 64;
        private static readonly ConcurrentDictionary<int, ConcurrentQueue<Storage>> s_free = new();

        private ConcurrentQueue<Storage> _home = null!;

        public byte[] Slab { get; } = GC.AllocateUninitializedArray<byte>(capacity * MaxDatagram, pinned: true);

        public Entry[] Entries { get; } = new Entry[capacity];

        public static Storage Rent(int capacity)
        {
            var home = s_free.GetOrAdd(capacity, static _ => new ConcurrentQueue<Storage>());
            return home.TryDequeue(out var storage) ? storage : new Storage(capacity) { _home = home };
        }

        public void Return()
        {
            if (_home.Count < MaxFree)
            {
                _home.Enqueue(this);
            }
        }
    }
}
