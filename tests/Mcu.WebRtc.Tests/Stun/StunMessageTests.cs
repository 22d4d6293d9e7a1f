using System.Net;
using System.Text;
using CsCheck;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Stun;

public sealed class StunMessageTests
{
    private static readonly byte[] Transaction = Enumerable.Range(1, 12).Select(i => (byte)i).ToArray();

    [Fact]
    public void What_is_written_is_read_back()
    {
        Gen.Select(Gen.UInt, Gen.ULong, Gen.Byte.Array[16], Gen.UShort, Gen.String[Gen.Char.AlphaNumeric, 1, 64])
            .Sample(
                (priority, tieBreaker, address, port, ufrag) =>
                {
                    var path = NetworkPath.Udp(new IPEndPoint(new IPAddress(address), port));
                    var buffer = new byte[512];
                    var writer = new StunWriter(buffer, StunClass.Request, Transaction);
                    writer.AddUsername(Encoding.ASCII.GetBytes(ufrag), "remote"u8);
                    writer.AddUInt32(StunAttribute.Priority, priority);
                    writer.AddUInt64(StunAttribute.IceControlling, tieBreaker);
                    writer.AddXorMappedAddress(path);
                    writer.AddFlag(StunAttribute.UseCandidate);
                    var length = writer.Finish("a password of enough length"u8);

                    StunMessage.TryParse(buffer.AsSpan(0, length), out var message).ShouldBeTrue();
                    message.VerifyIntegrity("a password of enough length"u8).ShouldBeTrue();
                    message.HasFingerprint.ShouldBeTrue();
                    message.HasUseCandidate.ShouldBeTrue();
                    message.TryGetLocalUfrag(out var read).ShouldBeTrue();
                    Encoding.ASCII.GetString(read).ShouldBe(ufrag);
                    message.TryGetUInt32(StunAttribute.Priority, out var readPriority).ShouldBeTrue();
                    readPriority.ShouldBe(priority);
                    message.TryGetUInt64(StunAttribute.IceControlling, out var readTieBreaker).ShouldBeTrue();
                    readTieBreaker.ShouldBe(tieBreaker);
                    message.TryGetXorMappedAddress(out var readPath).ShouldBeTrue();
                    readPath.ShouldBe(path);
                },
                iter: 200
            );
    }

    [Fact]
    public void Error_code_and_unknown_attributes_are_read_back()
    {
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.ErrorResponse, Transaction);
        writer.AddErrorCode(StunErrorCode.UnknownAttribute, "Unknown Attribute"u8);
        writer.AddUnknownAttributes([0x0030, 0x0031]);
        var length = writer.Finish(default);

        StunMessage.TryParse(buffer.AsSpan(0, length), out var message).ShouldBeTrue();
        message.HasIntegrity.ShouldBeFalse();
        message.TryGetErrorCode(out var code).ShouldBeTrue();
        code.ShouldBe(420);
        message.TryGet(StunAttribute.UnknownAttributes, out var types).ShouldBeTrue();
        Convert.ToHexString(types).ShouldBe("00300031");
    }

    [Fact]
    public void A_wrong_fingerprint_is_no_message()
    {
        var bytes = Convert.FromHexString(StunVectorTests.Request);
        bytes[^1] ^= 1;
        StunMessage.TryParse(bytes, out _).ShouldBeFalse();
    }

    [Fact]
    public void Attributes_behind_integrity_are_not_seen()
    {
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.Request, Transaction);
        writer.AddUsername("local"u8, "remote"u8);
        var length = writer.Finish("password"u8) - 8;
        // In place of FINGERPRINT, a nomination that integrity does not cover.
        new byte[] { 0x00, 0x25, 0x00, 0x00 }.CopyTo(buffer, length);
        length += 4;
        StunWriter.WriteLength(buffer, length);

        StunMessage.TryParse(buffer.AsSpan(0, length), out var message).ShouldBeTrue();
        message.VerifyIntegrity("password"u8).ShouldBeTrue();
        message.HasUseCandidate.ShouldBeFalse();
    }

    [Fact]
    public void Unknown_required_attributes_are_found_and_optional_ones_are_not()
    {
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.Request, Transaction);
        writer.Add((StunAttribute)0x0033, "x"u8);
        writer.Add((StunAttribute)0xC057, "x"u8);
        var length = writer.Finish(default);

        StunMessage.TryParse(buffer.AsSpan(0, length), out var message).ShouldBeTrue();
        Span<ushort> unknown = stackalloc ushort[4];
        message.FindUnknownRequired(unknown).ShouldBe(1);
        unknown[0].ShouldBe((ushort)0x0033);
    }

    [Theory]
    [InlineData(0x00, 0x01, DatagramKind.Stun)]
    [InlineData(0x01, 0x01, DatagramKind.Stun)]
    [InlineData(4, 0, DatagramKind.Unknown)]
    [InlineData(16, 0, DatagramKind.Unknown)]
    [InlineData(20, 0xFE, DatagramKind.Dtls)]
    [InlineData(63, 0xFE, DatagramKind.Dtls)]
    [InlineData(64, 0, DatagramKind.Unknown)]
    [InlineData(0x80, 96, DatagramKind.Rtp)]
    [InlineData(0x90, 0x80 | 111, DatagramKind.Rtp)]
    [InlineData(0x80, 200, DatagramKind.Rtcp)]
    [InlineData(0x81, 206, DatagramKind.Rtcp)]
    [InlineData(0xC0, 0, DatagramKind.Unknown)]
    public void Datagrams_are_told_apart_by_their_first_bytes(byte first, byte second, DatagramKind kind) =>
        StunDemux.Classify([first, second]).ShouldBe(kind);

    [Fact]
    public void A_datagram_of_one_byte_is_nothing() => StunDemux.Classify([0x80]).ShouldBe(DatagramKind.Unknown);
}
