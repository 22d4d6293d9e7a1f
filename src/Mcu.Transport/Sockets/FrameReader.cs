using System.Buffers.Binary;

namespace Mcu.Transport;

/// <summary>Cuts a TCP stream into datagrams, each behind its length in two bytes (RFC 4571 section 2). Sans-IO.</summary>
public sealed class FrameReader
{
    /// <summary>Longest frame taken, in bytes: what a UDP datagram of this MCU's media could be.</summary>
    public const int MaxFrame = 2048;

    private const int PrefixLength = 2;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(2 * (PrefixLength + MaxFrame), pinned: true);
    private int _start;
    private int _end;

    /// <summary>The peer sent a frame longer than <see cref="MaxFrame"/>: nothing after it can be read.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Where to put what comes next; never empty as long as all frames have been read.</summary>
    public Memory<byte> Free
    {
        get
        {
            if (_start > 0)
            {
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                _end -= _start;
                _start = 0;
            }

            return _buffer.AsMemory(_end);
        }
    }

    /// <summary>So many bytes were put into <see cref="Free"/>.</summary>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _buffer.Length - _end);
        _end += count;
    }

    /// <summary>The next whole frame, valid until <see cref="Free"/> is asked for; empty frames are passed over.</summary>
    public bool TryRead(out ReadOnlySpan<byte> frame)
    {
        frame = default;
        while (!IsBroken && _end - _start >= PrefixLength)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(_buffer.AsSpan(_start));
            IsBroken = length > MaxFrame;
            if (IsBroken || _end - _start - PrefixLength < length)
            {
                return false;
            }

            frame = _buffer.AsSpan(_start + PrefixLength, length);
            _start += PrefixLength + length;
            if (length > 0)
            {
                return true;
            }
        }

        return false;
    }
}
