using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.WebRtc.Peer;

namespace Mcu.Server.Rooms;

/// <summary>
/// Joins a WebRTC peer to a conference: <c>datagram → peer → RTP → conference</c> and <c>conference → frame → peer → datagram</c>.
/// Belongs to the room's one writer.
/// </summary>
internal sealed class WebRtcLeg(RoomSession session) : ISessionLeg, IWebRtcPeerHandler
{
    /// <summary>Bit/s that a sender may need for its sound and for headers.</summary>
    private const int BeyondCameraBps = 80_000;

    private const int MaxNames = 3;

    /// <summary>Bit/s that a shared screen may need.</summary>
    private const int ScreenBps = 2_500_000;

    private readonly MediaTime _opened = session.Room.Media.Scheduler.Now;

    /// <summary>
    /// ICE names by which datagrams find this session, the newest last: of the generation that carries media, of a restart under way, and of one that
    /// another restart overtook.
    /// </summary>
    private readonly Queue<string> _names = new();
    private WebRtcPeer? _peer;
    private MediaTime? _disconnectedAt;
    private bool _isPatient;
    private long _demandBps;

    public LegMedia Media { get; private set; }

    /// <summary>Names the ICE session; changes with each restart. Read by other threads.</summary>
    public string ETag { get; private set; } = "0";

    public MediaTime MediaLostAt =>
        _peer is { State: PeerState.Connected or PeerState.Disconnected } ? MediaTime.Never : _disconnectedAt ?? _opened;

    /// <summary>The connection cannot come back: DTLS failed or the other side closed it.</summary>
    public bool Ended => _peer is { State: PeerState.Failed or PeerState.Closed };

    public TimeSpan RoundTripTime => _peer?.RoundTripTime ?? TimeSpan.Zero;

    public LegNetwork Network
    {
        get
        {
            if (_peer is null)
            {
                return LegNetwork.Unlimited;
            }

            var network = _peer.NetworkAt(session.Room.Now);
            return new LegNetwork(network.TargetBps - network.ControlBps, network.FractionLost, _peer.RoundTripTime, network.QueueDelay)
            {
                VideoProtection = _peer.SendStreamOf(MediaPurpose.Video)?.ProtectionRate ?? 0,
            };
        }
    }

    public MediaTime NextPacket => _peer?.NextPacket ?? MediaTime.Never;

    public TimeSpan? MeasuredRoundTrip =>
        _peer?.SendStreamOf(MediaPurpose.Audio)?.RoundTripTime ?? _peer?.SendStreamOf(MediaPurpose.Video)?.RoundTripTime;

    public bool IsConnected => _peer is { State: PeerState.Connected };

    public bool IsPatient => Volatile.Read(ref _isPatient);

    public StreamRates Rates { get; } = new();

    public SendStream? SendStreamOf(MediaPurpose track) => _peer?.SendStreamOf(track);

    public ReceiveStream? ReceiveStreamOf(MediaPurpose track) => _peer?.ReceiveStreamOf(track);

    /// <summary>Asks the client by RTCP (REMB) to send no more than its pictures are of use for; nothing where it does not take that.</summary>
    public void LimitSender(in SendHint hint) =>
        _peer?.SendBitrateEstimate(hint.BitrateBps + BeyondCameraBps + (Media.SendsScreen ? ScreenBps : 0), session.Room.Now);

    /// <summary>Answers an offer: the first, a renegotiation or an ICE restart.</summary>
    /// <exception cref="RoomException">The offer is not SDP, or cannot be served.</exception>
    public string Negotiate(string sdp, MediaTime now)
    {
        if (!SessionDescription.TryParse(sdp, out _, out var error))
        {
            throw new RoomException(RoomError.BadSdp, error!.ToString());
        }

        // A connection that failed or was closed never carries media again: an offer after that begins a new one.
        var peer = Ended ? null : _peer;
        peer ??= session.Room.Media.CreatePeer(this, session.Room.Batch, PolicyOf(session.Role));
        if (!peer.TryAcceptOffer(sdp, now, out var answer, out error))
        {
            if (peer != _peer)
            {
                peer.Dispose();
            }

            throw new RoomException(RoomError.UnacceptableSdp, error!.ToString());
        }

        if (peer != _peer)
        {
            _peer?.Dispose();
            _peer = peer;
            peer.SetDemand(_demandBps, now);
        }

        UseName(peer.LocalUfrag);
        UpdateMedia(now);
        return answer!;
    }

    /// <summary>Takes an RFC 8840 fragment; with new credentials it restarts ICE and gives our fragment back.</summary>
    /// <exception cref="RoomException">There was no offer yet, or the fragment is malformed.</exception>
    public string? Trickle(string fragment)
    {
        if (_peer?.Session is not { } agreed)
        {
            throw new RoomException(RoomError.BadRequest, "Candidates come after the first offer: send an SDP offer first.");
        }

        if (!SdpFragment.TryParse(fragment, out var parsed, out var error))
        {
            throw new RoomException(RoomError.BadSdp, error!.ToString());
        }

        if (parsed! is not { IceUfrag: { } ufrag, IcePwd: { } password })
        {
            return null;
        }

        var credentials = new IceCredentials(ufrag, password);
        if (credentials == agreed.RemoteIce)
        {
            return null;
        }

        var own = _peer.RestartIce(credentials);
        UseName(_peer.LocalUfrag);
        return own.ToString();
    }

    public void Receive(Span<byte> datagram, in NetworkPath path, MediaTime arrival) => _peer?.Receive(datagram, path, arrival);

    public MediaTime Run(MediaTime now)
    {
        if (_peer is null)
        {
            return MediaTime.Never;
        }

        if (_peer.NextDeadline <= now)
        {
            _peer.Run(now);
        }

        Rates.Sample(now, _peer.SendStreamOf(MediaPurpose.Audio)?.BytesSent ?? 0, _peer.SendStreamOf(MediaPurpose.Video)?.BytesSent ?? 0);

        return _peer.NextDeadline;
    }

    public void SendAudio(PacketizedFrame frame) => _peer?.Send(MediaPurpose.Audio, frame, session.Room.Now);

    public void SetAudioRedundancy(int frames) => _peer?.SetAudioRedundancy(frames);

    public void SendVideo(PacketizedFrame frame)
    {
        if (_peer is null)
        {
            return;
        }

        _peer.Send(MediaPurpose.Video, frame, session.Room.Now);
        if (_peer.NextPacket < session.Due)
        {
            session.Room.Touch(session);
        }
    }

    public void SetDemand(long bitsPerSecond)
    {
        _demandBps = bitsPerSecond;
        _peer?.SetDemand(bitsPerSecond, session.Room.Now);
    }

    public void RequestKeyframe(TrackRole track)
    {
        _peer?.RequestKeyframe(PurposeOf(track));
        session.Room.Touch(session);
    }

    public void Close(string reason) => _peer?.Close(session.Room.Now);

    /// <summary>Frees the peer. Nothing may be sent or received any more.</summary>
    public void Dispose()
    {
        while (_names.TryDequeue(out var name))
        {
            session.Room.Media.Router.Unregister(name);
        }

        _peer?.Dispose();
    }

    public void OnRtp(MediaPurpose track, in RtpPacket packet, MediaTime now)
    {
        if (session.Participant is not { } participant || _peer!.Session!.Find(track) is not { } media)
        {
            return;
        }

        Rates.OnReceived(track, packet.Payload.Length);
        var extensions = _peer.ExtensionsOf(track);
        if (track == MediaPurpose.Audio)
        {
            AudioLevel? level = extensions.TryReadAudioLevel(packet, out var stated) ? stated : null;
            OnSound(participant, media.AudioCodecs, packet, level, now);
        }
        else if (CodecOf(media.VideoCodecs, packet.PayloadType) is { } video)
        {
            session.Room.Conference.OnVideoRtp(participant, RoleOf(track), video.Codec, packet, extensions, now);
        }
    }

    public void OnSenderReport(MediaPurpose track, in SenderInfo report, MediaTime now)
    {
        if (session.Participant is { } participant)
        {
            Mcu.Conference.Conference.OnSenderReport(participant, RoleOf(track), report, now);
        }
    }

    public void OnKeyframeRequested(MediaPurpose track, MediaTime now)
    {
        if (session.Participant is { } participant)
        {
            Mcu.Conference.Conference.OnKeyframeRequest(participant);
        }
    }

    public void OnPathChanged(MediaTime now)
    {
        if (session.Participant is { } participant)
        {
            Mcu.Conference.Conference.OnPathChanged(participant);
        }
    }

    public void OnStateChanged(PeerState state, MediaTime now)
    {
        _disconnectedAt = state is PeerState.Connected or PeerState.Disconnected ? null : _disconnectedAt ?? now;
        if (_peer?.Session is not null)
        {
            UpdateMedia(now);
        }
    }

    /// <summary>Roles that only watch may not send: their offer is answered so that they do not.</summary>
    private static SessionPolicy PolicyOf(ParticipantRole role) =>
        role == ParticipantRole.Viewer ? SessionPolicy.ReceiveOnly : SessionPolicy.Full;

    /// <summary>A packet of sound in one of the codecs, or in RED around one.</summary>
    private void OnSound(
        Mcu.Conference.Participant participant,
        IReadOnlyList<NegotiatedAudioCodec> codecs,
        in RtpPacket packet,
        AudioLevel? level,
        MediaTime now
    )
    {
        var conference = session.Room.Conference;
        if (CodecOf(codecs, packet.PayloadType) is { } audio)
        {
            conference.OnAudioRtp(participant, audio.Codec, packet, level, now);
        }
        else if (RedPayload.TryParse(packet.Payload, out var red) && CodecOf(codecs, red.Primary.PayloadType) is { } carried)
        {
            conference.OnRedundantAudioRtp(participant, carried.Codec, packet, red, level, now);
        }
    }

    private static NegotiatedAudioCodec? CodecOf(IReadOnlyList<NegotiatedAudioCodec> codecs, byte payloadType)
    {
        for (var i = 0; i < codecs.Count; i++)
        {
            if (codecs[i].PayloadType == payloadType)
            {
                return codecs[i];
            }
        }

        return null;
    }

    private static NegotiatedVideoCodec? CodecOf(IReadOnlyList<NegotiatedVideoCodec> codecs, byte payloadType)
    {
        for (var i = 0; i < codecs.Count; i++)
        {
            if (codecs[i].PayloadType == payloadType)
            {
                return codecs[i];
            }
        }

        return null;
    }

    private static TrackRole RoleOf(MediaPurpose purpose) =>
        purpose switch
        {
            MediaPurpose.Audio => TrackRole.Microphone,
            MediaPurpose.Screen => TrackRole.Screen,
            _ => TrackRole.Camera,
        };

    private static MediaPurpose PurposeOf(TrackRole role) =>
        role switch
        {
            TrackRole.Microphone => MediaPurpose.Audio,
            TrackRole.Screen => MediaPurpose.Screen,
            _ => MediaPurpose.Video,
        };

    /// <summary>
    /// Tells the conference what the leg takes and gives. It takes nothing while nothing can be sent, so that its first keyframe
    /// is made when it can arrive, and so that a lost participant costs no encode.
    /// </summary>
    private void UpdateMedia(MediaTime now)
    {
        var agreed = _peer!.Session!;
        var flows = _peer.State is PeerState.Connected or PeerState.Disconnected;
        var audio = agreed.Find(MediaPurpose.Audio);
        var video = agreed.Find(MediaPurpose.Video);
        var screen = agreed.Find(MediaPurpose.Screen);
        var media = new LegMedia(
            flows ? audio?.SendAudioCodec?.Codec : null,
            flows ? video?.SendVideoCodec?.Codec : null,
            audio is { Receives: true },
            video is { Receives: true },
            screen is { Receives: true },
            ThriftyVideoCodec: flows ? video?.SendVideoCodecOf(VideoCodec.Vp9)?.Codec : null,
            ReceivesRedundantAudio: audio?.SendAudioCodec?.RedPayloadType is not null
        );
        var hasPictures = media.ReceiveVideoCodec is not null || media.SendsCamera || media.SendsScreen;
        Volatile.Write(ref _isPatient, _peer.State == PeerState.Connected && !hasPictures);
        if (media != Media && session.Participant is { } participant)
        {
            Media = media;
            session.Room.Conference.OnMediaChanged(participant, now);
        }
    }

    private void UseName(string ufrag)
    {
        if (_names.Contains(ufrag))
        {
            return;
        }

        session.Room.Media.Router.Register(ufrag, session);
        _names.Enqueue(ufrag);
        ETag = ufrag;
        if (_names.Count > MaxNames)
        {
            session.Room.Media.Router.Unregister(_names.Dequeue());
        }
    }
}
