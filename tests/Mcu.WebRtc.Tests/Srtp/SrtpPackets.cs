using System.Buffers.Binary;
using Mcu.WebRtc.Srtp;
using Shouldly;

namespace Mcu.WebRtc.Tests;

internal static class SrtpPackets
{
    /// <summary>An RTP packet of 12 + 60 bytes with room for the trailer behind it.</summary>
    public static byte[] Rtp(ushort sequence, uint ssrc = 0x1234) => Rtp(sequence, ssrc, out _);

    public static byte[] Rtp(ushort sequence, uint ssrc, out int length)
    {
        length = 72;
        var packet = new byte[length + SrtpSession.MaxTrailer];
        packet[0] = 0x80;
        packet[1] = 111;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), sequence);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), sequence * 960u);
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(8), ssrc);
        for (var i = 12; i < length; i++)
        {
            packet[i] = (byte)i;
        }

        return packet;
    }

    /// <summary>An empty receiver report.</summary>
    public static byte[] Rtcp(uint ssrc, out int length)
    {
        length = 8;
        var packet = new byte[length + SrtpSession.MaxTrailer];
        packet[0] = 0x80;
        packet[1] = 201;
        packet[3] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(packet.AsSpan(4), ssrc);
        return packet;
    }

    public static byte[] Protected(SrtpSession sender, ushort sequence, uint ssrc = 0x1234)
    {
        var packet = Rtp(sequence, ssrc, out var length);
        var sealedLength = sender.ProtectRtp(packet, length);
        sealedLength.ShouldBeGreaterThan(length);
        return packet[..sealedLength];
    }

    public static byte[] ProtectedReport(SrtpSession sender, uint ssrc = 0x1234)
    {
        var packet = Rtcp(ssrc, out var length);
        return packet[..sender.ProtectRtcp(packet, length)];
    }

    public static (SrtpSession Client, SrtpSession Server) Pair(SrtpProfile profile, int seed = 3)
    {
        var material = new byte[SrtpProfiles.MaterialLength(profile)];
        new Random(seed).NextBytes(material);
        return (SrtpSession.FromKeyingMaterial(profile, material, true), SrtpSession.FromKeyingMaterial(profile, material, false));
    }

    public static void ShouldPass(SrtpSession sender, SrtpSession receiver)
    {
        var original = Rtp(1, 0x1234, out var length);
        var packet = Protected(sender, 1);
        packet.AsSpan(12, 60).SequenceEqual(original.AsSpan(12, 60)).ShouldBeFalse();
        receiver.UnprotectRtp(packet).ShouldBe(length);
        packet.AsSpan(0, length).SequenceEqual(original.AsSpan(0, length)).ShouldBeTrue();

        var report = Rtcp(0x1234, out var reportLength);
        var sealedReport = sender.ProtectRtcp(report, reportLength);
        sealedReport.ShouldBeGreaterThan(reportLength);
        receiver.UnprotectRtcp(report.AsSpan(0, sealedReport)).ShouldBe(reportLength);
    }
}
