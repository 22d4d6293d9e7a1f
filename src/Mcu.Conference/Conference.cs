using Mcu.Conference.Audio;
using Mcu.Conference.Legs;
using Mcu.Conference.Video;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Memory;
using Mcu.Media.Scheduling;
using Mcu.Media.Video;
using Mcu.Mixing.Audio;
using Mcu.Mixing.Video;
using Mcu.Rtp;
using Mcu.Rtp.Payloads;
using Mcu.Rtp.Rtcp;
using Mcu.Rtp.Send;

namespace Mcu.Conference;

/// <summary>
/// One conference, where everything meets: legs bring RTP in, the audio stage mixes every 20 ms, the video stage composes and encodes
/// views, legs carry renditions out. Everything here runs on the conference's one writer; time is handed in; there are no sockets and no locks.
/// </summary>
public sealed class Conference : IDisposable
{
    /// <summary>A writer that was held up longer than this skips ticks rather than send a burst.</summary>
    private const int MaxCatchUpTicks = 5;

    /// <summary>Audio ticks from one look at a conference without video to the next.</summary>
    private const int IdleVideoTicks = 4;

    /// <summary>Half a tick: listeners' buffers still take it, but it is a sign that the writer has too much to do.</summary>
    private static readonly TimeSpan LateTick = AudioStage.Tick / 2;

    // given
    private readonly ConferenceOptions _options;
    private readonly ICodecFactory _codecs;
    private readonly IMediaScheduler _scheduler;
    private readonly IConferenceObserver _observer;

    // owned
    private readonly List<Participant> _participants = []; // all that are served, hidden ones too
    private readonly List<Participant> _shown = []; // those that others know of
    private readonly VideoStage _video;
    private readonly ActiveSpeakerDetector _speakers = new();
    private readonly PacketizedFramePool _packets = new(BufferPool.Shared);

    // state
    private AudioStage? _audio; // only while somebody is there
    private long _nextNumber = 1;
    private MediaTime _nextAudioTick;
    private MediaTime _nextVideoTick;
    private long? _activeSpeaker;

    /// <param name="overlays">Draws names and avatars; one for the whole process, for it knows the fonts.</param>
    /// <param name="wake">Asks the scheduler to run the conference's writer soon; called from video threads when an encode is done.</param>
    public Conference(
        string name,
        ConferenceOptions options,
        ICodecFactory codecs,
        IMediaScheduler scheduler,
        IConferenceObserver observer,
        OverlayRenderer overlays,
        Action wake
    )
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        Name = name;
        _options = options;
        _codecs = codecs;
        _scheduler = scheduler;
        _observer = observer;
        _video = new VideoStage(options, codecs, scheduler, observer, overlays, _packets, wake);
        Layout = options.Layout;
    }

    public string Name { get; }

    /// <summary>Height of the best picture that anybody may get at present, in pixels.</summary>
    public int CanvasHeight => _video.CanvasHeight;

    /// <summary>The layout of all who follow the room.</summary>
    public LayoutKind Layout { get; private set; }

    /// <summary>Number of the participant pinned for the room, or null.</summary>
    public long? Pinned { get; private set; }

    /// <summary>Everybody in the conference; hidden participants are in none of its lists.</summary>
    public IReadOnlyList<Participant> Participants => _shown;

    public Participant? ActiveSpeaker => _activeSpeaker is { } number ? Find(number) : null;

    /// <summary>Audio ticks that came too late and were skipped.</summary>
    public long MissedAudioTicks { get; private set; }

    /// <summary>Audio ticks that began more than 10 ms late, those after skipped ones included.</summary>
    public long LateAudioTicks { get; private set; }

    public long AudioTicks { get; private set; }

    /// <summary>Encodes of the last audio tick: shared ones, and one for each who is in the mix.</summary>
    public int AudioEncodesLastTick => _audio?.Encodes ?? 0;

    /// <summary>Adds a participant. The leg may already carry media.</summary>
    /// <exception cref="ConferenceFullException">There are already as many as the conference takes.</exception>
    public Participant Join(string id, string name, ParticipantRole role, IMediaLeg leg, MediaTime now)
    {
        if (_shown.Count >= _options.MaxParticipants)
        {
            throw new ConferenceFullException(_options.MaxParticipants);
        }

        return Enter(new Participant(_nextNumber++, id, name, role, leg), now);
    }

    /// <summary>
    /// Adds one who only takes, and of whom nobody is told, such as a recorder: it hears the mix of all and sees the view of those who see
    /// everybody, is in no list, and counts not to <see cref="ConferenceOptions.MaxParticipants"/>. It ends by <see cref="Leave"/>.
    /// </summary>
    public Participant JoinHidden(string id, IMediaLeg leg, MediaTime now) =>
        Enter(new Participant(_nextNumber++, id, id, ParticipantRole.Viewer, leg) { IsHidden = true }, now);

    public void Leave(Participant participant, string reason, MediaTime now)
    {
        if (!_participants.Remove(participant))
        {
            return;
        }

        participant.Video.Leave();
        _speakers.Remove(participant.Number);
        _video.OnLeft(participant);
        participant.Microphone?.Dispose();
        participant.Camera?.Close(now);
        participant.Screen?.Close(now);
        participant.PrivateMix?.Dispose();
        Pinned = Pinned == participant.Number ? null : Pinned;
        if (_shown.Remove(participant))
        {
            _observer.OnLeft(participant, reason);
        }

        if (_activeSpeaker == participant.Number)
        {
            _activeSpeaker = null;
            _observer.OnActiveSpeaker(null);
        }

        if (_participants.Count == 0)
        {
            // An empty room keeps its layout for those who come back, and no buffers.
            _video.CloseViews();
            _audio?.Dispose();
            _audio = null;
        }
    }

    /// <summary>The leg negotiated anew: tracks came or went.</summary>
    public void OnMediaChanged(Participant participant, MediaTime now)
    {
        var media = participant.Leg.Media;
        var mayGive = participant.Role != ParticipantRole.Viewer;
        participant.Camera = Reconcile(participant, participant.Camera, TrackRole.Camera, media.SendsCamera && mayGive, now);
        participant.Screen = Reconcile(participant, participant.Screen, TrackRole.Screen, media.SendsScreen && mayGive, now);
        if (media.SendsAudio && mayGive)
        {
            participant.Microphone ??= new AudioSource(_codecs, BufferPool.Shared, participant.SenderClock);
        }
        else
        {
            participant.Microphone?.Dispose();
            participant.Microphone = null;
        }

        _video.Invalidate();
        _nextVideoTick = MediaTime.Min(_nextVideoTick, _nextAudioTick);
    }

    public void OnAudioRtp(Participant participant, AudioCodec codec, in RtpPacket packet, Rtp.AudioLevel? level, MediaTime arrival) =>
        participant.Microphone?.OnRtp(codec, packet, level, arrival);

    /// <summary>A packet of sound that carries earlier ones too (RED, RFC 2198).</summary>
    public void OnRedundantAudioRtp(
        Participant participant,
        AudioCodec codec,
        in RtpPacket packet,
        in RedPayload red,
        Rtp.AudioLevel? level,
        MediaTime arrival
    ) => participant.Microphone?.OnRedundantRtp(codec, packet, red, level, arrival);

    public void OnVideoRtp(
        Participant participant,
        TrackRole role,
        VideoCodec codec,
        in RtpPacket packet,
        ExtensionMap extensions,
        MediaTime arrival
    ) => participant.SourceOf(role)?.OnRtp(codec, packet, extensions, arrival);

    /// <summary>A sender report tied a track's RTP timestamps to its sender's clock (RFC 3550 section 6.4.1).</summary>
    public static void OnSenderReport(Participant participant, TrackRole role, in SenderInfo report, MediaTime arrival)
    {
        ArgumentNullException.ThrowIfNull(participant);
        var clock = role == TrackRole.Microphone ? participant.Microphone?.Clock : participant.SourceOf(role)?.Clock;
        clock?.OnSenderReport(report, arrival);
    }

    /// <summary>The participant cannot decode its composite (PLI, FIR).</summary>
    public static void OnKeyframeRequest(Participant participant) => participant.Video.ReportLoss();

    /// <summary>Media reaches the participant another way from now on: its picture goes on with a keyframe, as what is under way may be lost.</summary>
    public static void OnPathChanged(Participant participant) => participant.Video.RestartPicture();

    public void Mute(Participant participant, bool video, MutedBy by)
    {
        if (video)
        {
            participant.VideoMutedBy = by;
            _video.Invalidate();
        }
        else
        {
            participant.AudioMutedBy = by;
        }

        _observer.OnUpdated(participant);
    }

    public void SetRoomLayout(LayoutKind layout, long? pinned)
    {
        Layout = layout;
        Pinned = pinned;
        _video.Invalidate();
    }

    public void SetView(Participant participant, ViewChoice choice)
    {
        participant.ViewChoice = choice;
        _video.Invalidate();
    }

    /// <summary>Limits what the participant receives, from the next video tick on.</summary>
    public void SetReceiveLimit(Participant participant, ReceiveLimit limit)
    {
        if (participant.ReceiveLimit != limit)
        {
            participant.ReceiveLimit = limit;
            _video.Invalidate();
            _observer.OnUpdated(participant);
        }
    }

    public Participant? Find(long number) => _shown.Find(p => p.Number == number);

    public Participant? Find(string id) => _shown.Find(p => string.Equals(p.Id, id, StringComparison.Ordinal));

    /// <summary>When the next audio tick is due: every 20 ms while somebody is there.</summary>
    public MediaTime NextAudioTick => _nextAudioTick;

    /// <summary>Does all work due at <paramref name="now"/>; returns the next deadline, <see cref="MediaTime.Never"/> for an empty conference.</summary>
    public MediaTime Run(MediaTime now)
    {
        _video.DeliverEncoded();
        if (_participants.Count == 0)
        {
            return MediaTime.Never;
        }

        RunAudio(now);
        var room = new RoomView(Layout, Pinned, _speakers);
        if (now < _nextVideoTick)
        {
            _video.CatchUp(_participants, room, now);
        }
        else
        {
            _video.Tick(_participants, room, now);
            AnnounceChanges();
            var interval = _video.Interval;
            _nextVideoTick = now - _nextVideoTick > interval ? now + interval : _nextVideoTick + interval;
            if (_video.IsIdle(_participants))
            {
                // Nobody sends or takes pictures: what is left to do is done along with audio ticks.
                _nextVideoTick = _nextAudioTick + (AudioStage.Tick * IdleVideoTicks);
            }
        }

        return MediaTime.Min(_nextAudioTick, _nextVideoTick);
    }

    /// <summary>What the conference is doing, for the API and metrics.</summary>
    public ConferenceSnapshot Describe() => ConferenceSnapshot.Of(this, _video.Views);

    public void Dispose()
    {
        _audio?.Dispose();
        _video.Dispose();
    }

    private Participant Enter(Participant participant, MediaTime now)
    {
        if (_participants.Count == 0)
        {
            _nextAudioTick = now + AudioStage.Tick;
            _nextVideoTick = _nextAudioTick;
            _audio = new AudioStage(_options, _codecs, _packets);
        }

        _audio!.Welcome(participant);
        _participants.Add(participant);
        if (!participant.IsHidden)
        {
            _shown.Add(participant);
            _observer.OnJoined(participant);
        }

        OnMediaChanged(participant, now);
        return participant;
    }

    private void RunAudio(MediaTime now)
    {
        while (now >= _nextAudioTick)
        {
            if (now - _nextAudioTick > LateTick)
            {
                LateAudioTicks++;
                ConferenceMetrics.LateAudioTicks.Add(1);
            }

            var behind = (int)((now - _nextAudioTick) / AudioStage.Tick);
            if (behind > MaxCatchUpTicks)
            {
                MissedAudioTicks += behind;
                ConferenceMetrics.MissedAudioTicks.Add(behind);
                _nextAudioTick += AudioStage.Tick * behind;
            }

            _audio!.Run(_nextAudioTick, now, _participants, _speakers);
            AudioTicks++;
            ConferenceMetrics.AudioTicks.Add(1);
            foreach (var participant in _participants)
            {
                if (participant.Microphone is { } source)
                {
                    participant.LipSync.OnTick(source, _nextAudioTick + AudioStage.Tick);
                }
            }

            _nextAudioTick += AudioStage.Tick;
        }

        if (_speakers.Update(now))
        {
            _activeSpeaker = _speakers.ActiveSpeaker;
            _video.Invalidate();
            _observer.OnActiveSpeaker(ActiveSpeaker);
        }
    }

    /// <summary>Tells the roster who began or stopped to send.</summary>
    private void AnnounceChanges()
    {
        foreach (var participant in _shown)
        {
            var sends = (participant.SendsAudio, participant.ShowsCamera, participant.ShowsScreen);
            if (sends != participant.Announced)
            {
                participant.Announced = sends;
                _video.Invalidate();
                _observer.OnUpdated(participant);
            }
        }
    }

    private VideoSource? Reconcile(Participant participant, VideoSource? source, TrackRole role, bool wanted, MediaTime now)
    {
        if (wanted)
        {
            return source ?? new VideoSource(participant, role, _codecs, _scheduler, VideoFramePool.Shared);
        }

        source?.Close(now);
        return null;
    }
}
