using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// AES128_CM_HMAC_SHA1_80 (RFC 3711). SRTP: header | ciphertext | tag. SRTCP: header | ciphertext | E flag and index | tag.
/// </summary>
internal sealed class CounterModeSrtpCipher : SrtpCipher
{
    private const int SaltLength = 14;
    private const int AuthenticationKeyLength = 20;
    private const int TagLength = 10;

    private readonly KeySet _rtp;
    private readonly KeySet _rtcp;

    private CounterModeSrtpCipher(KeySet rtp, KeySet rtcp) => (_rtp, _rtcp) = (rtp, rtcp);

    public override int RtpTrailerLength => TagLength;

    protected override int RtcpIndexFromEnd => RtcpIndexLength + TagLength;

    public static CounterModeSrtpCipher Derive(SrtpKeyDerivation derivation) =>
        new(
            new KeySet(derivation, SrtpKeyLabel.RtpEncryption, SrtpKeyLabel.RtpAuthentication, SrtpKeyLabel.RtpSalt),
            new KeySet(derivation, SrtpKeyLabel.RtcpEncryption, SrtpKeyLabel.RtcpAuthentication, SrtpKeyLabel.RtcpSalt)
        );

    public override void SealRtp(Span<byte> packet, int headerLength, long index)
    {
        _rtp.Apply(packet.Slice(8, 4), index, packet[headerLength..^TagLength]);
        Span<byte> tag = stackalloc byte[HMACSHA1.HashSizeInBytes];
        AuthenticateRtp(packet, index, tag);
        tag[..TagLength].CopyTo(packet[^TagLength..]);
    }

    public override bool TryOpenRtp(Span<byte> packet, int headerLength, long index)
    {
        Span<byte> tag = stackalloc byte[HMACSHA1.HashSizeInBytes];
        AuthenticateRtp(packet, index, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag[..TagLength], packet[^TagLength..]))
        {
            return false;
        }

        _rtp.Apply(packet.Slice(8, 4), index, packet[headerLength..^TagLength]);
        return true;
    }

    public override bool TryOpenRtcp(Span<byte> packet, uint index)
    {
        Span<byte> tag = stackalloc byte[HMACSHA1.HashSizeInBytes];
        _rtcp.Authenticate(packet[..^TagLength], default, tag);
        if (!CryptographicOperations.FixedTimeEquals(tag[..TagLength], packet[^TagLength..]))
        {
            return false;
        }

        _rtcp.Apply(packet.Slice(4, 4), index, packet[RtcpHeaderLength..^RtcpIndexFromEnd]);
        return true;
    }

    public override void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
    }

    protected override void SealRtcpCore(Span<byte> packet, uint index)
    {
        _rtcp.Apply(packet.Slice(4, 4), index, packet[RtcpHeaderLength..^RtcpIndexFromEnd]);
        Span<byte> tag = stackalloc byte[HMACSHA1.HashSizeInBytes];
        _rtcp.Authenticate(packet[..^TagLength], default, tag);
        tag[..TagLength].CopyTo(packet[^TagLength..]);
    }

    /// <summary>Over the packet and its rollover counter, which is not sent (RFC 3711 section 4.2).</summary>
    private void AuthenticateRtp(ReadOnlySpan<byte> packet, long index, Span<byte> tag)
    {
        Span<byte> rollover = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(rollover, (uint)(index >> 16));
        _rtp.Authenticate(packet[..^TagLength], rollover, tag);
    }

    /// <summary>The three session keys of SRTP, or those of SRTCP.</summary>
    private sealed class KeySet : IDisposable
    {
        private readonly AesCounterMode _aes;
        private readonly IncrementalHash _hmac;
        private readonly byte[] _salt = new byte[SaltLength];

        public KeySet(SrtpKeyDerivation derivation, SrtpKeyLabel encryption, SrtpKeyLabel authentication, SrtpKeyLabel salt)
        {
            Span<byte> key = stackalloc byte[AuthenticationKeyLength];
            derivation.Derive(encryption, key[..SrtpProfiles.KeyLength]);
            _aes = new AesCounterMode(key[..SrtpProfiles.KeyLength]);
            derivation.Derive(authentication, key);
            _hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA1, key);
            derivation.Derive(salt, _salt);
            CryptographicOperations.ZeroMemory(key);
        }

        /// <summary>Salt · 2^16 XOR SSRC · 2^64 XOR index · 2^16 is the initial counter block (RFC 3711 section 4.1.1).</summary>
        public void Apply(ReadOnlySpan<byte> ssrc, long index, Span<byte> data)
        {
            Span<byte> iv = stackalloc byte[AesCounterMode.BlockLength];
            iv.Clear();
            ssrc.CopyTo(iv[4..]);
            BinaryPrimitives.WriteInt64BigEndian(iv[8..], index << 16);
            for (var i = 0; i < SaltLength; i++)
            {
                iv[i] ^= _salt[i];
            }

            _aes.Apply(iv, data);
        }

        public void Authenticate(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> tag)
        {
            _hmac.AppendData(first);
            _hmac.AppendData(second);
            _hmac.GetHashAndReset(tag);
        }

        public void Dispose()
        {
            _aes.Dispose();
            _hmac.Dispose();
            CryptographicOperations.ZeroMemory(_salt);
        }
    }
}
