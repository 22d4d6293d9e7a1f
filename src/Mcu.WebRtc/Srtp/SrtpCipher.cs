using System.Buffers.Binary;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// The session keys of one direction and what a protection profile does with them: encrypts and authenticates packets whose index is known.
/// Knows nothing of sequences, sources and replays. Works in place, allocates nothing per packet. One owner.
/// </summary>
/// <remarks>The index of an RTP packet is 48 bits: rollover counter, then sequence number (RFC 3711 section 3.3.1).</remarks>
internal abstract class SrtpCipher : IDisposable
{
    /// <summary>Bytes of an RTCP packet that stay in the clear: the first header with its SSRC.</summary>
    public const int RtcpHeaderLength = 8;

    /// <summary>Bytes of the word of E flag and SRTCP index.</summary>
    protected const int RtcpIndexLength = 4;

    /// <summary>The E flag beside the 31 bits of the SRTCP index (RFC 3711 section 3.4).</summary>
    private const uint EncryptedFlag = 0x8000_0000;

    /// <summary>Bytes that protecting an RTP packet adds.</summary>
    public abstract int RtpTrailerLength { get; }

    /// <summary>Bytes that protecting an RTCP packet adds.</summary>
    public int RtcpTrailerLength => RtpTrailerLength + RtcpIndexLength;

    /// <summary>Where the word of E flag and index begins, counted from the packet's end.</summary>
    protected abstract int RtcpIndexFromEnd { get; }

    /// <param name="profile">One of the two that are known.</param>
    /// <param name="masterKey">Master key and salt of the direction.</param>
    /// <exception cref="ArgumentException">The profile is unknown or the key has another length than it needs.</exception>
    public static SrtpCipher Create(SrtpProfile profile, ReadOnlySpan<byte> masterKey)
    {
        const int keyLength = SrtpProfiles.KeyLength;
        var known = profile is SrtpProfile.AeadAes128Gcm or SrtpProfile.Aes128CmHmacSha1Length80;
        if (!known || masterKey.Length != keyLength + SrtpProfiles.SaltLength(profile))
        {
            throw new ArgumentException($"{masterKey.Length} bytes are no key for SRTP profile {profile}.", nameof(masterKey));
        }

        using var derivation = new SrtpKeyDerivation(masterKey[..keyLength], masterKey[keyLength..]);
        return profile == SrtpProfile.AeadAes128Gcm ? GcmSrtpCipher.Derive(derivation) : CounterModeSrtpCipher.Derive(derivation);
    }

    /// <summary>The E flag and SRTCP index of a protected packet of at least <see cref="RtcpHeaderLength"/> + <see cref="RtcpTrailerLength"/> bytes; false if it says that it is not encrypted.</summary>
    public bool TryReadRtcpIndex(ReadOnlySpan<byte> packet, out uint index)
    {
        var word = BinaryPrimitives.ReadUInt32BigEndian(packet[^RtcpIndexFromEnd..]);
        index = word & ~EncryptedFlag;
        return (word & EncryptedFlag) != 0;
    }

    /// <summary>Encrypts behind the header and fills in the trailer, which is the last <see cref="RtpTrailerLength"/> bytes.</summary>
    public abstract void SealRtp(Span<byte> packet, int headerLength, long index);

    /// <summary>Decrypts behind the header; false, and the bytes there are lost, if the packet is not authentic.</summary>
    public abstract bool TryOpenRtp(Span<byte> packet, int headerLength, long index);

    /// <summary>As <see cref="SealRtp"/>, with a trailer of <see cref="RtcpTrailerLength"/>.</summary>
    public void SealRtcp(Span<byte> packet, uint index)
    {
        BinaryPrimitives.WriteUInt32BigEndian(packet[^RtcpIndexFromEnd..], index | EncryptedFlag);
        SealRtcpCore(packet, index);
    }

    /// <summary>As <see cref="TryOpenRtp"/>, for a packet whose index was read by <see cref="TryReadRtcpIndex"/>.</summary>
    public abstract bool TryOpenRtcp(Span<byte> packet, uint index);

    public abstract void Dispose();

    /// <summary>Encrypts and authenticates; the index word is in its place.</summary>
    protected abstract void SealRtcpCore(Span<byte> packet, uint index);
}
