using Mcu.Server.Rooms;

namespace Mcu.Server.Tests;

public sealed class SoundPacketsTests
{
    [Theory]
    [InlineData(0x80, 0x6F, 120, true)] // RTP, payload type 111
    [InlineData(0x90, 0x00, 214, true)] // G.711 with a header extension
    [InlineData(0x80, 0xEF, 120, false)] // the marker: begin of a talkspurt, or end of a picture
    [InlineData(0x80, 0x60, 1100, false)] // part of a picture
    [InlineData(0x80, 0xC8, 60, false)] // RTCP sender report
    [InlineData(0x00, 0x01, 100, false)] // STUN
    [InlineData(0x16, 0xFE, 100, false)] // DTLS
    public void Only_short_RTP_without_marker_waits_for_the_tick(byte first, byte second, int length, bool waits)
    {
        var datagram = new byte[length];
        (datagram[0], datagram[1]) = (first, second);
        Assert.Equal(waits, SoundPackets.IsLikely(datagram));
    }
}
