using System.Buffers.Binary;

namespace Mcu.Rtp.Receive;

/// <summary>Turns a retransmission back into the packet it repeats (RFC 4588 section 4).</summary>
public static class RtxDecapsulator
{
    private const int OriginalSequenceLength = 2;

    /// <summary>
    /// Rewrites an RTX packet in place: the original's sequence number, SSRC and payload type, its payload moved up, padding taken off.
    /// False if it is no RTP, or carries no original (padding that probes bandwidth).
    /// </summary>
    /// <param name="packet">The RTX packet, unchanged where the answer is false.</param>
    /// <param name="mediaSsrc">SSRC of the stream it belongs to.</param>
    /// <param name="mediaPayloadType">The payload type that <c>apt</c> names.</param>
    /// <param name="length">Length of the restored packet, which begins where the RTX packet began.</param>
    public static bool TryDecapsulate(Span<byte> packet, uint mediaSsrc, byte mediaPayloadType, out int length)
    {
        length = 0;
        if (!RtpPacket.TryParse(packet, out var rtx) || rtx.Payload.Length < OriginalSequenceLength)
        {
            return false;
        }

        var header = rtx.HeaderLength;
        var payloadLength = rtx.Payload.Length - OriginalSequenceLength;
        var sequence = BinaryPrimitives.ReadUInt16BigEndian(rtx.Payload);
        packet[0] &= 0xDF; // no padding any more
        packet[1] = (byte)((packet[1] & 0x80) | mediaPayloadType);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet[8..], mediaSsrc);
        packet.Slice(header + OriginalSequenceLength, payloadLength).CopyTo(packet[header..]);
        length = header + payloadLength;
        return true;
    }
}
