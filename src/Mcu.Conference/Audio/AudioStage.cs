using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Mixing.Audio;
using Mcu.Rtp.Send;

namespace Mcu.Conference.Audio;

/// <summary>
/// The audio half of a conference, one call per tick:
/// <c>loudest sources → decode → sum once → (minus own) → limit → encode once per distinct mix → legs</c>. Who is alone is neither decoded
/// nor encoded: his packets are the mix (<see cref="LoneVoice"/>).
/// </summary>
internal sealed partial class AudioStage : IDisposable
{
    public const int SampleRate = 48_000;
    public const int SamplesPerTick = 960;

    /// <summary>Of many who change their rung at once about so many do it unheard.</summary>
    private const int MaxBridges = 8;

    /// <summary>Length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>Who was in the mix a moment ago keeps his private stream so long: until nobody's past sound differs in the two any more.</summary>
    private static readonly TimeSpan PrivateHold = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan PrivateIdle = TimeSpan.FromSeconds(15);

    // given
    private readonly ConferenceOptions _options;
    private readonly ICodecFactory _codecs;
    private readonly PacketizedFramePool _packets;

    // owned
    private readonly AudioLadder _ladder;
    private readonly AudioMixer _mixer;
    private readonly LoudestSelection _selection;
    private readonly LoneVoice _lone = new();
    private readonly ForwardedSound _forwardedSound;
    private readonly SharedMixes _shared;

    // state
    private readonly float[] _input = new float[SamplesPerTick];
    private readonly float[] _mix = new float[SamplesPerTick];
    private readonly float[] _minusOwn = new float[SamplesPerTick];
    private readonly float[] _past = new float[SamplesPerTick]; // the tick before, where packets are handed on
    private bool _hasForwardedSound;
    private long _tick;
    private int _bridges; // participants with an encode of their own for a change of rung, in this tick and in the one before
    private int _bridgesBefore;

    public AudioStage(ConferenceOptions options, ICodecFactory codecs, PacketizedFramePool packets)
    {
        (_options, _codecs, _packets) = (options, codecs, packets);
        _ladder = new AudioLadder(options.AudioBitrateBps);
        _mixer = new AudioMixer(options.MaxMixedSources);
        _selection = new LoudestSelection(options.MaxMixedSources);
        _forwardedSound = new ForwardedSound(codecs);
        _shared = new SharedMixes(_ladder);
    }

    /// <summary>Mixed sources of the last tick.</summary>
    public int MixedSources { get; private set; }

    /// <summary>Encodes of the last tick, shared and private.</summary>
    public int Encodes { get; private set; }

    /// <summary>The number of a tick, one more for each.</summary>
    public static long TickOf(MediaTime time) => time.Ticks / Tick.Ticks;

    /// <summary>A participant begins to hear on the top rung.</summary>
    public void Welcome(Participant participant)
    {
        participant.Reception = new AudioReception(_ladder);
        participant.AudioRung = _ladder.Top;
        participant.NextAudioRung = _ladder.Top;
    }

    /// <summary>Runs one tick: everybody who listens gets one frame for <paramref name="time"/>, or one for several ticks at their end.</summary>
    public void Run(MediaTime time, MediaTime now, List<Participant> participants, ActiveSpeakerDetector speakers)
    {
        Encodes = 0;
        _tick = TickOf(time);
        Collect(time, now, participants, speakers);
        _mixer.MixAll(_mix);
        _hasForwardedSound = false;
        EndLoneVoice(time);
        (_bridgesBefore, _bridges) = (_bridges, 0);
        foreach (var participant in participants)
        {
            Direct(participant, time);
        }

        foreach (var participant in participants)
        {
            if (participant.Leg.Media.ReceiveAudioCodec is { } codec)
            {
                Deliver(participant, codec, time);
            }
        }

        _shared.End(time, PrivateIdle);
        _forwardedSound.End(time, PrivateIdle);
    }

    public void Dispose()
    {
        _shared.Dispose();
        _forwardedSound.Dispose();
    }

    /// <summary>For 300 ms after he was in the mix he hears his own encode of it.</summary>
    public static bool IsHeldPrivate(Participant participant, MediaTime time) =>
        participant.PrivateMix is not null && time - participant.LastInMix < PrivateHold;

    private void Collect(MediaTime time, MediaTime now, List<Participant> participants, ActiveSpeakerDetector speakers)
    {
        _selection.Choose(participants);
        _lone.Begin(_selection.Alone, participants, time);
        _mixer.Begin(SamplesPerTick);
        MixedSources = 0;
        foreach (var participant in participants)
        {
            participant.MixSlot = -1;
            var source = participant.Microphone;
            if (source is null)
            {
                continue;
            }

            if (!source.Selected || participant.AudioMutedBy != MutedBy.Nobody)
            {
                source.Discard(now);
                continue;
            }

            var isForwarded = _lone.TryTake(source, now, time);
            if (!isForwarded && !source.Pull(now, time, _input))
            {
                continue;
            }

            participant.MixSlot = MixedSources++;
            participant.LastInMix = time;
            if (!isForwarded)
            {
                _mixer.Add(participant.MixSlot, _input);
            }

            speakers.SetLevel(participant.Number, source.Level);
        }
    }

    /// <summary>
    /// Where the mix is encoded again, it goes on from what was handed on until now: before anybody changes to an encode of his own, for
    /// that begins where the shared one is.
    /// </summary>
    private void EndLoneVoice(MediaTime time)
    {
        _lone.End(_mix);
        if (_lone.IsForwarded)
        {
            ConferenceMetrics.ForwardedAudioTicks.Add(1);
        }
        else if (_lone.HasEnded)
        {
            _shared.Top.Rendition?.Restart(_lone.PastOf(time));
        }
    }

    private void Deliver(Participant participant, AudioCodec codec, MediaTime time)
    {
        if (!participant.HearsPrivately)
        {
            ReleaseIdlePrivateMix(participant, time);
            if (SharedFrame(codec, participant.AudioRung, time) is { } shared)
            {
                participant.Leg.SendAudio(shared);
            }

            return;
        }

        ReadOnlySpan<float> heard;
        if (participant.MixSlot >= 0)
        {
            _mixer.MixMinus(participant.MixSlot, _minusOwn);
            heard = _minusOwn;
        }
        else
        {
            heard = SoundOf(time);
        }

        Encodes++;
        if (participant.PrivateMix!.Encode(heard, time) is { } own)
        {
            participant.Leg.SendAudio(own);
            own.Release();
        }
    }

    private static void ReleaseIdlePrivateMix(Participant participant, MediaTime time)
    {
        if (participant.PrivateMix is { } idle && time - idle.LastUsed > PrivateIdle)
        {
            idle.Dispose();
            participant.PrivateMix = null;
        }
    }

    private PacketizedFrame? SharedFrame(AudioCodec codec, AudioRung rung, MediaTime time)
    {
        var shared = _shared.Of(codec, rung);
        if (!shared.Encoded)
        {
            shared.Encoded = true;
            shared.Rendition ??= Open(codec, rung);
            var isForwarded = _lone.IsForwarded && shared == _shared.Top;
            shared.Frame = isForwarded ? shared.Rendition.Forward(_lone.Payload, time) : shared.Rendition.Encode(SoundOf(time), time);
            Encodes += isForwarded ? 0 : 1;
        }

        return shared.Frame;
    }

    /// <summary>The mix of all as samples: where it is handed on, decoded for those who cannot have the packets.</summary>
    private ReadOnlySpan<float> SoundOf(MediaTime time)
    {
        if (_lone.Forwarded is { } source && !_hasForwardedSound)
        {
            _hasForwardedSound = true;
            _forwardedSound.Decode(source, time, _mix, _past);
        }

        return _mix;
    }
}
