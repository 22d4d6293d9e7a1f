using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Srtp;

/// <summary>Steady state allocates nothing per packet.</summary>
public sealed class SrtpAllocationTests
{
    [Theory]
    [InlineData(SrtpProfile.AeadAes128Gcm)]
    [InlineData(SrtpProfile.Aes128CmHmacSha1Length80)]
    public void Packets_and_reports_there_and_back(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var packet = SrtpPackets.Rtp(0, 1, out var packetLength);
        var report = SrtpPackets.Rtcp(1, out var reportLength);
        AllocatesNothing(i =>
        {
            (packet[2], packet[3]) = ((byte)(i >> 8), (byte)i);
            var length = client.ProtectRtp(packet, packetLength);
            var passed = server.UnprotectRtp(packet.AsSpan(0, length)) == packetLength;
            length = client.ProtectRtcp(report, reportLength);
            return passed && server.UnprotectRtcp(report.AsSpan(0, length)) == reportLength;
        });
    }

    /// <summary>A peer that changes its SSRC all the time takes over what was kept of those forgotten.</summary>
    [Fact]
    public void Sources_beyond_the_cap()
    {
        using var cipher = SrtpCipher.Create(SrtpProfile.AeadAes128Gcm, new byte[28]);
        using var server = new SrtpSession(SrtpProfile.AeadAes128Gcm, new byte[28], new byte[28]);
        var packet = SrtpPackets.Rtp(0);
        AllocatesNothing(i =>
        {
            (packet[10], packet[11]) = ((byte)(i >> 8), (byte)i);
            cipher.SealRtp(packet.AsSpan(0, 88), 12, 0);
            return server.UnprotectRtp(packet.AsSpan(0, 88)) == 72;
        });
    }

    private static void AllocatesNothing(Func<int, bool> step)
    {
        for (var i = 0; i < 3000; i++)
        {
            step(i).ShouldBeTrue();
        }

        var passed = 0;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 3000; i < 5000; i++)
        {
            passed += step(i) ? 1 : 0;
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
        passed.ShouldBe(2000);
    }
}
