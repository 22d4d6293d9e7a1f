using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Mcu.WebRtc.Srtp;

/// <summary>
/// SRTP and SRTCP of one DTLS association (RFC 3711, RFC 7714): one key for each direction, any number of our SSRCs out,
/// a bounded number of the peer's in. Works in place, allocates nothing per packet. One owner.
/// </summary>
public sealed class SrtpSession : IDisposable
{
    /// <summary>Room in bytes that <see cref="ProtectRtp"/> and <see cref="ProtectRtcp"/> need behind the packet.</summary>
    public const int MaxTrailer = 32;

    /// <summary>
    /// How many SSRCs of the peer are known at once. Each costs state in libsrtp and a step in its lookup,
    /// so beyond this the one silent longest is forgotten.
    /// </summary>
    public const int MaxRemoteSources = 64;

    private const int MinRtpLength = 12;
    private const int MinRtcpLength = 8;

    private readonly SrtpHandle _outbound;
    private readonly SrtpHandle _inbound;
    private readonly uint[] _sources = new uint[MaxRemoteSources];
    private readonly long[] _lastUsed = new long[MaxRemoteSources];
    private int _sourceCount;
    private long _useCounter;

    /// <param name="profile">The negotiated profile.</param>
    /// <param name="outboundKey">Master key and salt of what we send: 28 bytes for AES-GCM, 30 for AES-CM.</param>
    /// <param name="inboundKey">Master key and salt of what the peer sends.</param>
    /// <exception cref="ArgumentException">The profile is unknown or a key has another length.</exception>
    public SrtpSession(SrtpProfile profile, ReadOnlySpan<byte> outboundKey, ReadOnlySpan<byte> inboundKey)
    {
        _outbound = Create(profile, SrtpNative.Outbound, outboundKey);
        _inbound = Create(profile, SrtpNative.Inbound, inboundKey);
        if (_outbound.IsInvalid || _inbound.IsInvalid)
        {
            Dispose();
            throw new ArgumentException(
                $"No SRTP session for profile {profile} with keys of {outboundKey.Length} and {inboundKey.Length} bytes.",
                nameof(profile)
            );
        }
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
        return isClient ? new SrtpSession(profile, client, server) : new SrtpSession(profile, server, client);
    }

    /// <summary>Encrypts the RTP packet in the first <paramref name="length"/> bytes of <paramref name="buffer"/>; returns the new length, or -1 if it is no packet, has no room, or its sequence number went out before.</summary>
    public int ProtectRtp(Span<byte> buffer, int length) =>
        length < MinRtpLength || length > buffer.Length
            ? -1
            : OrMinusOne(SrtpNative.ProtectRtp(_outbound, ref MemoryMarshal.GetReference(buffer), length, buffer.Length));

    /// <summary>Encrypts a compound RTCP packet; otherwise as <see cref="ProtectRtp"/>.</summary>
    public int ProtectRtcp(Span<byte> buffer, int length) =>
        length < MinRtcpLength || length > buffer.Length
            ? -1
            : OrMinusOne(SrtpNative.ProtectRtcp(_outbound, ref MemoryMarshal.GetReference(buffer), length, buffer.Length));

    /// <summary>Decrypts an SRTP packet in place; returns the length of the RTP packet, or -1 if it is damaged, forged or a replay.</summary>
    public int UnprotectRtp(Span<byte> packet)
    {
        if (packet.Length < MinRtpLength)
        {
            return -1;
        }

        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[8..]);
        return Accept(SrtpNative.UnprotectRtp(_inbound, ref MemoryMarshal.GetReference(packet), packet.Length), ssrc);
    }

    /// <summary>Decrypts an SRTCP packet in place; returns the length of the RTCP packet, or -1 if it is damaged, forged or a replay.</summary>
    public int UnprotectRtcp(Span<byte> packet)
    {
        if (packet.Length < MinRtcpLength)
        {
            return -1;
        }

        var ssrc = BinaryPrimitives.ReadUInt32BigEndian(packet[4..]);
        return Accept(SrtpNative.UnprotectRtcp(_inbound, ref MemoryMarshal.GetReference(packet), packet.Length), ssrc);
    }

    public void Dispose()
    {
        _outbound.Dispose();
        _inbound.Dispose();
    }

    private static SrtpHandle Create(SrtpProfile profile, int direction, ReadOnlySpan<byte> key) =>
        SrtpNative.Create((int)profile, direction, MemoryMarshal.GetReference(key), key.Length);

    private static int OrMinusOne(int result) => result < 0 ? -1 : result;

    private int Accept(int result, uint ssrc)
    {
        if (result >= 0)
        {
            // libsrtp made a stream for a new SSRC only now, after authentication: strangers cannot fill the table.
            NoteSource(ssrc);
            return result;
        }

        const int replayed = -3;
        if (result == replayed)
        {
            Replayed++;
        }
        else
        {
            NotAuthentic++;
        }

        return -1;
    }

    private void NoteSource(uint ssrc)
    {
        var slot = _sources.AsSpan(0, _sourceCount).IndexOf(ssrc);
        if (slot < 0)
        {
            slot = _sourceCount < MaxRemoteSources ? _sourceCount++ : ForgetSilentest();
            _sources[slot] = ssrc;
        }

        _lastUsed[slot] = ++_useCounter;
    }

    private int ForgetSilentest()
    {
        var oldest = 0;
        for (var i = 1; i < _sourceCount; i++)
        {
            oldest = _lastUsed[i] < _lastUsed[oldest] ? i : oldest;
        }

        _ = SrtpNative.Remove(_inbound, _sources[oldest]);
        return oldest;
    }
}
