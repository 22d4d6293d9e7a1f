using System.Buffers.Binary;

namespace Mcu.Rtp.Payloads;

/// <summary>Writes a RED payload (RFC 2198 section 3): the headers of all blocks, then their frames, the oldest first.</summary>
/// <param name="destination">Takes it all; <see cref="LengthOf"/> says how much that is.</param>
/// <param name="redundantCount">How many blocks come before the primary, 0 to <see cref="RedPayload.MaxRedundant"/>.</param>
public ref struct RedWriter(Span<byte> destination, int redundantCount)
{
    /// <summary>Longest redundant block in bytes: 10 bits.</summary>
    public const int MaxBlockLength = 0x3FF;

    /// <summary>Oldest redundant block in RTP clock units: 14 bits, 341 ms at 48 kHz.</summary>
    public const int MaxTimestampOffset = 0x3FFF;

    private readonly Span<byte> _destination = destination;
    private int _header;
    private int _length = LengthOf(redundantCount, 0);

    /// <summary>Bytes of a payload whose frames have so many bytes together.</summary>
    public static int LengthOf(int redundantCount, int frameBytes) => (redundantCount * RedPayload.RedundantHeaderLength) + 1 + frameBytes;

    /// <exception cref="ArgumentOutOfRangeException">Too old or too long for its header.</exception>
    public void AddRedundant(byte payloadType, int timestampOffset, ReadOnlySpan<byte> payload)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)timestampOffset, (uint)MaxTimestampOffset, nameof(timestampOffset));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(payload.Length, MaxBlockLength, nameof(payload));
        var header = ((uint)(RedPayload.MoreBlocks | payloadType) << 24) | ((uint)timestampOffset << 10) | (uint)payload.Length;
        BinaryPrimitives.WriteUInt32BigEndian(_destination[_header..], header);
        _header += RedPayload.RedundantHeaderLength;
        payload.CopyTo(_destination[_length..]);
        _length += payload.Length;
    }

    /// <summary>Adds the packet's own frame, after all others; returns the bytes of the whole payload.</summary>
    public int AddPrimary(byte payloadType, ReadOnlySpan<byte> payload)
    {
        _destination[_header] = payloadType;
        payload.CopyTo(_destination[_length..]);
        return _length + payload.Length;
    }
}
