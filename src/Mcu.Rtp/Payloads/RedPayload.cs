using System.Buffers.Binary;

namespace Mcu.Rtp.Payloads;

/// <summary>One block of a RED payload.</summary>
/// <param name="payloadType">What the block is in, 0 to 127.</param>
/// <param name="timestampOffset">How much older than the packet's timestamp it is, in RTP clock units; 0 for the primary.</param>
/// <param name="payload">One encoded frame.</param>
public readonly ref struct RedBlock(byte payloadType, int timestampOffset, ReadOnlySpan<byte> payload)
{
    public byte PayloadType { get; } = payloadType;

    public int TimestampOffset { get; } = timestampOffset;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}

/// <summary>
/// A view of a RED payload (RFC 2198 section 3): frames that earlier packets carried, once more, and behind them the frame of this one.
/// Holds nothing, copies nothing.
/// </summary>
public readonly ref struct RedPayload
{
    /// <summary>Payloads with more blocks than these and the primary are refused.</summary>
    public const int MaxRedundant = 9;

    internal const int RedundantHeaderLength = 4;
    internal const byte MoreBlocks = 0x80;

    private readonly ReadOnlySpan<byte> _payload;
    private readonly int _primaryAt;

    private RedPayload(ReadOnlySpan<byte> payload, int redundantCount, int primaryAt)
    {
        _payload = payload;
        _primaryAt = primaryAt;
        RedundantCount = redundantCount;
    }

    /// <summary>Blocks before the primary, 0 to <see cref="MaxRedundant"/>.</summary>
    public int RedundantCount { get; }

    /// <summary>The packet's own frame.</summary>
    public RedBlock Primary => new(TypeAt(RedundantCount * RedundantHeaderLength), 0, _payload[_primaryAt..]);

    /// <summary>Reads a payload; false if it has too many blocks or a length in it points outside of it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> payload, out RedPayload parsed)
    {
        parsed = default;
        var (count, at, bytes) = (0, 0, 0);
        for (; at < payload.Length && (payload[at] & MoreBlocks) != 0; at += RedundantHeaderLength)
        {
            if (payload.Length - at < RedundantHeaderLength || ++count > MaxRedundant)
            {
                return false;
            }

            bytes += LengthAt(payload, at);
        }

        // The last header is one byte: no offset and no length.
        var primaryAt = at + 1 + bytes;
        if (primaryAt > payload.Length)
        {
            return false;
        }

        parsed = new RedPayload(payload, count, primaryAt);
        return true;
    }

    /// <summary>A block that an earlier packet carried as its own; senders write the oldest first.</summary>
    /// <param name="back">1 for the last before the primary, up to <see cref="RedundantCount"/>.</param>
    public RedBlock Before(int back)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(back);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(back, RedundantCount);
        var index = RedundantCount - back;
        var at = (RedundantCount * RedundantHeaderLength) + 1;
        for (var before = 0; before < index; before++)
        {
            at += LengthAt(_payload, before * RedundantHeaderLength);
        }

        // F (1 bit), block PT (7), timestamp offset (14), block length (10).
        var header = index * RedundantHeaderLength;
        var offset = BinaryPrimitives.ReadUInt16BigEndian(_payload[(header + 1)..]) >> 2;
        return new RedBlock(TypeAt(header), offset, _payload.Slice(at, LengthAt(_payload, header)));
    }

    private static int LengthAt(ReadOnlySpan<byte> payload, int header) =>
        BinaryPrimitives.ReadUInt16BigEndian(payload[(header + 2)..]) & RedWriter.MaxBlockLength;

    private byte TypeAt(int header) => (byte)(_payload[header] & ~MoreBlocks);
}
