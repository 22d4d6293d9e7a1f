using System.Net;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Ice;
using Mcu.WebRtc.Stun;

namespace Mcu.WebRtc.Peer;

/// <summary>
/// One WebRTC connection, without sockets and clock: signalling text, datagrams and the time go in; datagrams go into the batch it was
/// given, media and events to its handler. datagram → SecureTransport → RTP: RtpReceiver → handler; RTCP: RtcpReceiver.
/// frame → PacedTransport → SecureTransport → batch. One owner, who calls everything from one thread at a time.
/// </summary>
/// <remarks>
/// After each call the owner calls <see cref="Run"/> no later than at <see cref="NextDeadline"/>.
/// An ICE restart, from whatever address, goes on in the same DTLS and SRTP session (RFC 8842 section 4.4).
/// </remarks>
public sealed class WebRtcPeer : IDisposable
{
    private readonly IWebRtcPeerHandler _handler;
    private readonly PeerNegotiation _negotiation;
    private readonly IceLiteAgent? _lite;
    private readonly IceClientAgent? _client;
    private readonly SecureTransport _transport;
    private readonly PeerMedia _media;
    private readonly RtcpSender _rtcpSender;
    private readonly RtcpReceiver _rtcpReceiver;
    private readonly RtpReceiver _rtpReceiver;
    private readonly PacedTransport _output;
    private NetworkPath? _path;
    private bool _closed;

    public WebRtcPeer(WebRtcPeerOptions options, IWebRtcPeerHandler handler)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(handler);
        _handler = handler;
        _negotiation = new PeerNegotiation(options);
        if (options.Role == PeerRole.Server)
        {
            _lite = new IceLiteAgent(_negotiation.LocalIce);
        }
        else
        {
            _client = new IceClientAgent(_negotiation.LocalIce, options.Random);
        }

        _transport = new SecureTransport(_lite ?? (IIceAgent)_client!, options.Certificate, options.Output);
        _media = new PeerMedia(options.Random, _negotiation.Cname);
        var control = new ControlTraffic();
        _rtcpSender = new RtcpSender(_media, _transport, control, options);
        _output = new PacedTransport(_media, _transport, control, handler);
        _rtpReceiver = new RtpReceiver(_media, handler);
        _rtcpReceiver = new RtcpReceiver(_media, _transport, _output, options.Clock, handler);
    }

    public PeerState State { get; private set; }

    /// <summary>What was agreed; null before the first offer and answer.</summary>
    public NegotiatedSession? Session => _negotiation.Session;

    /// <summary>The name by which checks for this peer are told from others' (<see cref="StunMessage.TryReadLocalUfrag"/>). New after each ICE restart; older ones stay in use until the new one is.</summary>
    public string LocalUfrag => _negotiation.LocalIce.Ufrag;

    /// <summary>Where media goes, or null.</summary>
    public NetworkPath? SelectedPath => _transport.SelectedPath;

    /// <summary>Whether <see cref="Send"/> would send.</summary>
    public bool CanSend => !_closed && _transport.CanSend;

    /// <summary>Smoothed round trip to the peer's receiver; a usual value before the first report.</summary>
    public TimeSpan RoundTripTime => _media.RoundTrip;

    /// <summary>The sections of a client's offers: add them before the first <see cref="CreateOffer"/>, or later to renegotiate.</summary>
    public OfferBuilder Offers => _negotiation.Offers;

    public MediaTime NextDeadline =>
        State is PeerState.Closed or PeerState.Failed
            ? MediaTime.Never
            : MediaTime.Min(MediaTime.Min(_transport.NextDeadline, _rtcpSender.NextDeadline), _output.NextDeadline);

    /// <summary>When a media packet that waits is to leave: of all deadlines the one that should be met to the millisecond.</summary>
    public MediaTime NextPacket => _closed ? MediaTime.Never : _output.NextPacket;

    /// <summary>What the path to the peer carries.</summary>
    public PeerNetwork NetworkAt(MediaTime now) => _output.NetworkAt(now);

    /// <summary>The state of what we send on a track, or null where we send nothing: counts, loss, round trip.</summary>
    public SendStream? SendStreamOf(MediaPurpose track) => _media.SenderOf(track)?.Stream;

    /// <summary>Statistics and clock of what arrives on a track, or null before its first packet; another one when the track's SSRC changes.</summary>
    public ReceiveStream? ReceiveStreamOf(MediaPurpose track) => _media.ReceiverOf(track)?.Current?.Stream;

    /// <summary>Header extensions of a track that is received, for <see cref="IWebRtcPeerHandler.OnRtp"/>.</summary>
    public ExtensionMap ExtensionsOf(MediaPurpose track) => _media.ReceiverOf(track)?.Extensions ?? ExtensionMap.None;

    /// <summary>Answers a first offer, a renegotiation or an ICE restart. On failure nothing has changed, and the error says what to send instead.</summary>
    public bool TryAcceptOffer(string sdp, MediaTime now, out string? answer, out SdpError? error)
    {
        var before = Session;
        if (!_negotiation.TryAnswer(sdp, out answer, out error))
        {
            return false;
        }

        if (Session!.IceRestarted)
        {
            _lite?.Restart(_negotiation.LocalIce);
        }

        Apply(before, now);
        return true;
    }

    /// <summary>Restarts ICE by a fragment instead of an offer (RFC 8840, RFC 9725); returns our fragment.</summary>
    /// <exception cref="InvalidOperationException">There is no session yet.</exception>
    public SdpFragment RestartIce(IceCredentials remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        var fragment = _negotiation.RestartIce(remote);
        _lite?.Restart(_negotiation.LocalIce);
        _transport.Refresh();
        return fragment;
    }

    /// <summary>A client's first offer, or the next one.</summary>
    public string CreateOffer(bool iceRestart = false)
    {
        var offer = _negotiation.CreateOffer(iceRestart);
        _client?.Renew(_negotiation.LocalIce);
        return offer;
    }

    /// <summary>Takes the answer to the offer made last.</summary>
    public bool TryAcceptAnswer(string sdp, MediaTime now, out SdpError? error)
    {
        var before = Session;
        if (!_negotiation.TryReadAnswer(sdp, out error))
        {
            return false;
        }

        var session = Session!;
        if (before is null || session.IceRestarted)
        {
            _client?.Start(session.RemoteIce);
        }

        foreach (var candidate in session.RemoteCandidates)
        {
            AddRemoteCandidate(candidate, now);
        }

        Apply(before, now);
        return true;
    }

    /// <summary>Takes a candidate of the peer. A lite agent has no use for it: it learns addresses from checks.</summary>
    public void AddRemoteCandidate(IceCandidate candidate, MediaTime now)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        if (Session is not null && candidate.Transport == PathTransport.Udp && IPAddress.TryParse(candidate.Address, out var address))
        {
            _client?.AddCandidate(NetworkPath.Udp(new IPEndPoint(address, candidate.Port)), now);
        }
    }

    /// <summary>Takes one datagram of the peer; decrypts in place.</summary>
    public void Receive(Span<byte> datagram, in NetworkPath path, MediaTime now)
    {
        if (State is PeerState.Closed or PeerState.Failed)
        {
            return;
        }

        switch (_transport.Receive(datagram, path, now, out var length))
        {
            case DatagramKind.Rtp:
                _rtpReceiver.Receive(datagram[..length], now);
                break;
            case DatagramKind.Rtcp:
                _rtcpReceiver.Receive(datagram[..length], now);
                _output.Run(now);
                break;
            default:
                break;
        }

        UpdateState(now);
    }

    /// <summary>Does what is due: checks and consent, DTLS retransmission, RTCP.</summary>
    public void Run(MediaTime now)
    {
        if (State is PeerState.Closed or PeerState.Failed)
        {
            return;
        }

        _transport.Run(now);
        _rtcpSender.Run(now);
        _output.Run(now);
        UpdateState(now);
    }

    /// <summary>Sends one frame on a track of ours, audio at once, video as the path takes it; nothing happens where the track is not negotiated or media must not flow.</summary>
    /// <param name="track">Audio or video; a client may also send a screen.</param>
    /// <param name="frame">In the codec of <see cref="NegotiatedMedia.SendAudioCodec"/> or <see cref="NegotiatedMedia.SendVideoCodec"/>. The RTX history takes its own reference.</param>
    /// <param name="now">Time of sending.</param>
    /// <param name="level">Audio level, written where that extension is negotiated.</param>
    public void Send(MediaPurpose track, PacketizedFrame frame, MediaTime now, AudioLevel? level = null)
    {
        ArgumentNullException.ThrowIfNull(frame);
        if (CanSend)
        {
            if (_media.SenderOf(track) is { } sender)
            {
                _output.Send(sender, frame, level, now);
            }
        }
    }

    /// <summary>How many earlier frames each packet of sound carries once more from now on, 0 to 3; nothing changes where RED is not negotiated.</summary>
    public void SetAudioRedundancy(int frames)
    {
        if (_media.SenderOf(MediaPurpose.Audio) is { } sender)
        {
            sender.Redundancy = frames;
        }
    }

    /// <summary>
    /// Tells what the owner would send if the path carried it: the path is probed up to that, with padding if need be, and the estimate
    /// grows little beyond. 0: whatever is sent; then there is no padding.
    /// </summary>
    /// <param name="bps">Bit/s of all media, IP and UDP headers included.</param>
    /// <param name="now">The time.</param>
    public void SetDemand(long bps, MediaTime now) => _output.SetDemand(bps, now);

    /// <summary>Asks the peer for a keyframe on a track. Requests that come faster than the peer can answer are merged; one goes out with the next <see cref="Run"/>.</summary>
    public void RequestKeyframe(MediaPurpose track) => _media.ReceiverOf(track)?.WantKeyframe();

    /// <summary>Tells the peer how much it may send in all (REMB), where it understands that.</summary>
    public void SendBitrateEstimate(long bitrateBps, MediaTime now) => _rtcpSender.SendBitrateEstimate(bitrateBps, now);

    /// <summary>Says BYE and close_notify, and ends. The state is closed afterwards; the handler is told.</summary>
    public void Close(MediaTime now)
    {
        if (_closed)
        {
            return;
        }

        _rtcpSender.SendBye();
        _transport.Close();
        _closed = true;
        UpdateState(now);
    }

    /// <summary>Frees native memory and gives back all frames kept for retransmission. Says nothing to the peer.</summary>
    public void Dispose()
    {
        _closed = true;
        State = PeerState.Closed;
        _media.Dispose();
        _transport.Dispose();
    }

    private void Apply(NegotiatedSession? before, MediaTime now)
    {
        var session = Session!;
        if (before is null || session.DtlsRestarted)
        {
            _transport.Secure(session.DtlsRole, session.RemoteFingerprints, now);
        }

        _media.Apply(session);
        _output.Apply(now);
        _transport.Refresh();
    }

    private void UpdateState(MediaTime now)
    {
        if (_transport.SelectedPath is { } path && path != _path)
        {
            var isFirst = _path is null;
            _path = path;
            if (!isFirst)
            {
                _output.OnPathChanged(now);
                _handler.OnPathChanged(now);
            }
        }

        var state = _transport.Evaluate(_closed);
        if (state != State)
        {
            State = state;
            _handler.OnStateChanged(state, now);
        }
    }
}
