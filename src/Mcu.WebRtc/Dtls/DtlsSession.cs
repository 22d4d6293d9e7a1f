using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Mcu.Media;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Srtp;

namespace Mcu.WebRtc.Dtls;

public enum DtlsState
{
    Handshake,
    Connected,

    /// <summary>Either side sent close_notify.</summary>
    Closed,

    /// <summary>The handshake failed, timed out, or the peer is not who its SDP promised.</summary>
    Failed,
}

/// <summary>
/// One DTLS 1.2 association with use_srtp (RFC 6347, RFC 5764), without sockets and clock: datagrams in by <see cref="Receive"/>,
/// out by <see cref="TryTake"/>, retransmission by <see cref="Run"/> at <see cref="NextDeadline"/>. One owner.
/// </summary>
/// <remarks>It is <see cref="DtlsState.Connected"/> only after the peer's certificate matched its fingerprint and an SRTP profile was agreed.</remarks>
public sealed class DtlsSession : IDisposable
{
    /// <summary>Largest datagram sent, in bytes: passes every tunnel seen in the field.</summary>
    public const int Mtu = 1200;

    private const int MaxCertificate = 8192;

    // Far below RFC 6347's 1 s: a call is waiting, and ICE has shown that the path works (RFC 9147 section 5.8.2 advises the same).
    private static readonly TimeSpan FirstRetransmit = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SlowestRetransmit = TimeSpan.FromSeconds(3.2);

    private readonly DtlsHandle _handle;
    private readonly IReadOnlyList<DtlsFingerprint> _peerFingerprints;
    private int _flight;
    private TimeSpan _retransmitAfter;

    public DtlsSession(DtlsCertificate certificate, DtlsRole role, IReadOnlyList<DtlsFingerprint> peerFingerprints)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        ArgumentNullException.ThrowIfNull(peerFingerprints);
        Role = role;
        _peerFingerprints = peerFingerprints;
        _handle = DtlsNative.Create(certificate.Context, role == DtlsRole.Server ? 1 : 0, Mtu);
        if (_handle.IsInvalid)
        {
            throw new InvalidOperationException("OpenSSL has no memory for a DTLS session.");
        }
    }

    public DtlsRole Role { get; }

    public DtlsState State { get; private set; }

    /// <summary>The agreed SRTP profile once connected.</summary>
    public SrtpProfile Profile { get; private set; }

    /// <summary>When <see cref="Run"/> has a flight to send again.</summary>
    public MediaTime NextDeadline { get; private set; } = MediaTime.Never;

    /// <summary>A client's first flight; a server waits for it and does nothing here.</summary>
    public void Start(MediaTime now) => Receive(default, now);

    /// <summary>Takes one datagram of the peer. Damaged ones are dropped (RFC 6347 section 4.1.2.7).</summary>
    public void Receive(ReadOnlySpan<byte> datagram, MediaTime now) =>
        Apply(DtlsNative.Receive(_handle, MemoryMarshal.GetReference(datagram), datagram.Length), now);

    /// <summary>Sends the last flight again when its answer is overdue (RFC 6347 section 4.2.4).</summary>
    public void Run(MediaTime now)
    {
        if (now < NextDeadline)
        {
            return;
        }

        _retransmitAfter = TimeSpan.FromTicks(Math.Min(_retransmitAfter.Ticks * 2, SlowestRetransmit.Ticks));
        NextDeadline = now + _retransmitAfter;
        Apply(DtlsNative.Retransmit(_handle), now);
    }

    /// <summary>Takes the next datagram to send; false when there is none.</summary>
    /// <param name="output">At least <see cref="Mtu"/> bytes.</param>
    /// <param name="length">Bytes written.</param>
    public bool TryTake(Span<byte> output, out int length)
    {
        length = DtlsNative.Take(_handle, ref MemoryMarshal.GetReference(output), output.Length);
        return length > 0;
    }

    /// <summary>Queues close_notify; to be taken and sent.</summary>
    public void Close()
    {
        if (State is DtlsState.Handshake or DtlsState.Connected)
        {
            DtlsNative.Close(_handle);
            State = DtlsState.Closed;
            NextDeadline = MediaTime.Never;
        }
    }

    /// <summary>Derives the SRTP session of this association (RFC 5764 section 4.2).</summary>
    /// <exception cref="InvalidOperationException">The handshake is not done.</exception>
    public SrtpSession CreateSrtp()
    {
        if (State != DtlsState.Connected)
        {
            throw new InvalidOperationException($"A DTLS session that is {State} has no keys.");
        }

        Span<byte> material = stackalloc byte[SrtpProfiles.MaterialLength(Profile)];
        if (DtlsNative.ExportKeys(_handle, ref MemoryMarshal.GetReference(material), material.Length) != 0)
        {
            throw new InvalidOperationException("OpenSSL exported no keying material.");
        }

        var session = SrtpSession.FromKeyingMaterial(Profile, material, Role == DtlsRole.Client);
        CryptographicOperations.ZeroMemory(material);
        return session;
    }

    public void Dispose() => _handle.Dispose();

    private void Apply(DtlsState state, MediaTime now)
    {
        if (State is DtlsState.Closed or DtlsState.Failed)
        {
            return;
        }

        if (state == DtlsState.Connected && State == DtlsState.Handshake && !AcceptPeer())
        {
            // The alert tells the peer at once; we never speak to it again.
            DtlsNative.Close(_handle);
            state = DtlsState.Failed;
        }

        State = state;
        UpdateDeadline(now);
    }

    private bool AcceptPeer()
    {
        Span<byte> certificate = stackalloc byte[MaxCertificate];
        var length = DtlsNative.PeerCertificate(_handle, ref MemoryMarshal.GetReference(certificate), certificate.Length);
        Profile = (SrtpProfile)DtlsNative.SrtpProfile(_handle);
        return length > 0 && Profile != SrtpProfile.None && PeerIdentity.Matches(certificate[..length], _peerFingerprints);
    }

    /// <summary>A new flight starts the timer afresh; an answered one stops it.</summary>
    private void UpdateDeadline(MediaTime now)
    {
        var flight = State == DtlsState.Handshake ? DtlsNative.PendingFlight(_handle) : 0;
        if (flight == 0)
        {
            NextDeadline = MediaTime.Never;
        }
        else if (flight != _flight)
        {
            _retransmitAfter = FirstRetransmit;
            NextDeadline = now + _retransmitAfter;
        }

        _flight = flight;
    }
}
