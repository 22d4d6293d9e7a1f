using Mcu.WebRtc.Srtp;
using Shouldly;
using Xunit;

namespace Mcu.WebRtc.Tests.Srtp;

/// <summary>Published vectors: RFC 3711 appendix B, RFC 7714 sections 16 and 17, and the packets that libsrtp validates itself with.</summary>
public sealed class SrtpVectorTests
{
    private const string MasterKey = "e1f97a0d3e018be0d64fa32c06de4139";
    private const string MasterSalt = "0ec675ad498afeebb6960b3aabe6";
    private const string GcmRtp =
        "8040f17b8041f8d35501a0b2" + "47616c6c696120657374206f6d6e697320646976697361" + "20696e207061727465732074726573";
    private const string GcmRtcp =
        "81c8000d4d617273" + "4e5450314e545032525450200000042a0000e9304c756e61" + "deadbeefdeadbeefdeadbeefdeadbeefdeadbeef";

    /// <summary>RFC 3711 appendix B.2: 65282 blocks, so the counter passes 8 and nearly fills 16 bits.</summary>
    [Fact]
    public void Aes_counter_mode()
    {
        using var aes = new AesCounterMode(Convert.FromHexString("2b7e151628aed2a6abf7158809cf4f3c"));
        var keystream = new byte[1_044_512];
        aes.Apply(Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfd0000"), keystream);

        Convert
            .ToHexStringLower(keystream.AsSpan(0, 48))
            .ShouldBe("e03ead0935c95e80e166b16dd92b4eb4" + "d23513162b02d0f72a43a2fe4a5f97ab" + "41e95b3bb0a2e8dd477901e4fca894c0");
        Convert
            .ToHexStringLower(keystream.AsSpan(keystream.Length - 48))
            .ShouldBe("ec8cdf7398607cb0f2d21675ea9ea1e4" + "362b7c3c6773516318a077d7fc5073ae" + "6a2cc3787889374fbeb4c81b17ba6c44");
    }

    /// <summary>RFC 3711 appendix B.3; its authentication key is 94 bytes long.</summary>
    [Theory]
    [InlineData("RtpEncryption", "c61e7a93744f39ee10734afe3ff7a087")]
    [InlineData("RtpSalt", "30cbbc08863d8c85d49db34a9ae1")]
    [InlineData(
        "RtpAuthentication",
        "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098"
            + "6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2"
    )]
    public void Key_derivation(string label, string expected)
    {
        using var derivation = new SrtpKeyDerivation(Convert.FromHexString(MasterKey), Convert.FromHexString(MasterSalt));
        var key = new byte[expected.Length / 2];
        derivation.Derive(Enum.Parse<SrtpKeyLabel>(label), key);
        Convert.ToHexStringLower(key).ShouldBe(expected);
    }

    /// <summary>RFC 7714 section 16.1.</summary>
    [Fact]
    public void Srtp_with_AES_GCM()
    {
        using var cipher = RfcGcm();
        var packet = WithTrailer(GcmRtp, cipher.RtpTrailerLength);

        cipher.SealRtp(packet, 12, 0xf17b);

        Convert
            .ToHexStringLower(packet)
            .ShouldBe(
                "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf"
                    + "8833899d7f27beb16a9152cf765ee4390cce"
            );
        cipher.TryOpenRtp(packet, 12, 0xf17b).ShouldBeTrue();
        Convert.ToHexStringLower(packet).ShouldStartWith(GcmRtp);
    }

    /// <summary>RFC 7714 section 17.1.</summary>
    [Fact]
    public void Srtcp_with_AES_GCM()
    {
        using var cipher = RfcGcm();
        var packet = WithTrailer(GcmRtcp, cipher.RtcpTrailerLength);

        cipher.SealRtcp(packet, 0x5d4);

        Convert
            .ToHexStringLower(packet)
            .ShouldBe(
                "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
                    + "c84aa45896cf4d2fc5abf87245d9eade800005d4"
            );
        cipher.TryReadRtcpIndex(packet, out var index).ShouldBeTrue();
        index.ShouldBe(0x5d4u);
        cipher.TryOpenRtcp(packet, index).ShouldBeTrue();
        Convert.ToHexStringLower(packet).ShouldStartWith(GcmRtcp);
    }

    /// <summary>RFC 7714 section 17.3: authentic, but in the clear, which we do not accept.</summary>
    [Fact]
    public void Srtcp_that_is_only_tagged_has_no_E_flag()
    {
        using var cipher = RfcGcm();
        var packet = Convert.FromHexString(GcmRtcp + "841dd9683dd78ec92ae58790125f62b3" + "000005d4");
        cipher.TryReadRtcpIndex(packet, out var index).ShouldBeFalse();
        index.ShouldBe(0x5d4u);
    }

    [Fact]
    public void Libsrtps_packet_with_AES_CM()
    {
        using var cipher = LibsrtpCounterMode();
        const string plain = "800f1234decafbadcafebabe" + "abababababababababababababababab";
        var packet = WithTrailer(plain, cipher.RtpTrailerLength);

        cipher.SealRtp(packet, 12, 0x1234);

        Convert.ToHexStringLower(packet).ShouldBe("800f1234decafbadcafebabe" + "4e55dc4ce79978d88ca4d215949d2402" + "b78d6acc99ea179b8dbb");
        cipher.TryOpenRtp(packet, 12, 0x1234).ShouldBeTrue();
        Convert.ToHexStringLower(packet).ShouldStartWith(plain);
    }

    [Fact]
    public void Libsrtps_report_with_AES_CM()
    {
        using var cipher = LibsrtpCounterMode();
        const string plain = "81c8000bcafebabe" + "abababababababababababababababab";
        var packet = WithTrailer(plain, cipher.RtcpTrailerLength);

        cipher.SealRtcp(packet, 1);

        Convert
            .ToHexStringLower(packet)
            .ShouldBe("81c8000bcafebabe" + "7128035be487b9bdbef89041f977a5a8" + "80000001" + "993e08cd54d6c1230798");
        cipher.TryOpenRtcp(packet, 1).ShouldBeTrue();
        Convert.ToHexStringLower(packet).ShouldStartWith(plain);
    }

    private static GcmSrtpCipher RfcGcm()
    {
        var key = Convert.FromHexString("000102030405060708090a0b0c0d0e0f");
        var salt = "Quid pro quo"u8;
        return new GcmSrtpCipher(key, salt, key, salt);
    }

    private static SrtpCipher LibsrtpCounterMode() =>
        SrtpCipher.Create(SrtpProfile.Aes128CmHmacSha1Length80, Convert.FromHexString(MasterKey + MasterSalt));

    private static byte[] WithTrailer(string hex, int trailer) => [.. Convert.FromHexString(hex), .. new byte[trailer]];
}
