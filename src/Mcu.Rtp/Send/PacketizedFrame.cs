using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;

namespace Mcu.Rtp.Send;

/// <summary>
/// One encoded frame of a rendition, cut into RTP payloads that all its subscribers share. Reference-counted like <see cref="PooledBuffer"/>:
/// the packetizer's caller holds one reference, each send history takes its own. Content never changes while it is shared.
/// </summary>
public sealed class PacketizedFrame
{
    private readonly PacketizedFramePool _owner;
    private PooledBuffer? _slab;
    private Slice[] _slices = new Slice[4];
    private int _used;
    private ReferenceCount _references;

    internal PacketizedFrame(PacketizedFramePool owner) => _owner = owner;

    private readonly record struct Slice(int Offset, int Length);

    /// <summary>Number of payloads.</summary>
    public int Count { get; private set; }

    /// <summary>Decodable alone. Always true for audio.</summary>
    public bool IsKeyframe { get; private set; }

    /// <summary>What the payloads are; null for audio.</summary>
    public VideoCodec? Codec { get; private set; }

    /// <summary>0: later frames need it. 1: nothing refers to it, and who leaves it out has half the frames.</summary>
    public int TemporalLayer { get; private set; }

    /// <summary>Capture time on the room's clock: every subscriber's RTP timestamp comes from it.</summary>
    public MediaTime Time { get; private set; }

    /// <summary>Which payload carries the RTP marker bit: the last of a video frame, the first of a talkspurt; -1 for none.</summary>
    public int MarkerIndex { get; private set; }

    /// <summary>Bytes of all payloads.</summary>
    public int TotalBytes => _used;

    public ReadOnlySpan<byte> this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            var slice = _slices[index];
            return _slab!.Array.AsSpan(slice.Offset, slice.Length);
        }
    }

    public PacketizedFrame AddReference()
    {
        _references.Add();
        return this;
    }

    public void Release()
    {
        if (_references.Release())
        {
            _slab!.Release();
            _slab = null;
            _owner.Return(this);
        }
    }

    internal void Begin(PooledBuffer slab, bool isKeyframe, MediaTime time, VideoCodec? codec, int temporalLayer)
    {
        _slab = slab;
        _used = 0;
        Count = 0;
        IsKeyframe = isKeyframe;
        Time = time;
        Codec = codec;
        TemporalLayer = temporalLayer;
        MarkerIndex = -1;
        _references.Start();
    }

    /// <summary>Room for the next payload; <see cref="Commit"/> says how much of it is used.</summary>
    internal Span<byte> Remaining() => _slab!.Array.AsSpan(_used);

    internal void Commit(int length)
    {
        if (Count == _slices.Length)
        {
            Array.Resize(ref _slices, Count * 2);
        }

        _slices[Count++] = new Slice(_used, length);
        _used += length;
    }

    internal void SetMarker(int index) => MarkerIndex = index;
}

/// <summary>Keeps packetized frames and their payload memory for reuse. Bounded, thread-safe.</summary>
/// <param name="buffers">Where the slabs come from.</param>
/// <param name="maxFree">Frames kept for reuse.</param>
public sealed class PacketizedFramePool(BufferPool buffers, int maxFree = 4096)
{
    private readonly ConcurrentQueue<PacketizedFrame> _free = new();
    private int _freeCount;
    private int _outstanding;

    /// <summary>Frames handed out and not yet released.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>An empty frame with one reference and a slab of at least <paramref name="slabBytes"/>.</summary>
    internal PacketizedFrame Rent(int slabBytes, bool isKeyframe, MediaTime time, VideoCodec? codec = null, int temporalLayer = 0)
    {
        var slab = buffers.Rent(slabBytes);
        Interlocked.Increment(ref _outstanding);
        if (_free.TryDequeue(out var frame))
        {
            Interlocked.Decrement(ref _freeCount);
        }
        else
        {
            frame = new PacketizedFrame(this);
        }

        frame.Begin(slab, isKeyframe, time, codec, temporalLayer);
        return frame;
    }

    internal void Return(PacketizedFrame frame)
    {
        Interlocked.Decrement(ref _outstanding);
        if (Interlocked.Increment(ref _freeCount) <= maxFree)
        {
            _free.Enqueue(frame);
        }
        else
        {
            Interlocked.Decrement(ref _freeCount);
        }
    }
}
