using System.Buffers.Binary;
using CsCheck;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Rtp.Fec;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Fec;

public class UlpfecTests
{
    private static readonly Gen<int> s_seed = Gen.Int[0, 1_000_000];

    private readonly BufferPool _pool = new();

    private static byte[] Media(byte payloadType, bool marker, ushort sequence, uint timestamp, int length, byte fill)
    {
        var bytes = new byte[12 + length];
        bytes.AsSpan(12).Fill(fill);
        _ = new RtpWriter(bytes, new RtpHeader(payloadType, marker, sequence, timestamp, 2));
        return bytes;
    }

    /// <summary>Packets A to D and their FEC packet as RFC 5109 section 10.1 writes them out field by field.</summary>
    [Fact]
    public void The_example_of_the_rfc_is_written_as_it_stands_there()
    {
        byte[][] media =
        [
            Media(11, false, 8, 3, 200, 0xA1),
            Media(18, true, 9, 5, 140, 0xB2),
            Media(11, true, 10, 7, 100, 0xC4),
            Media(18, false, 11, 9, 340, 0xD8),
        ];
        var fec = FecPackets.Encode(new UlpfecEncoder(), media, 0.25).ShouldHaveSingleItem();
        fec.Length.ShouldBe(14 + 340);
        fec[0].ShouldBe((byte)0); // E, L, P recovery, X recovery, CC recovery
        fec[1].ShouldBe((byte)0); // M recovery 0^1^1^0, PT recovery 11^18^11^18
        BinaryPrimitives.ReadUInt16BigEndian(fec.AsSpan(2)).ShouldBe((ushort)8); // SN base
        BinaryPrimitives.ReadUInt32BigEndian(fec.AsSpan(4)).ShouldBe(8u); // TS recovery 3^5^7^9
        BinaryPrimitives.ReadUInt16BigEndian(fec.AsSpan(8)).ShouldBe((ushort)372); // length recovery 200^140^100^340
        BinaryPrimitives.ReadUInt16BigEndian(fec.AsSpan(10)).ShouldBe((ushort)340); // L0 length
        BinaryPrimitives.ReadUInt16BigEndian(fec.AsSpan(12)).ShouldBe((ushort)61440); // L0 mask
        fec[14..114].ShouldAllBe(octet => octet == (0xA1 ^ 0xB2 ^ 0xC4 ^ 0xD8));
        fec[114..154].ShouldAllBe(octet => octet == (0xA1 ^ 0xB2 ^ 0xD8));
        fec[154..214].ShouldAllBe(octet => octet == (0xA1 ^ 0xD8));
        fec[214..].ShouldAllBe(octet => octet == 0xD8);
    }

    [Fact]
    public void Whatever_one_packet_of_each_set_is_lost_comes_back_byte_by_byte() =>
        Gen.Select(s_seed, Gen.Int[1, 120], Gen.Double[0.05, 0.5])
            .Sample(
                (seed, packets, rate) =>
                {
                    var random = new Random(seed);
                    using var decoder = Primed(random, out var next);
                    var encoder = new UlpfecEncoder();
                    for (var frame = 0; frame < 6; frame++)
                    {
                        var first = next;
                        var media = Enumerable.Range(0, packets).Select(i => FecPackets.Random(random, (ushort)(first + i))).ToArray();
                        next += (ushort)(packets + 7); // FEC packets have numbers of their own
                        var fec = FecPackets.Encode(encoder, media, rate, patienceMs: 0);
                        var lost = fec.Select(FecPackets.ProtectedBy).Select(set => set[random.Next(set.Count)]).ToHashSet();
                        var arriving = media.Where(packet => !lost.Contains(SequenceOf(packet))).Select(packet => (packet, isFec: false));
                        var restored = new List<byte[]>();
                        foreach (var (packet, isFec) in Reordered(random, arriving, fec))
                        {
                            if (isFec)
                            {
                                decoder.AddFec(packet).ShouldBeTrue();
                            }
                            else
                            {
                                decoder.Add(packet);
                            }

                            restored.AddRange(decoder.RestoreAll());
                        }

                        // One that is only overtaken by its FEC packet is restored before it comes.
                        restored.ShouldAllBe(packet => media.Any(sent => sent.SequenceEqual(packet)));
                        media
                            .Where(packet => lost.Contains(SequenceOf(packet)))
                            .ShouldAllBe(packet => restored.Count(back => back.SequenceEqual(packet)) == 1);
                        next = (ushort)(packets > 60 ? next + 1000 : next);
                    }
                },
                iter: 60,
                threads: 1
            );

    [Fact]
    public void Sets_do_not_overlap_cover_everything_and_cost_no_more_than_the_rate() =>
        Gen.Select(s_seed, Gen.Double[0.1, 0.5])
            .Sample(
                (seed, rate) =>
                {
                    var random = new Random(seed);
                    var encoder = new UlpfecEncoder();
                    ushort sequence = 65_000;
                    var (media, fec, covered) = (0, 0, 0);
                    for (var frame = 0; frame < 300; frame++)
                    {
                        var count = random.Next(10) == 0 ? random.Next(1, 130) : random.Next(1, 5);
                        var packets = Enumerable.Range(0, count).Select(i => FecPackets.Random(random, sequence++, 30)).ToArray();
                        media += count;
                        foreach (var set in FecPackets.Encode(encoder, packets, rate).Select(FecPackets.ProtectedBy))
                        {
                            fec++;
                            covered += set.Count;
                            sequence++;
                        }
                    }

                    covered.ShouldBeInRange(media - UlpfecHeader.MaskBits, media);
                    ((double)fec / media).ShouldBeInRange(rate - 0.03, rate + 0.03);
                },
                iter: 20,
                threads: 1
            );

    [Fact]
    public void As_many_neighbours_as_there_are_fec_packets_may_be_lost()
    {
        var random = new Random(1);
        var media = Enumerable.Range(0, 12).Select(i => FecPackets.Random(random, (ushort)i)).ToArray();
        var fec = FecPackets.Encode(new UlpfecEncoder(), media, 1.0 / 3);
        fec.Count.ShouldBe(4);
        for (var burst = 0; burst <= 8; burst++)
        {
            fec.Select(FecPackets.ProtectedBy).ShouldAllBe(set => set.Count(number => number >= burst && number < burst + 4) == 1);
        }
    }

    [Fact]
    public void Small_frames_share_a_fec_packet_but_wait_no_longer_than_the_patience()
    {
        var random = new Random(1);
        var encoder = new UlpfecEncoder();
        List<byte[]> Frame(ushort sequence, double ms) =>
            FecPackets.Encode(encoder, [FecPackets.Random(random, sequence)], 0.25, MediaTime.FromMilliseconds(ms), patienceMs: 150);

        Frame(1, 0).ShouldBeEmpty();
        Frame(2, 30).ShouldBeEmpty();
        Frame(3, 60).ShouldBeEmpty();
        FecPackets.ProtectedBy(Frame(4, 90).ShouldHaveSingleItem()).ShouldBe([1, 2, 3, 4]);
        Frame(6, 120).ShouldBeEmpty();
        FecPackets.ProtectedBy(Frame(7, 320).ShouldHaveSingleItem()).ShouldBe([6, 7]);
    }

    [Fact]
    public void A_frame_that_was_broken_off_leaves_nothing_behind()
    {
        var random = new Random(1);
        var encoder = new UlpfecEncoder();
        var whole = Enumerable.Range(10, 4).Select(i => FecPackets.Random(random, (ushort)i)).ToArray();
        encoder.BeginFrame(8, 0.5, TimeSpan.Zero);
        var cut = FecPackets.Random(random, 5);
        RtpPacket.TryParse(cut, out var parsed).ShouldBeTrue();
        encoder.Add(cut.AsSpan(0, parsed.HeaderLength), cut.AsSpan(parsed.HeaderLength), MediaTime.Zero);
        var fec = FecPackets.Encode(encoder, whole, 0.5);
        fec.SelectMany(FecPackets.ProtectedBy).Order().ToList().ShouldBe([10, 11, 12, 13]);
    }

    [Fact]
    public void What_one_fec_packet_restores_lets_another_restore_more()
    {
        var random = new Random(3);
        using var decoder = Primed(random, out var first);
        var media = Enumerable.Range(0, 5).Select(i => FecPackets.Random(random, (ushort)(first + i))).ToArray();
        decoder.Add(media[0]);
        decoder.Add(media[1]);
        decoder.Add(media[4]); // 2 and 3 are lost
        decoder.AddFec(FecPackets.Encode(new UlpfecEncoder(), media[2..5], 1.0 / 3)[0]);
        decoder.RestoreAll().ShouldBeEmpty();
        decoder.AddFec(FecPackets.Encode(new UlpfecEncoder(), media[1..3], 0.5)[0]);
        decoder.RestoreAll().ShouldBe([media[2], media[3]]);
    }

    [Fact]
    public void Without_fec_nothing_is_kept_and_after_it_nothing_stays()
    {
        var random = new Random(4);
        var decoder = new UlpfecDecoder(FecPackets.Ssrc, _pool);
        decoder.Add(FecPackets.Random(random, 1));
        _pool.Outstanding.ShouldBe(0);
        decoder.AddFec(Fec(random));
        decoder.Add(FecPackets.Random(random, 3));
        _pool.Outstanding.ShouldBeGreaterThan(0);
        for (var i = 0; i < 1100; i++)
        {
            decoder.Add(FecPackets.Random(random, (ushort)(4 + i)));
        }

        _pool.Outstanding.ShouldBe(0);
        decoder.AddFec(Fec(random));
        decoder.Add(FecPackets.Random(random, 2000));
        decoder.Dispose();
        _pool.Outstanding.ShouldBe(0);
    }

    [Fact]
    public void Fec_that_comes_too_late_or_protects_what_was_never_kept_restores_nothing()
    {
        var random = new Random(5);
        var media = Enumerable.Range(0, 300).Select(i => FecPackets.Random(random, (ushort)i)).ToArray();
        using var decoder = new UlpfecDecoder(FecPackets.Ssrc, _pool);
        foreach (var packet in media[..20])
        {
            decoder.Add(packet);
        }

        decoder.AddFec(FecPackets.Encode(new UlpfecEncoder(), media[10..12], 0.5)[0]).ShouldBeTrue(); // the first: from now on packets are kept
        foreach (var packet in media[20..])
        {
            decoder.Add(packet);
        }

        decoder.AddFec(FecPackets.Encode(new UlpfecEncoder(), media[100..102], 0.5)[0]).ShouldBeTrue();
        decoder.RestoreAll().ShouldBeEmpty();
    }

    [Fact]
    public void A_sender_that_starts_anew_is_protected_again()
    {
        var random = new Random(6);
        using var decoder = Primed(random, out _, at: 40_000);
        foreach (var sequence in Enumerable.Range(20_000, 5))
        {
            decoder.Add(FecPackets.Random(random, (ushort)sequence));
        }

        var media = Enumerable.Range(20_005, 4).Select(i => FecPackets.Random(random, (ushort)i)).ToArray();
        decoder.Add(media[0]);
        decoder.Add(media[1]);
        decoder.Add(media[3]);
        decoder.AddFec(FecPackets.Encode(new UlpfecEncoder(), media, 0.25)[0]);
        decoder.RestoreAll().ShouldBe([media[2]]);
    }

    [Fact]
    public void Damaged_fec_never_throws_and_leaks_nothing()
    {
        var random = new Random(7);
        var media = Enumerable.Range(1, 20).Select(i => FecPackets.Random(random, (ushort)i)).ToArray();
        var fec = FecPackets.Encode(new UlpfecEncoder(), media, 0.1);
        fec.ShouldContain(payload => (payload[0] & 0x40) != 0, "a long mask is among them");
        using (var decoder = new UlpfecDecoder(FecPackets.Ssrc, _pool))
        {
            foreach (var payload in fec)
            {
                Damage.Survives(
                    payload.AsSpan(0, Math.Min(payload.Length, 400)),
                    bytes =>
                    {
                        decoder.AddFec(bytes);
                        foreach (var packet in media)
                        {
                            decoder.Add(packet);
                        }

                        decoder.RestoreAll();
                    },
                    mutations: 300
                );
            }
        }

        _pool.Outstanding.ShouldBe(0);
    }

    private static ushort SequenceOf(byte[] packet) => BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2));

    /// <summary>FEC packets where they were sent, then neighbours swapped now and then.</summary>
    private static List<(byte[] Packet, bool IsFec)> Reordered(Random random, IEnumerable<(byte[], bool)> media, List<byte[]> fec)
    {
        var all = media.ToList();
        foreach (var payload in fec)
        {
            var last = FecPackets.ProtectedBy(payload)[^1];
            var at = all.FindLastIndex(entry => !entry.Item2 && (short)(SequenceOf(entry.Item1) - last) <= 0);
            all.Insert(Math.Min(at + 1, all.Count), (payload, true));
        }

        for (var i = 1; i < all.Count; i++)
        {
            if (random.Next(5) == 0)
            {
                (all[i - 1], all[i]) = (all[i], all[i - 1]);
            }
        }

        return all;
    }

    /// <summary>Protects two packets that nobody sends.</summary>
    private static byte[] Fec(Random random, ushort first = 1500) =>
        FecPackets.Encode(new UlpfecEncoder(), [FecPackets.Random(random, first), FecPackets.Random(random, (ushort)(first + 1))], 0.5)[0];

    /// <summary>A decoder that has seen FEC before, so that it keeps packets.</summary>
    private UlpfecDecoder Primed(Random random, out ushort next, int? at = null)
    {
        next = (ushort)(at ?? random.Next(65536));
        var decoder = new UlpfecDecoder(FecPackets.Ssrc, _pool);
        decoder.Add(FecPackets.Random(random, next++));
        decoder.AddFec(Fec(random, (ushort)(next + 20_000))).ShouldBeTrue();
        decoder.RestoreAll().ShouldBeEmpty();
        return decoder;
    }
}
