using System.Diagnostics.CodeAnalysis;
using System.Net;
using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Network;
using Mcu.Rtp;
using Mcu.Rtp.Receive;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;
using Mcu.Sdp;
using Mcu.Sdp.Negotiation;
using Mcu.Server.Rooms;
using Mcu.Telephony;
using Mcu.Transport;
using MutedBy = Mcu.Conference.MutedBy;

namespace Mcu.Server.Sip;

/// <summary>What a phone's leg is made of.</summary>
/// <param name="Ports">Where its ports come from.</param>
/// <param name="Address">Where the phone reaches us.</param>
/// <param name="Signalling">Where its signalling comes from.</param>
/// <param name="Codecs">What we take, the best first.</param>
/// <param name="Clock">The wall clock of sender reports.</param>
/// <param name="Random">Fills with random bytes.</param>
internal sealed record PhoneLegOptions(
    CallPorts Ports,
    IPAddress Address,
    IPAddress? Signalling,
    IReadOnlyList<AudioCodec> Codecs,
    NtpClock Clock,
    Mcu.Sip.IRandomSource Random
);

/// <summary>
/// Joins a phone call's media to a conference: <c>datagram → PhoneMedia → conference</c> and <c>conference → frame → PhoneMedia → datagram</c>.
/// Belongs to the room's one writer.
/// </summary>
internal sealed class PhoneLeg : ISessionLeg, IPhoneMediaHandler
{
    private readonly RoomSession _session;
    private readonly CallPort _port;
    private readonly PhoneMedia _media;
    private readonly PhoneKeys _keys = new();
    private readonly MediaTime _opened;
    private MediaTime? _heardAt;
    private bool _isPatient;

    /// <exception cref="RoomException"><see cref="RoomError.Busy"/>: no port is free.</exception>
    public PhoneLeg(RoomSession session, PhoneLegOptions options)
    {
        _session = session;
        _opened = session.Room.Media.Scheduler.Now;
        _port =
            options.Ports.TryOpen(session)
            ?? throw new RoomException(RoomError.Busy, "No port is free for the call's media: raise Sip:MediaPorts, or try again later.");
        _media = new PhoneMedia(
            new PhoneMediaOptions
            {
                Local = new LocalMedia(options.Address, _port.RtpPort, options.Codecs),
                RtpConnection = _port.Rtp,
                RtcpConnection = _port.Rtcp,
                Signalling = options.Signalling,
                Random = () => NextUInt32(options.Random),
                RandomBytes = options.Random.Fill,
                Clock = options.Clock,
                Output = session.Room.Batch,
            },
            this
        );
    }

    public LegMedia Media { get; private set; }

    public TimeSpan RoundTripTime => MeasuredRoundTrip ?? TimeSpan.Zero;

    public LegNetwork Network => new(null, _media.Sending?.FractionLost ?? 0, RoundTripTime, TimeSpan.Zero);

    /// <summary>Since the last packet; never while the phone holds the call, when it need not send anything.</summary>
    public MediaTime MediaLostAt => _media.Agreed is { IsOnHold: true } ? MediaTime.Never : _heardAt ?? _opened;

    /// <summary>A call ends by its signalling.</summary>
    public bool Ended => false;

    public bool IsConnected => _media.Agreed is not null;

    public bool IsPatient => Volatile.Read(ref _isPatient);

    public MediaTime NextPacket => MediaTime.Never;

    public TimeSpan? MeasuredRoundTrip => _media.Sending?.RoundTripTime;

    public StreamRates Rates { get; } = new();

    public SendStream? SendStreamOf(MediaPurpose track) => track == MediaPurpose.Audio ? _media.Sending : null;

    public ReceiveStream? ReceiveStreamOf(MediaPurpose track) => track == MediaPurpose.Audio ? _media.Receiving : null;

    /// <inheritdoc cref="PhoneMedia.TryAnswer"/>
    public bool TryAnswer(
        SessionDescription offer,
        MediaTime now,
        [NotNullWhen(true)] out SessionDescription? answer,
        [NotNullWhen(false)] out string? problem
    )
    {
        if (!_media.TryAnswer(offer, now, out answer, out problem))
        {
            return false;
        }

        UpdateMedia(now);
        return true;
    }

    /// <inheritdoc cref="PhoneMedia.Offer"/>
    public SessionDescription Offer() => _media.Offer();

    /// <inheritdoc cref="PhoneMedia.TryAccept"/>
    public bool TryAccept(SessionDescription answer, MediaTime now, [NotNullWhen(false)] out string? problem)
    {
        if (!_media.TryAccept(answer, now, out problem))
        {
            return false;
        }

        UpdateMedia(now);
        return true;
    }

    public void Receive(Span<byte> datagram, in NetworkPath path, MediaTime arrival)
    {
        var strangers = _media.Strangers;
        _media.Receive(datagram, path, arrival);
        _heardAt = _media.Strangers == strangers ? arrival : _heardAt;
    }

    public MediaTime Run(MediaTime now)
    {
        _media.Run(now);
        Rates.Sample(now, _media.Sending?.BytesSent ?? 0, 0);
        return _media.NextDeadline;
    }

    public void SendAudio(PacketizedFrame frame) => _media.Send(frame, _session.Room.Now);

    /// <summary>A phone takes no pictures.</summary>
    public void SendVideo(PacketizedFrame frame) { }

    /// <summary>A phone sends no pictures.</summary>
    public void RequestKeyframe(TrackRole track) { }

    /// <summary>A phone sends no pictures.</summary>
    public void LimitSender(in SendHint hint) { }

    public void Close(string reason)
    {
        _media.Close(_session.Room.Now);
        _session.Room.Flush(); // its ports close before the batch of this run would leave
    }

    public void Dispose()
    {
        _port.Dispose();
        _media.Dispose();
    }

    public void OnSound(in RtpPacket packet, MediaTime now)
    {
        Rates.OnReceived(MediaPurpose.Audio, packet.Payload.Length);
        if (_session.Participant is { } participant)
        {
            _session.Room.Conference.OnAudioRtp(participant, _media.Agreed!.Codec, packet, level: null, now);
        }
    }

    public void OnSenderReport(in SenderInfo report, MediaTime now)
    {
        if (_session.Participant is { } participant)
        {
            Mcu.Conference.Conference.OnSenderReport(participant, TrackRole.Microphone, report, now);
        }
    }

    /// <summary>Acts on the keys that mean something in a conference.</summary>
    public void OnKey(char key, MediaTime now)
    {
        if (_session.Participant is { } participant && _keys.Press(key, now) == PhoneCommand.ToggleMute)
        {
            var isMuted = participant.AudioMutedBy != MutedBy.Nobody;
            _session.Room.Conference.Mute(participant, video: false, isMuted ? MutedBy.Nobody : MutedBy.Self);
        }
    }

    private static uint NextUInt32(Mcu.Sip.IRandomSource random)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        random.Fill(bytes);
        return BitConverter.ToUInt32(bytes);
    }

    /// <summary>Tells the conference what the phone takes and gives.</summary>
    private void UpdateMedia(MediaTime now)
    {
        var agreed = _media.Agreed!;
        var media = new LegMedia(agreed.Sends ? agreed.Codec : null, null, agreed.Receives, SendsCamera: false, SendsScreen: false);
        Volatile.Write(ref _isPatient, true);
        if (media != Media && _session.Participant is { } participant)
        {
            Media = media;
            _session.Room.Conference.OnMediaChanged(participant, now);
        }
    }
}
