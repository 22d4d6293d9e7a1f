using CsCheck;
using Mcu.Rtp.Payloads;
using Shouldly;
using Xunit;

namespace Mcu.Rtp.Tests.Payloads;

/// <summary>RED payloads (RFC 2198).</summary>
public class RedTests
{
    /// <summary>Two earlier frames of Opus, 1,920 and 960 units old, and this packet's.</summary>
    private static readonly byte[] s_chromium =
    [
        .. new byte[] { 0x80 | 111, 0x1E, 0x00, 0x02 },
        .. new byte[] { 0x80 | 111, 0x0F, 0x00, 0x03 },
        111,
        .. new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 9 },
    ];

    [Fact]
    public void Blocks_are_read_as_section_3_writes_them()
    {
        RedPayload.TryParse(s_chromium, out var red).ShouldBeTrue();
        red.RedundantCount.ShouldBe(2);
        (red.Before(2).PayloadType, red.Before(2).TimestampOffset).ShouldBe(((byte)111, 1920));
        red.Before(2).Payload.ToArray().ShouldBe([1, 2]);
        red.Before(1).TimestampOffset.ShouldBe(960);
        red.Before(1).Payload.ToArray().ShouldBe([3, 4, 5]);
        red.Primary.Payload.ToArray().ShouldBe([6, 7, 8, 9]);
        red.Primary.PayloadType.ShouldBe((byte)111);
    }

    [Fact]
    public void What_is_written_is_read_again()
    {
        var block = Gen.Select(Gen.Byte[0, 127], Gen.Int[0, RedWriter.MaxTimestampOffset], Gen.Byte.Array[0, 60]);
        Gen.Select(block.List[0, RedPayload.MaxRedundant], Gen.Byte.Array[0, 200])
            .Sample(
                (older, primary) =>
                {
                    var length = RedWriter.LengthOf(older.Count, primary.Length + older.Sum(b => b.Item3.Length));
                    var bytes = new byte[length];
                    var writer = new RedWriter(bytes, older.Count);
                    foreach (var (type, offset, payload) in older)
                    {
                        writer.AddRedundant(type, offset, payload);
                    }

                    writer.AddPrimary(111, primary).ShouldBe(length);
                    RedPayload.TryParse(bytes, out var red).ShouldBeTrue();
                    red.RedundantCount.ShouldBe(older.Count);
                    for (var back = 1; back <= older.Count; back++)
                    {
                        var (type, offset, payload) = older[^back];
                        var read = red.Before(back);
                        (read.PayloadType, read.TimestampOffset).ShouldBe((type, offset));
                        read.Payload.SequenceEqual(payload).ShouldBeTrue();
                    }

                    red.Primary.Payload.SequenceEqual(primary).ShouldBeTrue();
                },
                iter: 500
            );
    }

    [Fact]
    public void Damaged_payloads_never_throw_and_never_point_outside() =>
        Damage.Survives(
            s_chromium,
            bytes =>
            {
                if (!RedPayload.TryParse(bytes, out var red))
                {
                    return;
                }

                var total = red.Primary.Payload.Length;
                for (var back = 1; back <= red.RedundantCount; back++)
                {
                    total += red.Before(back).Payload.Length;
                }

                total.ShouldBe(bytes.Length - (4 * red.RedundantCount) - 1);
            }
        );

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(13)]
    public void A_payload_cut_within_its_headers_or_redundant_blocks_is_refused(int length) =>
        RedPayload.TryParse(s_chromium.AsSpan(0, length), out _).ShouldBeFalse();

    [Fact]
    public void More_blocks_than_anybody_sends_are_refused()
    {
        byte[] Payload(int redundant) =>
            [.. Enumerable.Repeat<byte[]>([0x80 | 111, 0, 0, 0], redundant).SelectMany(header => header), 111, 42];
        RedPayload.TryParse(Payload(RedPayload.MaxRedundant), out _).ShouldBeTrue();
        RedPayload.TryParse(Payload(RedPayload.MaxRedundant + 1), out _).ShouldBeFalse();
    }

    [Fact]
    public void What_does_not_fit_a_header_is_not_written()
    {
        var bytes = new byte[3000];
        Should.Throw<ArgumentOutOfRangeException>(() => new RedWriter(bytes, 1).AddRedundant(111, RedWriter.MaxTimestampOffset + 1, [1]));
        Should.Throw<ArgumentOutOfRangeException>(() => new RedWriter(bytes, 1).AddRedundant(111, -1, [1]));
        Should.Throw<ArgumentOutOfRangeException>(() =>
            new RedWriter(bytes, 1).AddRedundant(111, 960, new byte[RedWriter.MaxBlockLength + 1])
        );
    }
}
