using Mcu.WebRtc.Stun;

namespace Mcu.Server.Rooms;

/// <summary>Tells sound from what is urgent, without decrypting it.</summary>
internal static class SoundPackets
{
    /// <summary>Longest of 20 ms of speech in any codec (G.711: 160 bytes), with headers and SRTP's trailer.</summary>
    private const int MaxLength = 300;

    /// <summary>
    /// True for short RTP packets without the marker bit. Taken for sound by mistake, part of a picture is only dealt with later, and its
    /// last packet has the marker.
    /// </summary>
    public static bool IsLikely(ReadOnlySpan<byte> datagram) =>
        datagram.Length <= MaxLength && StunDemux.Classify(datagram) == DatagramKind.Rtp && (datagram[1] & 0x80) == 0;
}
