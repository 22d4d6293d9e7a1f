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
        var (client, server) = SrtpPackets.Pair(profile);
        SrtpPackets.ShouldPass(client, server);
        SrtpPackets.ShouldPass(server, client);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_replayed_packet_is_refused(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var packet = SrtpPackets.Protected(client, 1);
        var again = packet.ToArray();

        server.UnprotectRtp(packet).ShouldBeGreaterThan(0);
        server.UnprotectRtp(again).ShouldBe(-1);
        server.Replayed.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_packet_with_any_byte_changed_is_refused(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
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
        var (client, server) = SrtpPackets.Pair(profile);
        var packet = SrtpPackets.Protected(client, 1);
        for (var length = 0; length < packet.Length; length++)
        {
            server.UnprotectRtp(packet.AsSpan(0, length).ToArray()).ShouldBe(-1);
            server.UnprotectRtcp(packet.AsSpan(0, length).ToArray()).ShouldBe(-1);
        }
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_replayed_or_changed_or_shortened_report_is_refused(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var report = SrtpPackets.ProtectedReport(client);
        for (var i = 0; i < report.Length; i++)
        {
            var tampered = report.ToArray();
            tampered[i] ^= 0x40;
            server.UnprotectRtcp(tampered).ShouldBe(-1, $"byte {i}");
            server.UnprotectRtcp(report.AsSpan(0, i).ToArray()).ShouldBe(-1, $"length {i}");
        }

        server.UnprotectRtcp(report.ToArray()).ShouldBe(8);
        server.UnprotectRtcp(report).ShouldBe(-1);
        server.Replayed.ShouldBe(1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Csrcs_and_extension_stay_readable_and_are_authenticated(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        const int headerLength = 12 + 8 + 4 + 4;
        var plain = SrtpPackets.Rtp(1, 7, out var length);
        plain[0] = 0x92; // two CSRCs and an extension
        (plain[22], plain[23]) = (0, 1);
        var packet = plain.ToArray();

        var protectedLength = client.ProtectRtp(packet, length);

        packet.AsSpan(0, headerLength).SequenceEqual(plain.AsSpan(0, headerLength)).ShouldBeTrue();
        packet.AsSpan(headerLength, 16).SequenceEqual(plain.AsSpan(headerLength, 16)).ShouldBeFalse();
        var tampered = packet.AsSpan(0, protectedLength).ToArray();
        tampered[headerLength - 1] ^= 1;
        server.UnprotectRtp(tampered).ShouldBe(-1);
        server.UnprotectRtp(packet.AsSpan(0, protectedLength)).ShouldBe(length);
        packet.AsSpan(0, length).SequenceEqual(plain.AsSpan(0, length)).ShouldBeTrue();
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Packets_without_payload_pass(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var packet = SrtpPackets.Rtp(1);
        var length = client.ProtectRtp(packet, 12);
        server.UnprotectRtp(packet.AsSpan(0, length)).ShouldBe(12);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void A_header_that_claims_more_than_there_is_is_refused(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        foreach (var (first, length) in new[] { (0x8F, 71), (0x90, 15), (0x9F, 72), (0x00, 72), (0x40, 72), (0xC0, 72), (0x80, 11) })
        {
            var packet = SrtpPackets.Rtp(1);
            packet[0] = (byte)first;
            (packet[14], packet[15]) = (0xFF, 0xFF);
            client.ProtectRtp(packet, length).ShouldBe(-1, $"{first:x}");
            server.UnprotectRtp(packet.AsSpan(0, length)).ShouldBe(-1, $"{first:x}");
        }

        client.ProtectRtp(SrtpPackets.Rtp(1), -1).ShouldBe(-1);
        client.ProtectRtcp(SrtpPackets.Rtcp(1, out _), 7).ShouldBe(-1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Mutated_packets_are_refused_and_the_true_ones_still_pass(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var random = new Random(11);
        for (var i = 0; i < 3000; i++)
        {
            var isRtp = random.Next(2) == 0;
            var packet = isRtp ? SrtpPackets.Protected(client, (ushort)i) : SrtpPackets.ProtectedReport(client);
            var mutated = Mutate(packet, random);
            if (!mutated.AsSpan().SequenceEqual(packet))
            {
                server.UnprotectRtp(mutated.ToArray()).ShouldBe(-1);
                server.UnprotectRtcp(mutated).ShouldBe(-1);
            }

            (isRtp ? server.UnprotectRtp(packet) : server.UnprotectRtcp(packet)).ShouldBe(isRtp ? 72 : 8);
        }
    }

    [Fact]
    public void A_buffer_without_room_for_the_trailer_is_refused()
    {
        var (client, _) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        client.ProtectRtp(SrtpPackets.Rtp(1).AsSpan(0, 72 + SrtpSession.MaxTrailer - 1), 72).ShouldBe(-1);
    }

    [Fact]
    public void Beyond_the_cap_the_source_silent_longest_is_forgotten()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        const uint first = 100;
        var replay = SrtpPackets.Protected(client, 1, first);
        server.UnprotectRtp(replay.ToArray()).ShouldBe(72);
        for (uint i = 1; i < SrtpSession.MaxRemoteSources; i++)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, 1, first + i)).ShouldBe(72);
        }

        server.UnprotectRtp(replay.ToArray()).ShouldBe(-1);
        server.UnprotectRtp(SrtpPackets.Protected(client, 1, first + SrtpSession.MaxRemoteSources)).ShouldBe(72);

        // Its replay window went with it: the proof that its state was dropped.
        server.UnprotectRtp(replay.ToArray()).ShouldBe(72);
    }

    [Fact]
    public void Forged_packets_with_new_sources_leave_no_trace()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.Aes128CmHmacSha1Length80);
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
    public void Forged_packets_push_no_source_out()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        for (uint ssrc = 0; ssrc < SrtpSession.MaxRemoteSources; ssrc++)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, 1, ssrc)).ShouldBe(72);
        }

        for (uint ssrc = 1000; ssrc < 1100; ssrc++)
        {
            server.UnprotectRtp(SrtpPackets.Rtp(1, ssrc)).ShouldBe(-1);
        }

        for (uint ssrc = 0; ssrc < SrtpSession.MaxRemoteSources; ssrc++)
        {
            server.UnprotectRtp(SrtpPackets.Rtp(1, ssrc)).ShouldBe(-1);
        }

        server.Replayed.ShouldBe(SrtpSession.MaxRemoteSources);
    }

    [Fact]
    public void Beyond_the_cap_no_source_of_ours_is_forgotten_and_new_ones_are_refused()
    {
        var (client, _) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        for (uint ssrc = 0; ssrc < SrtpSession.MaxLocalSources; ssrc++)
        {
            SrtpPackets.Protected(client, 1, ssrc);
        }

        client.ProtectRtp(SrtpPackets.Rtp(1, SrtpSession.MaxLocalSources), 72).ShouldBe(-1);
        client.ProtectRtp(SrtpPackets.Rtp(1, 0), 72).ShouldBe(-1);
        SrtpPackets.Protected(client, 2, 0);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Many_sessions_keep_apart(SrtpProfile profile)
    {
        var pairs = Enumerable.Range(0, 300).Select(seed => SrtpPackets.Pair(profile, seed)).ToArray();
        for (var i = 0; i < pairs.Length; i++)
        {
            var packet = SrtpPackets.Protected(pairs[i].Client, 1);
            pairs[(i + 1) % pairs.Length].Server.UnprotectRtp(packet.ToArray()).ShouldBe(-1);
            pairs[i].Server.UnprotectRtp(packet).ShouldBe(72);
        }

        foreach (var (client, server) in pairs)
        {
            client.Dispose();
            server.Dispose();
        }
    }

    [Fact]
    public void Keys_of_the_wrong_length_are_refused()
    {
        Should.Throw<ArgumentException>(() => new SrtpSession(SrtpProfile.AeadAes128Gcm, new byte[30], new byte[30]));
        Should.Throw<ArgumentException>(() => new SrtpSession(SrtpProfile.None, new byte[30], new byte[30]));
        Should.Throw<ArgumentException>(() => SrtpSession.FromKeyingMaterial(SrtpProfile.AeadAes128Gcm, new byte[60], true));
    }

    /// <summary>Some bytes changed, the end cut off or more behind it.</summary>
    private static byte[] Mutate(ReadOnlySpan<byte> packet, Random random)
    {
        var mutated = new byte[random.Next(3) == 0 ? random.Next(packet.Length + 20) : packet.Length];
        packet[..Math.Min(packet.Length, mutated.Length)].CopyTo(mutated);
        for (var changes = random.Next(4); changes > 0 && mutated.Length > 0; changes--)
        {
            mutated[random.Next(mutated.Length)] ^= (byte)(1 << random.Next(8));
        }

        return mutated;
    }
}
