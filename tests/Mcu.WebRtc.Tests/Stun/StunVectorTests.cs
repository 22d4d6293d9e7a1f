using System.Net;
using System.Text;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Stun;

/// <summary>The vectors of RFC 5769 (short-term credentials, sections 2.1 to 2.3).</summary>
public sealed class StunVectorTests
{
    internal const string Request =
        "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74002400046e0001ff80290008932ff9b151263b36"
        + "000600096576746a3a68367659202020000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf";

    internal const string Ipv4Response =
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a643000800142b91f599fd9e90c3"
        + "8c7489f92af9ba53f06be7d780280004c07d4c96";

    internal const string Ipv6Response =
        "010100482112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9"
        + "00080014a382954e4be67bf11784c97c8292c275bfe3ed4180280004c8fb0b4c";

    private static readonly byte[] Password = Encoding.ASCII.GetBytes("VOkJxbRl1RmTxUk/WvJxBt");

    [Fact]
    public void The_sample_request_is_read_whole()
    {
        StunMessage.TryParse(Convert.FromHexString(Request), out var message).ShouldBeTrue();

        message.Class.ShouldBe(StunClass.Request);
        Convert.ToHexStringLower(message.TransactionId).ShouldBe("b7e7a701bc34d686fa87dfae");
        message.TryGet(StunAttribute.Software, out var software).ShouldBeTrue();
        Encoding.ASCII.GetString(software).ShouldBe("STUN test client");
        message.TryGetUInt32(StunAttribute.Priority, out var priority).ShouldBeTrue();
        priority.ShouldBe(0x6e0001ffu);
        message.TryGetUInt64(StunAttribute.IceControlled, out var tieBreaker).ShouldBeTrue();
        tieBreaker.ShouldBe(0x932ff9b151263b36ul);
        message.TryGet(StunAttribute.Username, out var username).ShouldBeTrue();
        Encoding.ASCII.GetString(username).ShouldBe("evtj:h6vY");
        message.HasFingerprint.ShouldBeTrue();
        message.VerifyIntegrity(Password).ShouldBeTrue();
        message.VerifyIntegrity("VOkJxbRl1RmTxUk/WvJxBT"u8).ShouldBeFalse();
    }

    [Fact]
    public void The_sample_IPv4_response_is_read_whole()
    {
        StunMessage.TryParse(Convert.FromHexString(Ipv4Response), out var message).ShouldBeTrue();

        message.Class.ShouldBe(StunClass.SuccessResponse);
        message.TryGetXorMappedAddress(out var address).ShouldBeTrue();
        address.ShouldBe(NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("192.0.2.1"), 32853)));
        message.VerifyIntegrity(Password).ShouldBeTrue();
    }

    [Fact]
    public void The_sample_IPv6_response_is_read_whole()
    {
        StunMessage.TryParse(Convert.FromHexString(Ipv6Response), out var message).ShouldBeTrue();

        message.TryGetXorMappedAddress(out var address).ShouldBeTrue();
        address.ShouldBe(NetworkPath.Udp(new IPEndPoint(IPAddress.Parse("2001:db8:1234:5678:11:2233:4455:6677"), 32853)));
        message.VerifyIntegrity(Password).ShouldBeTrue();
    }

    [Theory]
    [InlineData(Request)]
    [InlineData(Ipv4Response)]
    [InlineData(Ipv6Response)]
    public void No_truncation_of_a_sample_is_taken_for_a_message(string hex)
    {
        var bytes = Convert.FromHexString(hex);
        for (var length = 0; length < bytes.Length; length++)
        {
            StunMessage.TryParse(bytes.AsSpan(0, length), out _).ShouldBeFalse();
        }
    }

    [Fact]
    public void A_single_flipped_bit_never_passes_integrity()
    {
        var original = Convert.FromHexString(Request);
        for (var bit = 0; bit < (original.Length - 8) * 8; bit++)
        {
            var bytes = original.ToArray();
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            (StunMessage.TryParse(bytes, out var message) && message.VerifyIntegrity(Password)).ShouldBeFalse($"bit {bit}");
        }
    }

    [Fact]
    public void Random_damage_never_throws_and_everything_read_lies_inside()
    {
        var random = new Random(4711);
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = Convert.FromHexString(Request);
            // Cut FINGERPRINT off and let the length say so, so that damage reaches the attribute reader.
            Array.Resize(ref bytes, bytes.Length - 8);
            bytes[3] -= 8;
            for (var hits = random.Next(1, 6); hits > 0; hits--)
            {
                bytes[random.Next(20, bytes.Length)] = (byte)random.Next(256);
            }

            if (StunMessage.TryParse(bytes, out var message))
            {
                Exercise(message);
            }
        }
    }

    private static void Exercise(StunMessage message)
    {
        Span<ushort> unknown = stackalloc ushort[4];
        message.FindUnknownRequired(unknown).ShouldBeLessThanOrEqualTo(4);
        message.VerifyIntegrity(Password);
        message.TryGetLocalUfrag(out _);
        message.TryGetErrorCode(out _);
        message.TryGetXorMappedAddress(out _);
        message.TryGetUInt32(StunAttribute.Priority, out _);
        message.TryGetUInt64(StunAttribute.IceControlling, out _);
    }
}
