using CsCheck;
using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Srtp;

/// <summary>Rollover counters, replay windows and used-up indices (RFC 3711 section 3.3).</summary>
public sealed class SrtpSequenceTests
{
    public static TheoryData<SrtpProfile> Profiles => new(SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmHmacSha1Length80);

    [Theory, MemberData(nameof(Profiles))]
    public void The_sequence_number_wraps(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        for (var sequence = 65000; sequence < 66200; sequence++)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, (ushort)sequence)).ShouldBe(72);
        }
    }

    [Fact]
    public void Packets_reordered_around_each_wrap_pass_once()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        var random = new Random(5);
        for (var wrap = 1; wrap <= 3; wrap++)
        {
            var sent = Enumerable.Range((wrap * 65536) - 200, 400).Select(i => SrtpPackets.Protected(client, (ushort)i)).ToArray();
            server.UnprotectRtp(sent[0].ToArray()).ShouldBe(72);
            random.Shuffle(sent.AsSpan(1));
            foreach (var packet in sent.AsSpan(1))
            {
                server.UnprotectRtp(packet.ToArray()).ShouldBe(72);
                server.UnprotectRtp(packet.ToArray()).ShouldBe(-1);
            }

            Stride(client, server, (wrap * 65536) + 20_000, (wrap * 65536) + 40_000, (wrap * 65536) + 60_000);
        }
    }

    [Fact]
    public void A_sender_reorders_around_the_wrap_without_counting_it_twice()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        foreach (var sequence in new[] { 65530, 65534, 1, 65535, 0, 65533, 2 })
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, (ushort)sequence)).ShouldBe(72, $"{sequence}");
        }
    }

    [Fact]
    public void Old_sequence_numbers_are_not_sent_and_leave_the_rollover_counter_alone()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        server.UnprotectRtp(SrtpPackets.Protected(client, 5000)).ShouldBe(72);
        foreach (var old in new ushort[] { 5000, 5000 - ReplayWindow.Length, 0, 65535, 40_000 })
        {
            client.ProtectRtp(SrtpPackets.Rtp(old), 72).ShouldBe(-1, $"{old}");
        }

        server.UnprotectRtp(SrtpPackets.Protected(client, 5001 - ReplayWindow.Length)).ShouldBe(72);
        server.UnprotectRtp(SrtpPackets.Protected(client, 5001)).ShouldBe(72);
    }

    [Fact]
    public void One_sequence_number_is_protected_once_only()
    {
        var (client, _) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        SrtpPackets.Protected(client, 1);
        client.ProtectRtp(SrtpPackets.Rtp(1), 72).ShouldBe(-1);
    }

    [Theory, MemberData(nameof(Profiles))]
    public void Reordering_within_the_window_of_1024_is_accepted_and_older_is_not(SrtpProfile profile)
    {
        var (client, server) = SrtpPackets.Pair(profile);
        var packets = Enumerable.Range(1, 1100).Select(i => SrtpPackets.Protected(client, (ushort)i)).ToArray();

        server.UnprotectRtp(packets[^1]).ShouldBe(72);
        server.UnprotectRtp(packets[^ReplayWindow.Length]).ShouldBe(72);
        server.UnprotectRtp(packets[^(ReplayWindow.Length + 1)]).ShouldBe(-1);
        server.Replayed.ShouldBe(1);
    }

    [Fact]
    public void A_gap_of_less_than_half_the_range_is_survived_across_a_wrap()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        Stride(client, server, 40_000);
        Lose(client, 60_000);
        Stride(client, server, 40_000 + 32_767);
    }

    [Fact]
    public void A_longer_gap_is_survived_before_the_first_wrap_only()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        Stride(client, server, 100);
        Lose(client, 20_000);
        Stride(client, server, 40_000, 60_000, 65_536 + 100);
        Lose(client, 65_536 + 20_000);

        server.UnprotectRtp(SrtpPackets.Protected(client, 40_000)).ShouldBe(-1);
    }

    /// <summary>Loss of 65536 packets in a row looks like none; the tag covers the rollover counter, so nothing wrong is let through.</summary>
    [Fact]
    public void A_gap_of_a_whole_range_is_noticed_by_the_tag()
    {
        foreach (var profile in new[] { SrtpProfile.AeadAes128Gcm, SrtpProfile.Aes128CmHmacSha1Length80 })
        {
            var (client, server) = SrtpPackets.Pair(profile);
            Stride(client, server, 100);
            Lose(client, 30_000, 60_000, 65_536);
            server.UnprotectRtp(SrtpPackets.Protected(client, 101)).ShouldBe(-1);
            server.NotAuthentic.ShouldBe(1);
        }
    }

    [Fact]
    public void A_forged_packet_moves_neither_window_nor_counter()
    {
        var (client, server) = SrtpPackets.Pair(SrtpProfile.AeadAes128Gcm);
        Stride(client, server, 40_000);
        server.UnprotectRtp(SrtpPackets.Rtp(3000)).ShouldBe(-1);
        Stride(client, server, 40_001);
    }

    [Fact]
    public void The_index_nearest_to_the_highest_is_meant() =>
        Gen.Select(Gen.Long[0, (1L << 40) - 1], Gen.Int[-32_767, 32_767])
            .Sample(
                (highest, distance) =>
                {
                    var source = new SrtpSource(1);
                    source.Rtp.Use(highest);
                    source.EstimateRtpIndex((ushort)(highest + distance)).ShouldBe(highest + distance);
                }
            );

    [Theory]
    [InlineData(100, 100 + 32_768)] // half the range away: s_l is in the lower half, so ahead
    [InlineData(40_000, 40_000 - 32_768)] // and here behind
    public void Exactly_half_the_range_away_the_rollover_counter_stays(long highest, long expected)
    {
        var source = new SrtpSource(1);
        source.Rtp.Use(highest);
        source.EstimateRtpIndex((ushort)expected).ShouldBe(expected);
    }

    [Fact]
    public void The_window_answers_as_a_set_of_all_indices_would() =>
        Gen.Select(Gen.Int[-1500, 1500], Gen.Bool)
            .Array[1, 300]
            .Sample(steps =>
            {
                var window = new ReplayWindow(50_000);
                var used = new HashSet<long>();
                var at = 3000L;
                foreach (var (step, small) in steps)
                {
                    at += small ? step % 5 : step;
                    var highest = used.Count == 0 ? -1 : used.Max();
                    var fresh = at is >= 0 and <= 50_000 && at > highest - ReplayWindow.Length && !used.Contains(at);
                    window.IsFresh(at).ShouldBe(fresh, $"{at} after {highest}");
                    if (fresh)
                    {
                        window.Use(at);
                        used.Add(at);
                    }
                }
            });

    [Fact]
    public void Used_up_indices_end_the_key()
    {
        var source = new SrtpSource(1);
        source.Rtcp.Use((1L << 31) - 1);
        source.Rtcp.IsFresh(source.Rtcp.Highest + 1).ShouldBeFalse();
        source.Rtp.Use((1L << 48) - 1);
        source.Rtp.IsFresh(source.EstimateRtpIndex(0)).ShouldBeFalse();
    }

    /// <summary>Sends and receives the packets of these indices.</summary>
    private static void Stride(SrtpSession client, SrtpSession server, params ReadOnlySpan<int> indices)
    {
        foreach (var index in indices)
        {
            server.UnprotectRtp(SrtpPackets.Protected(client, (ushort)index)).ShouldBe(72, $"{index}");
        }
    }

    private static void Lose(SrtpSession client, params ReadOnlySpan<int> indices)
    {
        foreach (var index in indices)
        {
            SrtpPackets.Protected(client, (ushort)index);
        }
    }
}
