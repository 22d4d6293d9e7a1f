using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Dtls;
using Mcu.WebRtc.Ice;
using Mcu.WebRtc.Srtp;
using Mcu.WebRtc.Stun;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// The one transport of a peer: datagram → STUN | DTLS | SRTP; and back through SRTP to the path that ICE selected.
/// ICE may move the path and restart at any time; the DTLS association and its keys stay, unless the peer's certificate changes.
/// </summary>
internal sealed class SecureTransport(IIceAgent ice, DtlsCertificate certificate, DatagramBatch output) : IDisposable
{
    private DtlsSession? _dtls;
    private SrtpSession? _srtp;
    private NetworkPath? _dtlsPath;
    private bool _dtlsStarted;
    private NetworkPath _sendTo;

    public NetworkPath? SelectedPath => ice.SelectedPath;

    /// <summary>Whether media may be sent now: keys are there and the peer consents. As of the last <see cref="Refresh"/>.</summary>
    public bool CanSend { get; private set; }

    public MediaTime NextDeadline
    {
        get
        {
            var dtls = _dtls is not null && SendPath is not null ? _dtls.NextDeadline : MediaTime.Never;
            return MediaTime.Min(ice.NextDeadline, dtls);
        }
    }

    /// <summary>Before ICE has selected a path, DTLS is answered where it came from.</summary>
    private NetworkPath? SendPath => ice.SelectedPath ?? (ice.State == IceState.Failed ? null : _dtlsPath);

    /// <summary>The state as the peer's owner sees it.</summary>
    public PeerState Evaluate(bool closed) =>
        _dtls?.State switch
        {
            _ when closed => PeerState.Closed,
            DtlsState.Closed => PeerState.Closed,
            DtlsState.Failed => PeerState.Failed,
            _ when ice.State == IceState.Failed => PeerState.ConsentLost,
            DtlsState.Connected when ice.State == IceState.Connected => PeerState.Connected,
            DtlsState.Connected when ice.State == IceState.Disconnected => PeerState.Disconnected,
            _ => PeerState.Connecting,
        };

    /// <summary>After anything that may change where media goes, and whether it may: every packet asks for it, so it is kept at hand.</summary>
    public void Refresh()
    {
        var path = ice.SelectedPath;
        CanSend = _srtp is not null && _dtls is { State: DtlsState.Connected } && path is not null;
        _sendTo = path ?? default;
    }

    /// <summary>Begins a DTLS association; one that exists is replaced, its SRTP keys serve until the new ones are there.</summary>
    public void Secure(DtlsRole role, IReadOnlyList<DtlsFingerprint> peerFingerprints, MediaTime now)
    {
        _dtls?.Dispose();
        _dtls = new DtlsSession(certificate, role, peerFingerprints);
        _dtlsStarted = false;
        StartDtlsClient(now);
        Refresh();
    }

    /// <summary>
    /// Takes one datagram. For media the answer is <see cref="DatagramKind.Rtp"/> or <see cref="DatagramKind.Rtcp"/>, and the first
    /// <paramref name="length"/> bytes hold the decrypted packet; everything else was dealt with or dropped: <see cref="DatagramKind.Unknown"/>.
    /// </summary>
    public DatagramKind Receive(Span<byte> datagram, in NetworkPath path, MediaTime now, out int length)
    {
        length = 0;
        var kind = StunDemux.Classify(datagram);
        if (kind == DatagramKind.Stun)
        {
            ice.Receive(datagram, path, now, output);
            StartDtlsClient(now);
            Refresh();
            return DatagramKind.Unknown;
        }

        // Only paths on which the peer proved itself by ICE are listened to.
        if (kind == DatagramKind.Unknown || !ice.IsValid(path))
        {
            return DatagramKind.Unknown;
        }

        if (kind == DatagramKind.Dtls)
        {
            ReceiveDtls(datagram, path, now);
            Refresh();
            return DatagramKind.Unknown;
        }

        length =
            _srtp is null ? -1
            : kind == DatagramKind.Rtp ? _srtp.UnprotectRtp(datagram)
            : _srtp.UnprotectRtcp(datagram);
        if (length <= 0)
        {
            return DatagramKind.Unknown;
        }

        var before = ice.State;
        ice.OnMedia(path, now);
        if (ice.State != before)
        {
            Refresh();
        }

        return kind;
    }

    public void Run(MediaTime now)
    {
        ice.Run(now, output);
        StartDtlsClient(now);
        if (_dtls is not null && SendPath is not null)
        {
            _dtls.Run(now);
            FlushDtls();
        }

        Refresh();
    }

    /// <summary>Room to write one RTP or RTCP packet of up to <see cref="DatagramBatch.MaxDatagram"/> less <see cref="SrtpSession.MaxTrailer"/> bytes into. Only while <see cref="CanSend"/>.</summary>
    public Span<byte> Reserve() => output.Reserve();

    /// <summary>Encrypts and queues the RTP packet written into the room reserved last.</summary>
    public bool SendRtp(Span<byte> room, int length) => Commit(_srtp!.ProtectRtp(room, length));

    /// <summary>Encrypts and queues the RTCP packet written into the room reserved last.</summary>
    public bool SendRtcp(Span<byte> room, int length) => Commit(_srtp!.ProtectRtcp(room, length));

    /// <summary>Says close_notify, if there is anywhere to say it.</summary>
    public void Close()
    {
        _dtls?.Close();
        FlushDtls();
        Refresh();
    }

    public void Dispose()
    {
        _dtls?.Dispose();
        _srtp?.Dispose();
    }

    private bool Commit(int length)
    {
        if (length <= 0 || !CanSend)
        {
            return false;
        }

        output.Commit(length, _sendTo);
        return true;
    }

    private void ReceiveDtls(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime now)
    {
        if (_dtls is null)
        {
            return;
        }

        _dtlsPath = path;
        var before = _dtls.State;
        _dtls.Receive(datagram, now);
        if (before == DtlsState.Handshake && _dtls.State == DtlsState.Connected)
        {
            _srtp?.Dispose();
            _srtp = _dtls.CreateSrtp();
        }

        FlushDtls();
    }

    /// <summary>The client speaks first, as soon as ICE has a path.</summary>
    private void StartDtlsClient(MediaTime now)
    {
        if (_dtls is { Role: DtlsRole.Client } && !_dtlsStarted && ice.SelectedPath is not null)
        {
            _dtlsStarted = true;
            _dtls.Start(now);
            FlushDtls();
        }
    }

    private void FlushDtls()
    {
        if (_dtls is null || SendPath is not { } path)
        {
            return;
        }

        while (_dtls.TryTake(output.Reserve(), out var length))
        {
            output.Commit(length, path);
        }
    }
}
