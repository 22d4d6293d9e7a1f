using System.Buffers.Binary;
using CsCheck;
using Mcu.Rtp;
using Shouldly;
using Xunit;

namespace Mcu.Telephony.Tests;

/// <summary>Keys over bad networks: each is counted once.</summary>
public sealed class TelephoneEventsTests
{
    private const string Keys = "0123456789*#ABCD";

    private static byte[] Packet(ushort sequence, uint timestamp, byte code, bool isEnd, ushort duration)
    {
        var bytes = new byte[64];
        var writer = new RtpWriter(bytes, new RtpHeader(101, false, sequence, timestamp, 5));
        var start = writer.EndHeader();
        bytes[start] = code;
        bytes[start + 1] = (byte)((isEnd ? 0x80 : 0) | 10);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(start + 2), duration);
        return bytes[..(start + 4)];
    }

    /// <summary>Presses of 100 ms, each as five updates and three packets of its end (RFC 4733 section 2.5.1.4), pauses between.</summary>
    private static List<byte[]> Press(IEnumerable<char> keys, uint first = 0xFFFF_0000)
    {
        var packets = new List<byte[]>();
        ushort sequence = 65_000;
        var timestamp = first;
        foreach (var key in keys)
        {
            var code = (byte)Keys.IndexOf(key, StringComparison.Ordinal);
            for (var update = 1; update <= 5; update++)
            {
                packets.Add(Packet(sequence++, timestamp, code, false, (ushort)(update * 160)));
            }

            for (var end = 0; end < 3; end++)
            {
                packets.Add(Packet(sequence++, timestamp, code, true, 960));
            }

            timestamp += 1600;
        }

        return packets;
    }

    private static string Take(IEnumerable<byte[]> packets)
    {
        var events = new TelephoneEvents();
        var taken = "";
        foreach (var bytes in packets)
        {
            RtpPacket.TryParse(bytes, out var packet).ShouldBeTrue();
            taken += events.TryTake(packet, out var key) ? key : "";
        }

        return taken;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_thousand_keys_at_ten_percent_loss_are_a_thousand_keys(int seed)
    {
        var random = new Random(seed);
        var keys = string.Concat(Enumerable.Range(0, 1000).Select(_ => Keys[random.Next(Keys.Length)]));
        Take(Press(keys).Where(_ => random.NextDouble() >= 0.1)).ShouldBe(keys);
    }

    [Fact]
    public void Doubled_packets_and_those_that_overtake_within_a_key_change_nothing() =>
        Gen.Int[0, int.MaxValue]
            .Sample(seed =>
            {
                var random = new Random(seed);
                var keys = string.Concat(Enumerable.Range(0, 20).Select(_ => Keys[random.Next(Keys.Length)]));
                var packets = Press(keys)
                    .Chunk(8)
                    .SelectMany(press => press.Concat(press.Take(random.Next(3))).OrderBy(_ => random.Next()));
                return Take(packets) == keys;
            });

    [Fact]
    public void A_key_held_for_long_is_one_key()
    {
        var segments = Enumerable.Range(0, 3).Select(i => Packet((ushort)i, (uint)(1000 + (i * 65_535)), 5, i == 2, 65_535));
        Take(segments).ShouldBe("5");
    }

    [Fact]
    public void The_same_key_again_is_another_key() => Take(Press("55")).ShouldBe("55");

    [Fact]
    public void A_straggler_of_an_earlier_key_is_none()
    {
        var packets = Press("12");
        Take([.. packets, packets[0]]).ShouldBe("12");
    }

    [Fact]
    public void What_is_no_key_is_ignored()
    {
        var tone = Packet(1, 1000, 64, false, 160);
        var cut = Packet(1, 1000, 5, false, 160)[..^1];
        Take([tone, cut]).ShouldBe("");
    }
}
