namespace Mcu.Rtp;

/// <summary>Tells RTP and RTCP apart where both share a port (RFC 5761 section 4).</summary>
public static class RtpDemux
{
    /// <summary>True if the packet is RTCP: its second byte is a packet type of 192 to 223. Payload types 64 to 95 are therefore never used for RTP.</summary>
    public static bool IsRtcp(ReadOnlySpan<byte> packet) => packet.Length >= 2 && packet[1] is >= 192 and <= 223;
}
