using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// AEAD_AES_128_GCM (RFC 7714). SRTP: header | ciphertext | tag. SRTCP: header | ciphertext | tag | E flag and index.
/// An index may be sealed once only: two packets under one nonce give the authentication key away.
/// </summary>
internal sealed class GcmSrtpCipher : SrtpCipher
{
    public const int SaltLength = 12;
    private const int TagLength = AesGcmKey.TagLength;

    private readonly AesGcmKey _rtp;
    private readonly AesGcmKey _rtcp;
    private (ulong High, uint Low) _rtpSalt;
    private (ulong High, uint Low) _rtcpSalt;

    /// <summary>Session keys of 16 and salts of <see cref="SaltLength"/> bytes.</summary>
    public GcmSrtpCipher(ReadOnlySpan<byte> rtpKey, ReadOnlySpan<byte> rtpSalt, ReadOnlySpan<byte> rtcpKey, ReadOnlySpan<byte> rtcpSalt)
    {
        _rtp = AesGcmKey.Create(rtpKey);
        _rtcp = AesGcmKey.Create(rtcpKey);
        _rtpSalt = ReadSalt(rtpSalt);
        _rtcpSalt = ReadSalt(rtcpSalt);
    }

    public override int RtpTrailerLength => TagLength;

    protected override int RtcpIndexFromEnd => RtcpIndexLength;

    public static GcmSrtpCipher Derive(SrtpKeyDerivation derivation)
    {
        Span<byte> keys = stackalloc byte[2 * (SrtpProfiles.KeyLength + SaltLength)];
        var rtpKey = keys[..SrtpProfiles.KeyLength];
        var rtcpKey = keys.Slice(SrtpProfiles.KeyLength, SrtpProfiles.KeyLength);
        var rtpSalt = keys.Slice(2 * SrtpProfiles.KeyLength, SaltLength);
        var rtcpSalt = keys[^SaltLength..];
        derivation.Derive(SrtpKeyLabel.RtpEncryption, rtpKey);
        derivation.Derive(SrtpKeyLabel.RtpSalt, rtpSalt);
        derivation.Derive(SrtpKeyLabel.RtcpEncryption, rtcpKey);
        derivation.Derive(SrtpKeyLabel.RtcpSalt, rtcpSalt);
        var cipher = new GcmSrtpCipher(rtpKey, rtpSalt, rtcpKey, rtcpSalt);
        CryptographicOperations.ZeroMemory(keys);
        return cipher;
    }

    public override void SealRtp(Span<byte> packet, int headerLength, long index)
    {
        Span<byte> nonce = stackalloc byte[SaltLength];
        WriteRtpNonce(nonce, packet, index);
        _rtp.Seal(nonce, packet[..headerLength], packet[headerLength..^TagLength], packet[^TagLength..]);
    }

    public override bool TryOpenRtp(Span<byte> packet, int headerLength, long index)
    {
        Span<byte> nonce = stackalloc byte[SaltLength];
        WriteRtpNonce(nonce, packet, index);
        return _rtp.TryOpen(nonce, packet[..headerLength], packet[headerLength..^TagLength], packet[^TagLength..]);
    }

    public override bool TryOpenRtcp(Span<byte> packet, uint index)
    {
        Span<byte> nonce = stackalloc byte[SaltLength];
        Span<byte> associated = stackalloc byte[RtcpHeaderLength + RtcpIndexLength];
        WriteRtcpNonce(nonce, packet, index);
        WriteRtcpAssociated(associated, packet);
        var sealedPart = packet[RtcpHeaderLength..^RtcpIndexLength];
        return _rtcp.TryOpen(nonce, associated, sealedPart[..^TagLength], sealedPart[^TagLength..]);
    }

    public override void Dispose()
    {
        _rtp.Dispose();
        _rtcp.Dispose();
        _rtpSalt = default;
        _rtcpSalt = default;
    }

    protected override void SealRtcpCore(Span<byte> packet, uint index)
    {
        Span<byte> nonce = stackalloc byte[SaltLength];
        Span<byte> associated = stackalloc byte[RtcpHeaderLength + RtcpIndexLength];
        WriteRtcpNonce(nonce, packet, index);
        WriteRtcpAssociated(associated, packet);
        var sealedPart = packet[RtcpHeaderLength..^RtcpIndexLength];
        _rtcp.Seal(nonce, associated, sealedPart[..^TagLength], sealedPart[^TagLength..]);
    }

    /// <summary>Two zero bytes, SSRC, rollover counter, sequence number, XOR the salt (RFC 7714 section 8.1).</summary>
    private void WriteRtpNonce(Span<byte> nonce, ReadOnlySpan<byte> packet, long index)
    {
        var high = ((ulong)BinaryPrimitives.ReadUInt32BigEndian(packet[8..]) << 16) | (ushort)(index >> 32);
        WriteNonce(nonce, high ^ _rtpSalt.High, (uint)index ^ _rtpSalt.Low);
    }

    /// <summary>Two zero bytes, SSRC, two zero bytes, SRTCP index, XOR the salt (RFC 7714 section 9.1).</summary>
    private void WriteRtcpNonce(Span<byte> nonce, ReadOnlySpan<byte> packet, uint index)
    {
        var high = (ulong)BinaryPrimitives.ReadUInt32BigEndian(packet[4..]) << 16;
        WriteNonce(nonce, high ^ _rtcpSalt.High, index ^ _rtcpSalt.Low);
    }

    /// <summary>The header, then the word of E flag and index (RFC 7714 section 9.2).</summary>
    private static void WriteRtcpAssociated(Span<byte> associated, ReadOnlySpan<byte> packet)
    {
        packet[..RtcpHeaderLength].CopyTo(associated);
        packet[^RtcpIndexLength..].CopyTo(associated[RtcpHeaderLength..]);
    }

    private static (ulong High, uint Low) ReadSalt(ReadOnlySpan<byte> salt) =>
        (BinaryPrimitives.ReadUInt64BigEndian(salt), BinaryPrimitives.ReadUInt32BigEndian(salt[8..]));

    private static void WriteNonce(Span<byte> nonce, ulong high, uint low)
    {
        BinaryPrimitives.WriteUInt64BigEndian(nonce, high);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], low);
    }
}
