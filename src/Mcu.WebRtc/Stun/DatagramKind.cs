namespace Mcu.WebRtc.Stun;

/// <summary>What a datagram on the one media port carries.</summary>
public enum DatagramKind
{
    /// <summary>Nothing this port speaks (ZRTP and TURN channels included); dropped.</summary>
    Unknown,
    Stun,
    Dtls,
    Rtp,
    Rtcp,
}

/// <summary>Tells the protocols on one port apart by their first bytes (RFC 7983 section 7, RFC 5761 section 4).</summary>
public static class StunDemux
{
    public static DatagramKind Classify(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 2)
        {
            return DatagramKind.Unknown;
        }

        return datagram[0] switch
        {
            <= 3 => DatagramKind.Stun,
            >= 20 and <= 63 => DatagramKind.Dtls,
            // RTCP packet types 192 to 223 never meet an RTP payload type with its marker bit.
            >= 128 and <= 191 => datagram[1] is >= 192 and <= 223 ? DatagramKind.Rtcp : DatagramKind.Rtp,
            _ => DatagramKind.Unknown,
        };
    }
}
