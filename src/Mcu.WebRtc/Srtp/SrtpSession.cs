using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// SRTP and SRTCP of one DTLS association (RFC 3711, RFC 7714): one key for each direction, a bounded number of SSRCs in each.
/// Works in place, allocates nothing per packet. One owner.
/// </summary>
/// <remarks>
/// The rollover counter is not sent; both sides count. A receiver that misses 2^15 packets of an SSRC in a row cannot tell how often the
/// sequence number wrapped and refuses what follows (RFC 3711 section 3.3.1), except before the first wrap.
/// </remarks>
public sealed class SrtpSession : IDisposable
{
    /// <summary>Room in bytes that <see cref="ProtectRtp"/> and <see cref="ProtectRtcp"/> need behind the packet: AES-GCM's tag and the SRTCP index.</summary>
    public const int MaxTrailer = 20;

    /// <summary>How many SSRCs of the peer are known at once. Beyond this the one silent longest is forgotten, and with it what it sent.</summary>
    public const int MaxRemoteSources = 64;

    /// <summary>How many SSRCs of ours there may be. None is ever forgotten: its indices would begin again under the same key.</summary>
    public const int MaxLocalSources = 256;

    private const int MinRtpLength = 12;
    private const int MinRtcpLength = SrtpCipher.RtcpHeaderLength;

    private readonly SrtpCipher _outbound;
    private readonly SrtpCipher _inbound;
    private readonly SrtpSourceTable _local = new(MaxLocalSources);
    private readonly SrtpSourceTable _remote = new(MaxRemoteSources);

    /// <param name="profile">The negotiated profile.</param>
    /// <param name="outboundKey">Master key and salt of what we send: 28 bytes for AES-GCM, 30 for AES-CM.</param>
    /// <param name="inboundKey">Master key and salt of what the peer sends.</param>
    /// <exception cref="ArgumentException">The profile is unknown or a key has another length.</exception>
    public SrtpSession(SrtpProfile profile, ReadOnlySpan<byte> outboundKey, ReadOnlySpan<byte> inboundKey)
    {
        _outbound = SrtpCipher.Create(profile, outboundKey);
        _inbound = SrtpCipher.Create(profile, inboundKey);
    }

    /// <summary>Packets that were refused because they were seen before or are older than the replay window of 1024.</summary>
    public long Replayed { get; private set; }

    /// <summary>Packets that were refused because they were damaged or not made with the key.</summary>
    public long NotAuthentic { get; private set; }

    /// <summary>Splits DTLS keying material (RFC 5764 section 4.2): client key, server key, client salt, server salt.</summary>
    /// <exception cref="ArgumentException">The material has another length than the profile needs.</exception>
    public static SrtpSession FromKeyingMaterial(SrtpProfile profile, ReadOnlySpan<byte> material, bool isClient)
    {
        if (material.Length != SrtpProfiles.MaterialLength(profile))
        {
            throw new ArgumentException($"{material.Length} bytes do not fit {profile}.", nameof(material));
        }

        const int keyLength = SrtpProfiles.KeyLength;
        var saltLength = SrtpProfiles.SaltLength(profile);
        var salts = material[(2 * keyLength)..];
        Span<byte> client = stackalloc byte[keyLength + saltLength];
        Span<byte> server = stackalloc byte[keyLength + saltLength];
        material[..keyLength].CopyTo(client);
        salts[..saltLength].CopyTo(client[keyLength..]);
        material.Slice(keyLength, keyLength).CopyTo(server);
        salts.Slice(saltLength, saltLength).CopyTo(server[keyLength..]);
        var session = isClient ? new SrtpSession(profile, client, server) : new SrtpSession(profile, server, client);
        CryptographicOperations.ZeroMemory(client);
        CryptographicOperations.ZeroMemory(server);
        return session;
    }

    /// <summary>
    /// Encrypts the RTP packet in the first <paramref name="length"/> bytes of <paramref name="buffer"/>; returns the new length, or -1 if it is
    /// no packet or has no room.
    /// </summary>
    /// <remarks>
    /// A sequence number goes out once: one that was protected before, or that is 1024 or more behind the highest, is refused with either profile.
    /// AES-CM would allow the identical packet again, but repetitions carry other header extensions, and under AES-GCM a second packet with the
    /// same nonce gives the authentication key away. Repairs therefore go out on an RTX stream (RFC 4588), which has numbers of its own.
    /// </remarks>
    public int ProtectRtp(Span<byte> buffer, int length)
    {
        if (!HasRoom(buffer, length) || !TryReadHeader(buffer[..length], out var headerLength, out var ssrc, out var sequence))
        {
            return -1;
        }

        if (!TryFindLocal(ssrc, out var source))
        {
            return -1;
        }

        var index = source.EstimateRtpIndex(sequence);
        if (!source.Rtp.IsFresh(index))
        {
            return -1;
        }

        source.Rtp.Use(index);
        length += _outbound.RtpTrailerLength;
        _outbound.SealRtp(buffer[..length], headerLength, index);
        return length;
    }

    /// <summary>
    /// Encrypts a compound RTCP packet; otherwise as <see cref="ProtectRtp"/>. Each call takes the next SRTCP index of its SSRC,
    /// and after 2^31 of them all are refused (RFC 3711 section 9.2).
    /// </summary>
    public int ProtectRtcp(Span<byte> buffer, int length)
    {
        if (!HasRoom(buffer, length) || !TryReadRtcpSsrc(buffer[..length], out var ssrc) || !TryFindLocal(ssrc, out var source))
        {
            return -1;
        }

        var index = source.Rtcp.Highest + 1;
        if (!source.Rtcp.IsFresh(index))
        {
            return -1;
        }

        source.Rtcp.Use(index);
        length += _outbound.RtcpTrailerLength;
        _outbound.SealRtcp(buffer[..length], (uint)index);
        return length;
    }

    /// <summary>
    /// Decrypts an SRTP packet in place; returns the length of the RTP packet, or -1 if it is damaged, forged or a replay, and its bytes are lost.
    /// </summary>
    public int UnprotectRtp(Span<byte> packet)
    {
        var length = packet.Length - _inbound.RtpTrailerLength;
        if (!TryReadHeader(packet, out var headerLength, out var ssrc, out var sequence) || length < headerLength)
        {
            return Refuse();
        }

        // A new SSRC gets its state only once it has proved itself: strangers can neither fill the table nor push others out.
        long index = sequence;
        if (_remote.TryFind(ssrc, out var source))
        {
            // Nothing precedes the beginning: it is a leap ahead, and the tag tells whether the sender counts so too.
            var estimate = source.EstimateRtpIndex(sequence);
            index = estimate < 0 ? sequence : estimate;
            if (!source.Rtp.IsFresh(index))
            {
                return RefuseReplay();
            }
        }

        if (!_inbound.TryOpenRtp(packet, headerLength, index))
        {
            return Refuse();
        }

        source ??= _remote.Add(ssrc);
        source.Rtp.Use(index);
        _remote.Touch(source);
        return length;
    }

    /// <summary>
    /// Decrypts an SRTCP packet in place; as <see cref="UnprotectRtp"/>. One that is authentic but in the clear is refused:
    /// WebRTC knows no NULL cipher (RFC 8827 section 6.5).
    /// </summary>
    public int UnprotectRtcp(Span<byte> packet)
    {
        var length = packet.Length - _inbound.RtcpTrailerLength;
        if (!TryReadRtcpSsrc(packet, out var ssrc) || length < MinRtcpLength || !_inbound.TryReadRtcpIndex(packet, out var index))
        {
            return Refuse();
        }

        if (_remote.TryFind(ssrc, out var source) && !source.Rtcp.IsFresh(index))
        {
            return RefuseReplay();
        }

        if (!_inbound.TryOpenRtcp(packet, index))
        {
            return Refuse();
        }

        source ??= _remote.Add(ssrc);
        source.Rtcp.Use(index);
        _remote.Touch(source);
        return length;
    }

    /// <summary>Wipes the keys.</summary>
    public void Dispose()
    {
        _outbound.Dispose();
        _inbound.Dispose();
    }

    private static bool HasRoom(ReadOnlySpan<byte> buffer, int length) => length >= 0 && length <= buffer.Length - MaxTrailer;

    /// <summary>The part of an RTP packet that stays in the clear: fixed header, CSRCs, extension (RFC 3550 section 5.1 and 5.3.1).</summary>
    private static bool TryReadHeader(ReadOnlySpan<byte> packet, out int headerLength, out uint ssrc, out ushort sequence)
    {
        (headerLength, ssrc, sequence) = (0, 0, 0);
        if (packet.Length < MinRtpLength || packet[0] >> 6 != 2)
        {
            return false;
        }

        sequence = BinaryPrimitives.ReadUInt16BigEndian(packet[2..]);
        ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        headerLength = MinRtpLength + (4 * (packet[0] & 0x0F));
        if ((packet[0] & 0x10) == 0)
        {
            return headerLength <= packet.Length;
        }

        const int extensionHeader = 4;
        if (packet.Length < headerLength + extensionHeader)
        {
            return false;
        }

        headerLength += extensionHeader + (4 * BinaryPrimitives.ReadUInt16BigEndian(packet[(headerLength + 2)..]));
        return headerLength <= packet.Length;
    }

    private static bool TryReadRtcpSsrc(ReadOnlySpan<byte> packet, out uint ssrc)
    {
        var isRtcp = packet.Length >= MinRtcpLength && packet[0] >> 6 == 2;
        ssrc = isRtcp ? BinaryPrimitives.ReadUInt32BigEndian(packet[4..]) : 0;
        return isRtcp;
    }

    private bool TryFindLocal(uint ssrc, [NotNullWhen(true)] out SrtpSource? source)
    {
        if (!_local.TryFind(ssrc, out source) && !_local.IsFull)
        {
            source = _local.Add(ssrc);
        }

        return source is not null;
    }

    private int Refuse()
    {
        NotAuthentic++;
        return -1;
    }

    private int RefuseReplay()
    {
        Replayed++;
        return -1;
    }
}
