namespace Mcu.Rtp.Fec;

/// <summary>
/// RED as video uses it (RFC 2198, RFC 5109 section 14.1): one block behind one byte that says what it is, media or FEC.
/// Packets with redundant blocks before it are refused, as browsers refuse them.
/// </summary>
public static class RedEncapsulation
{
    /// <summary>Bytes of the header of the last block, the only one here: F = 0 and the block's payload type.</summary>
    public const int HeaderLength = 1;

    /// <summary>
    /// Takes the RED header out of a packet in place. The packet inside begins <see cref="HeaderLength"/> bytes later, has the block's payload
    /// type, and is otherwise the same: number, marker, extensions, padding. False if it is not one block; nothing is changed then.
    /// </summary>
    public static bool TryUnwrap(Span<byte> packet, out Span<byte> plain)
    {
        plain = default;
        if (!RtpPacket.TryParse(packet, out var red) || red.Payload.IsEmpty || (red.Payload[0] & 0x80) != 0)
        {
            return false;
        }

        var payloadType = red.Payload[0];
        packet[..red.HeaderLength].CopyTo(packet[HeaderLength..]);
        plain = packet[HeaderLength..];
        plain[1] = (byte)((plain[1] & 0x80) | payloadType);
        return true;
    }

    /// <summary>Makes the header just written a RED packet's and appends the block's; returns the length of both.</summary>
    /// <param name="packet">The packet; its payload follows behind what is written here.</param>
    /// <param name="headerLength">Bytes of the RTP header.</param>
    /// <param name="redPayloadType">Of the packet.</param>
    /// <param name="blockPayloadType">Of what is inside.</param>
    public static int Wrap(Span<byte> packet, int headerLength, byte redPayloadType, byte blockPayloadType)
    {
        packet[1] = (byte)((packet[1] & 0x80) | redPayloadType);
        packet[headerLength] = blockPayloadType;
        return headerLength + HeaderLength;
    }
}
