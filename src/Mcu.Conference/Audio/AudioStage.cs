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
internal sealed class AudioStage(ConferenceOptions options, ICodecFactory codecs, PacketizedFramePool packets) : IDisposable
{
    public const int SampleRate = 48_000;
    public const int SamplesPerTick = 960;

    /// <summary>Length of a tick.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    /// <summary>Who was in the mix a moment ago keeps his private stream so long: until nobody's past sound differs in the two any more.</summary>
    private static readonly TimeSpan PrivateHold = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan PrivateIdle = TimeSpan.FromSeconds(15);

    // owned
    private readonly AudioMixer _mixer = new(options.MaxMixedSources);
    private readonly LoudestSelection _selection = new(options.MaxMixedSources);
    private readonly LoneVoice _lone = new();
    private readonly SharedMix[] _shared = [.. Enum.GetValues<AudioCodec>().Select(_ => new SharedMix())];

    // state
    private readonly float[] _input = new float[SamplesPerTick];
    private readonly float[] _mix = new float[SamplesPerTick];
    private readonly float[] _minusOwn = new float[SamplesPerTick];

    /// <summary>The mix of all in one codec, encoded at a tick's first request and then only handed out.</summary>
    private sealed class SharedMix
    {
        public AudioRendition? Rendition { get; set; }

        public PacketizedFrame? Frame { get; set; }

        public bool Encoded { get; set; }
    }

    /// <summary>Mixed sources of the last tick.</summary>
    public int MixedSources { get; private set; }

    /// <summary>Encodes of the last tick, shared and private.</summary>
    public int Encodes { get; private set; }

    /// <summary>Runs one tick: everybody who listens gets one frame for <paramref name="time"/>.</summary>
    public void Run(MediaTime time, MediaTime now, List<Participant> participants, ActiveSpeakerDetector speakers)
    {
        Encodes = 0;
        Collect(time, now, participants, speakers);
        _mixer.MixAll(_mix);
        EndLoneVoice(time);
        BeginPrivateMixes(participants, time);
        foreach (var participant in participants)
        {
            if (participant.Leg.Media.ReceiveAudioCodec is { } codec)
            {
                Deliver(participant, codec, time);
            }
        }

        foreach (var shared in _shared)
        {
            shared.Frame?.Release();
            shared.Frame = null;
            shared.Encoded = false;
        }
    }

    public void Dispose()
    {
        foreach (var shared in _shared)
        {
            shared.Rendition?.Dispose();
        }
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
            _shared[(int)AudioCodec.Opus].Rendition?.Restart(_lone.PastOf(time));
        }
    }

    private void Deliver(Participant participant, AudioCodec codec, MediaTime time)
    {
        if (!participant.HearsPrivately)
        {
            ReleaseIdlePrivateMix(participant, time);
            if (SharedFrame(codec, time) is { } shared)
            {
                participant.Leg.SendAudio(shared);
            }

            return;
        }

        ReadOnlySpan<float> heard = _mix;
        if (participant.MixSlot >= 0)
        {
            _mixer.MixMinus(participant.MixSlot, _minusOwn);
            heard = _minusOwn;
        }

        Encodes++;
        if (participant.PrivateMix!.Encode(heard, time) is { } own)
        {
            participant.Leg.SendAudio(own);
            own.Release();
        }
    }

    /// <summary>
    /// Says who hears the mix without himself in this tick. Whoever changes to his own encoder goes on where the shared one is: before
    /// that encodes this tick, so that his decoder sees one stream.
    /// </summary>
    private void BeginPrivateMixes(List<Participant> participants, MediaTime time)
    {
        foreach (var participant in participants)
        {
            var before = participant.HearsPrivately;
            participant.HearsPrivately = participant.MixSlot >= 0 || IsHeldPrivate(participant, time);
            if (!participant.HearsPrivately || participant.Leg.Media.ReceiveAudioCodec is not { } codec)
            {
                continue;
            }

            if (participant.PrivateMix?.Codec != codec)
            {
                participant.PrivateMix?.Dispose();
                participant.PrivateMix = new AudioRendition(codecs, codec, options, packets);
                before = false;
            }

            if (!before && _shared[(int)codec].Rendition is { } heardBefore && time - heardBefore.LastUsed <= Tick)
            {
                participant.PrivateMix.ContinueFrom(heardBefore);
            }
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

    private PacketizedFrame? SharedFrame(AudioCodec codec, MediaTime time)
    {
        var shared = _shared[(int)codec];
        if (!shared.Encoded)
        {
            shared.Encoded = true;
            shared.Rendition ??= new AudioRendition(codecs, codec, options, packets);
            shared.Frame = _lone.IsForwarded ? shared.Rendition.Forward(_lone.Payload, time) : shared.Rendition.Encode(_mix, time);
            Encodes += _lone.IsForwarded ? 0 : 1;
        }

        return shared.Frame;
    }
}
