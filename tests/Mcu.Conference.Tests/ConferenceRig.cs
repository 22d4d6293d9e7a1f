using Mcu.Codecs;
using Mcu.Conference.Legs;
using Mcu.Media.Codecs;
using Mcu.Media.Video;
using Mcu.Mixing.Video;

namespace Mcu.Conference.Tests;

/// <summary>A conference and its members in virtual time, one millisecond after the other.</summary>
internal sealed class ConferenceRig : IConferenceObserver, IDisposable
{
    public static readonly LegMedia Everything = new(
        AudioCodec.Opus,
        VideoCodec.Vp8,
        SendsAudio: true,
        SendsCamera: true,
        SendsScreen: false
    );
    public static readonly LegMedia AudioOnly = new(AudioCodec.Opus, null, SendsAudio: true, SendsCamera: false, SendsScreen: false);
    public static readonly LegMedia ListenOnly = new(AudioCodec.Opus, null, SendsAudio: false, SendsCamera: false, SendsScreen: false);
    public static readonly LegMedia WatchOnly = new(
        AudioCodec.Opus,
        VideoCodec.Vp8,
        SendsAudio: false,
        SendsCamera: false,
        SendsScreen: false
    );

    private static readonly OverlayRenderer s_overlays = new();

    private readonly List<TestMember> _members = [];
    private readonly List<LadderViewer> _viewers = [];
    private int _milliseconds;

    public ConferenceRig(ConferenceOptions? options = null)
    {
        Options =
            options
            ?? new ConferenceOptions
            {
                CanvasWidth = 640,
                CanvasHeight = 360,
                FramesPerSecond = 15,
                VideoBitrateBps = 800_000,
            };
        Conference = new Conference("rig", Options, Codecs, Scheduler, this, s_overlays, () => { });
    }

    public ConferenceOptions Options { get; }

    public NativeCodecFactory Codecs { get; } = new();

    public VirtualScheduler Scheduler { get; } = new();

    public Conference Conference { get; }

    public List<string> Events { get; } = [];

    /// <summary>What senders were asked for.</summary>
    public List<(string Name, SendHint Hint)> Hints { get; } = [];

    /// <summary>Members that send their tone and picture; others are there and silent.</summary>
    public HashSet<TestMember> Talking { get; } = [];

    public TestMember Join(
        string name,
        LegMedia media,
        double toneHz = 440,
        ParticipantRole role = ParticipantRole.Guest,
        bool talks = true
    )
    {
        var member = new TestMember(Codecs, toneHz, media, seed: _members.Count + 1);
        member.Participant = Conference.Join($"p_{name}", name, role, member, Scheduler.Now);
        _members.Add(member);
        if (talks)
        {
            Talking.Add(member);
        }

        return member;
    }

    /// <summary>Somebody who only watches, over a network.</summary>
    public LadderViewer Watch(string name, LadderViewer viewer)
    {
        viewer.Participant = Conference.Join($"v_{name}", name, ParticipantRole.Viewer, viewer, Scheduler.Now);
        _viewers.Add(viewer);
        return viewer;
    }

    public void Leave(TestMember member)
    {
        Talking.Remove(member);
        _members.Remove(member);
        Conference.Leave(member.Participant, "left", Scheduler.Now);
    }

    public void Run(TimeSpan duration)
    {
        for (var end = Scheduler.Now + duration; Scheduler.Now < end; Scheduler.Now += TimeSpan.FromMilliseconds(1), _milliseconds++)
        {
            foreach (var member in _members)
            {
                Send(member);
            }

            Scheduler.RunDone();
            Conference.Run(Scheduler.Now);
            foreach (var viewer in _viewers)
            {
                viewer.Run(Scheduler.Now);
            }
        }
    }

    public void OnJoined(Participant participant) => Events.Add($"joined {participant.Name}");

    public void OnUpdated(Participant participant) => Events.Add($"updated {participant.Name}");

    public void OnLeft(Participant participant, string reason) => Events.Add($"left {participant.Name} ({reason})");

    public void OnActiveSpeaker(Participant? participant) => Events.Add($"speaker {participant?.Name ?? "nobody"}");

    public void OnLayout(Participant participant, ViewState state) => Events.Add($"layout {participant.Name} {state.Layout}");

    public void OnSendHint(Participant participant, SendHint hint) => Hints.Add((participant.Name, hint));

    public void Dispose()
    {
        foreach (var member in _members.ToList())
        {
            Leave(member);
            member.Dispose();
        }

        foreach (var viewer in _viewers)
        {
            Conference.Leave(viewer.Participant, "left", Scheduler.Now);
            viewer.Dispose();
        }

        Scheduler.RunHeld();
        Conference.Run(Scheduler.Now);
        Conference.Dispose();
    }

    private void Send(TestMember member)
    {
        if (member.Media.SendsAudio && _milliseconds % 20 == 0)
        {
            if (Talking.Contains(member))
            {
                member.SendTone(Conference, Scheduler.Now);
            }
            else
            {
                member.Pause();
            }
        }

        if (!Talking.Contains(member))
        {
            return;
        }

        if (member.Media.SendsCamera && _milliseconds % 66 == 0)
        {
            member.SendVideoFrame(Conference, VideoFramePool.Shared, Scheduler.Now);
        }
    }
}
