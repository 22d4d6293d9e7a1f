using Mcu.Conference.Audio;
using Mcu.Conference.Legs;
using Mcu.Conference.Video;
using Mcu.Media;
using Mcu.Rtp.Receive;

namespace Mcu.Conference;

/// <summary>
/// One participant: who it is, what it sends (sources), what it gets (one audio mix, one view). Belongs to the conference's one writer.
/// </summary>
public sealed class Participant
{
    internal Participant(long number, string id, string name, ParticipantRole role, IMediaLeg leg)
    {
        Number = number;
        Id = id;
        Name = name;
        Role = role;
        Leg = leg;
        Video = new VideoSubscription(this);
    }

    /// <summary>Unique within the conference, never reused.</summary>
    public long Number { get; }

    /// <summary>The id that signalling and the API use.</summary>
    public string Id { get; }

    public string Name { get; }

    public ParticipantRole Role { get; }

    public IMediaLeg Leg { get; }

    /// <summary>It only takes, and nobody is told of it: a recorder.</summary>
    public bool IsHidden { get; init; }

    public MutedBy AudioMutedBy { get; internal set; }

    public MutedBy VideoMutedBy { get; internal set; }

    /// <summary>How this participant sees the room.</summary>
    public ViewChoice ViewChoice { get; internal set; } = ViewChoice.FollowRoom;

    /// <summary>How much this participant wants to receive.</summary>
    public ReceiveLimit ReceiveLimit { get; internal set; }

    /// <summary>What its camera is of use for at the moment; null without a camera.</summary>
    public SendHint? SendHint { get; internal set; }

    /// <summary>How its sound arrives; null without a microphone.</summary>
    public SoundReception? Sound => Microphone?.Reception;

    /// <summary>What it gets to see; null while it gets no picture.</summary>
    public PictureReception? Picture =>
        Video is { Current.Codec: var codec, Rung: { Encoding.Shape: var shape } rung }
            ? new PictureReception(rung.Name, codec, shape.Width, shape.Height, rung.FramesPerSecond, rung.BitrateBps)
            : null;

    /// <summary>Sound comes from this participant.</summary>
    public bool SendsAudio => Microphone is { HasPackets: true };

    /// <summary>A camera picture comes from this participant and may be shown.</summary>
    public bool ShowsCamera => Camera is { Sending: true } && VideoMutedBy == MutedBy.Nobody;

    /// <summary>A shared screen comes from this participant.</summary>
    public bool ShowsScreen => Screen is { Sending: true };

    /// <summary>Bit/s of Opus in which this participant hears, without headers and repair.</summary>
    public int AudioBitrateBps => AudioRung.BitrateBps;

    /// <summary>How much sound each packet to this participant has.</summary>
    public TimeSpan AudioPacketTime => AudioStage.Tick * AudioRung.Ticks;

    /// <summary>How many earlier frames each packet to this participant carries once more, 0 to 3.</summary>
    public int AudioRedundancy => Reception.Redundancy;

    internal AudioSource? Microphone { get; set; }

    internal VideoSource? Camera { get; set; }

    internal VideoSource? Screen { get; set; }

    /// <summary>The wall clock that all of this participant's streams are timed by.</summary>
    internal SenderClock SenderClock { get; } = new();

    internal LipSync LipSync { get; } = new();

    /// <summary>Mix-minus encode of its own, while it is in the mix.</summary>
    internal AudioRendition? PrivateMix { get; set; }

    /// <summary>Slot in the mix of the current tick, -1 where it is not in it.</summary>
    internal int MixSlot { get; set; } = -1;

    internal MediaTime LastInMix { get; set; }

    /// <summary>Gets <see cref="PrivateMix"/> in the current tick, and not the shared mix.</summary>
    internal bool HearsPrivately { get; set; }

    /// <summary>Decides by the network how this participant hears.</summary>
    internal AudioReception Reception { get; set; } = null!;

    /// <summary>The quality in which it hears.</summary>
    internal AudioRung AudioRung { get; set; } = null!;

    /// <summary>The quality that it changes to as soon as a packet ends.</summary>
    internal AudioRung NextAudioRung { get; set; } = null!;

    /// <summary>After a change of quality it has its own encode until then.</summary>
    internal MediaTime OwnEncodeUntil { get; set; }

    internal VideoSubscription Video { get; }

    /// <summary>What the roster last said, to tell changes.</summary>
    internal (bool Audio, bool Camera, bool Screen) Announced { get; set; }

    internal VideoSource? SourceOf(TrackRole role) =>
        role switch
        {
            TrackRole.Camera => Camera,
            TrackRole.Screen => Screen,
            _ => null,
        };
}
