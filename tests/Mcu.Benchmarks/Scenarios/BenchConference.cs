using Mcu.Codecs;
using Mcu.Conference;
using Mcu.Conference.Legs;
using Mcu.Media;
using Mcu.Media.Codecs;
using Mcu.Media.Scheduling;
using Mcu.Mixing.Video;

namespace Mcu.Benchmarks.Scenarios;

/// <summary>A conference in virtual time whose video jobs run inline, so that all its work is on the measuring thread.</summary>
internal sealed class BenchConference : IConferenceObserver, IMediaScheduler, IDisposable
{
    private static readonly OverlayRenderer s_overlays = new();

    private readonly List<ReplayLeg> _legs = [];
    private readonly EncodedClip _clip;

    public BenchConference(ICodecFactory codecs, ConferenceOptions options, EncodedClip clip)
    {
        _clip = clip;
        Conference = new Conference.Conference("bench", options, codecs, this, this, s_overlays, () => { });
    }

    public Conference.Conference Conference { get; }

    public MediaTime Now { get; private set; } = MediaTime.FromMilliseconds(1000);

    public int VideoReduction => VideoEffort.AsAsked;

    public IReadOnlyList<ReplayLeg> Legs => _legs;

    public void Add(LegMedia media, ParticipantRole role = ParticipantRole.Guest)
    {
        var leg = new ReplayLeg(media, _clip);
        leg.Participant = Conference.Join($"p{_legs.Count}", $"Participant {_legs.Count}", role, leg, Now);
        _legs.Add(leg);
    }

    /// <summary>Lets everybody send one audio packet and moves to the next audio tick.</summary>
    public void AudioStep()
    {
        foreach (var leg in _legs)
        {
            if (leg.Media.SendsAudio)
            {
                leg.FeedAudio(Conference, Now);
            }
        }

        Now += TimeSpan.FromMilliseconds(20);
        Conference.Run(Now);
    }

    /// <summary>Lets everybody send one picture and moves to the next video tick.</summary>
    public void VideoStep(double framesPerSecond)
    {
        foreach (var leg in _legs)
        {
            if (leg.Media.SendsCamera)
            {
                leg.FeedVideo(Conference, Now);
            }
        }

        Now += TimeSpan.FromSeconds(1 / framesPerSecond);
        Conference.Run(Now);
        Conference.Run(Now);
    }

    public ILane AddLane(ISerialWork work) => throw new NotSupportedException("The benchmark runs the conference itself.");

    public void Submit(IVideoJob job, MediaTime deadline) => job.Execute();

    public void OnJoined(Participant participant) { }

    public void OnUpdated(Participant participant) { }

    public void OnLeft(Participant participant, string reason) { }

    public void OnActiveSpeaker(Participant? participant) { }

    public void OnLayout(Participant participant, ViewState state) { }

    public void Dispose() => Conference.Dispose();

    public static NativeCodecFactory Codecs { get; } = new();
}
