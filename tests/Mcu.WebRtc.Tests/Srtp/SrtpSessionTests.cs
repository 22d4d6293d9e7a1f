using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Srtp;

public sealed class SrtpSessionTests
{
    public static TheoryData<SrtpProfile> Profiles => new(SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmHmacSha1Length80);

    [Theory, MemberData(nameof(Profiles))]
    public void Rtp_and_rtcp_go_there_and_back(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        SrtpPackets.ShouldPass(client, server);
        SrtpPackets.ShouldPass(server, client);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_replayed_packet_is_refused(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        var packet = SrtpPackets.Protected(client, 1);
        var again = packet.ToArray();

        server.UnprotectRtp(packet).ShouldBeGreaterThan(0);
        server.UnprotectRtp(again).ShouldBe(-1);
        server.Replayed.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_packet_with_any_byte_changed_is_refused(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        var packet = SrtpPackets.Protected(client, 1);
        for (var i = 0; i < packet.Length; i++)
        {
            var tampered = packet.ToArray();
            tampered[i] ^= 0x40;
            server.UnprotectRtp(tampered).ShouldBe(-1, $"byte {i}");
        }

        server.UnprotectRtp(packet).ShouldBe(72);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void No_truncation_of_a_packet_is_accepted(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        var packet = SrtpPackets.Protected(client, 1);
        for (var length = 0; length < packet.Length; length++)
        {
            server.UnprotectRtp(packet.AsSpan(0, length).ToArray()).ShouldBe(-1);
            server.UnprotectRtcp(packet.AsSpan(0, length).ToArray()).ShouldBe(-1);
        }
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Reordering_within_the_window_of_1024_is_accepted_and_older_is_not(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        var packets = Enumerable.Range(1, 1100).Select(i => SrtpPackets.Protected(client, (ushort)i)).ToArray();

        server.UnprotectRtp(packets[^1]).ShouldBe(72);
        server.UnprotectRtp(packets[^1000]).ShouldBe(72);
        server.UnprotectRtp(packets[0]).ShouldBe(-1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void The_sequence_number_wraps(SrtpProfile profile)
    {
        var (client, server) = Pair(profile);
        for (var sequence = 65000; sequence < 66200; sequence++)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, (ushort)sequence)).ShouldBe(72);
        }
    }

    [Fact]
    public void One_sequence_number_is_protected_once_only()
    {
        var (client, _) = Pair(SrtpProfile.AeadAes128Gcm);
        SrtpPackets.Protected(client, 1);
        client.ProtectRtp(SrtpPackets.Rtp(1), 72).ShouldBe(-1);
    }

    [Fact]
    public void A_buffer_without_room_for_the_trailer_is_refused()
    {
        var (client, _) = Pair(SrtpProfile.AeadAes128Gcm);
        client.ProtectRtp(SrtpPackets.Rtp(1).AsSpan(0, 72 + SrtpSession.MaxTrailer - 1), 72).ShouldBe(-1);
    }

    [Fact]
    public void Beyond_the_cap_the_source_silent_longest_is_forgotten()
    {
        var (client, server) = Pair(SrtpProfile.AeadAes128Gcm);
        const uint first = 100;
        var replay = SrtpPackets.Protected(client, 1, first);
        server.UnprotectRtp(replay.ToArray()).ShouldBe(72);
        for (uint i = 1; i < SrtpSession.MaxRemoteSources; i++)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, 1, first + i)).ShouldBe(72);
        }

        server.UnprotectRtp(replay.ToArray()).ShouldBe(-1);
        server.UnprotectRtp(SrtpPackets.Protected(client, 1, first + SrtpSession.MaxRemoteSources)).ShouldBe(72);

        // Its replay window went with it: the proof that libsrtp dropped the stream.
        server.UnprotectRtp(replay.ToArray()).ShouldBe(72);
    }

    [Fact]
    public void Forged_packets_with_new_sources_leave_no_trace()
    {
        var (client, server) = Pair(SrtpProfile.Aes128CmHmacSha1Length80);
        var known = SrtpPackets.Protected(client, 1, 1);
        server.UnprotectRtp(known.ToArray()).ShouldBe(72);
        for (uint ssrc = 1000; ssrc < 1200; ssrc++)
        {
            server.UnprotectRtp(SrtpPackets.Rtp(1, ssrc)).ShouldBe(-1);
        }

        server.NotAuthentic.ShouldBe(200);
        server.UnprotectRtp(known).ShouldBe(-1);
    }

    [Fact]
    public void Keys_of_the_wrong_length_are_refused()
    {
        Should.Throw<ArgumentException>(() => new SrtpSession(SrtpProfile.AeadAes128Gcm, new byte[30], new byte[30]));
        Should.Throw<ArgumentException>(() => new SrtpSession(SrtpProfile.None, new byte[30], new byte[30]));
        Should.Throw<ArgumentException>(() => SrtpSession.FromKeyingMaterial(SrtpProfile.AeadAes128Gcm, new byte[60], true));
    }

    /// <summary>The AES-CM vector that libsrtp itself is validated with (its srtp_validate, key and salt of RFC 3711 appendix B.3).</summary>
    [Fact]
    public void The_reference_packet_for_AES_CM_comes_out()
    {
        var key = Convert.FromHexString("e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6");
        using var session = new SrtpSession(SrtpProfile.Aes128CmHmacSha1Length80, key, key);
        var plain = Convert.FromHexString("800f1234decafbadcafebabe" + "abababababababababababababababab");
        var packet = new byte[plain.Length + SrtpSession.MaxTrailer];
        plain.CopyTo(packet, 0);

        var length = session.ProtectRtp(packet, plain.Length);

        Convert
            .ToHexStringLower(packet.AsSpan(0, length))
            .ShouldBe("800f1234decafbadcafebabe" + "4e55dc4ce79978d88ca4d215949d2402" + "b78d6acc99ea179b8dbb");
    }

    private static (SrtpSession Client, SrtpSession Server) Pair(SrtpProfile profile)
    {
        var material = new byte[SrtpProfiles.MaterialLength(profile)];
        new Random(3).NextBytes(material);
        return (SrtpSession.FromKeyingMaterial(profile, material, true), SrtpSession.FromKeyingMaterial(profile, material, false));
    }
}
