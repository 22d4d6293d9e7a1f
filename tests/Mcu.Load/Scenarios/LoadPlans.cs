using Mcu.Codecs;
using Mcu.Load.Clients;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>A load by name: who joins which room and sends what.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="What">For the table.</param>
/// <param name="Target">For the table.</param>
/// <param name="Participants">So many, unless the command line says otherwise.</param>
/// <param name="Plans">The participants, for a given number of them.</param>
internal sealed record LoadPlan(string Name, string What, string Target, int Participants, Func<Clips, int, IEnumerable<ClientPlan>> Plans);

/// <summary>What can be sent; encoded when first asked for.</summary>
internal sealed class Clips(NativeCodecFactory codecs)
{
    private readonly List<SoundClip> _voices = [];
    private readonly List<VideoClip> _cameras = [];

    public SoundClip Markers => field ??= SoundClip.Markers(codecs);

    public SoundClip Listening => field ??= SoundClip.Listening(codecs);

    /// <summary>One of a few voices.</summary>
    public SoundClip Voice(int index)
    {
        const int Voices = 6;
        while (_voices.Count <= index % Voices)
        {
            _voices.Add(SoundClip.Speech(codecs, _voices.Count + 1));
        }

        return _voices[index % Voices];
    }

    /// <summary>One of a few cameras: 640x360 at 30 frames per second and 800 kbit/s in VP8.</summary>
    public VideoClip Camera(int index)
    {
        const int Cameras = 3;
        while (_cameras.Count <= index % Cameras)
        {
            _cameras.Add(VideoClip.Moving(codecs, VideoCodec.Vp8, 640, 360, 800_000, _cameras.Count + 1));
        }

        return _cameras[index % Cameras];
    }
}

internal static class LoadPlans
{
    public static readonly LoadPlan[] All =
    [
        new("talkers", "one room, all talking", "100: <= 0.20 core, median delay <= 40 ms", 100, Talkers),
        new("meeting", "one room, 3 talking, the rest DTX", "1,000: real time, <= 0.5 core", 1000, Meeting),
        new("listeners", "one room, 3 talking, the rest receive only", "2,003: real time, <= 0.6 core", 2003, Listeners),
        new(
            "views-h264",
            "one room, all visible in VP8 640x360, a personal 1280x720 H.264 view each",
            "9: real time",
            9,
            Views(VideoCodec.H264)
        ),
        new(
            "views-vp8",
            "one room, all visible in VP8 640x360, a personal 1280x720 VP8 view each",
            "4: real time",
            4,
            Views(VideoCodec.Vp8)
        ),
        new("watchers", "the same with 9 in H.264, all others only watch", "309: real time, 300 watchers add <= 0.3 core", 309, Watchers),
        new("rooms", "rooms of 5, one talking in each", "1,000 in 200 rooms: real time, <= 1 core", 1000, Rooms),
    ];

    /// <summary>Every so manyth participant decodes what it hears, but no more than a few: decoding is the generator's own cost.</summary>
    private static bool Decodes(int index, int count) => index > 0 && index % Math.Max(count / 4, 1) == 0;

    private static IEnumerable<ClientPlan> Talkers(Clips clips, int count) =>
        Enumerable.Range(0, count).Select(i => Somebody("talkers", i, count) with { Sound = i == 0 ? clips.Markers : clips.Voice(i) });

    private static IEnumerable<ClientPlan> Meeting(Clips clips, int count) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody("meeting", i, count) with
                {
                    Sound =
                        i == 0 ? clips.Markers
                        : i < 3 ? clips.Voice(i)
                        : clips.Listening,
                }
            );

    private static IEnumerable<ClientPlan> Listeners(Clips clips, int count) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody("listeners", i, count) with
                {
                    Sound =
                        i == 0 ? clips.Markers
                        : i < 3 ? clips.Voice(i)
                        : null,
                }
            );

    private static IEnumerable<ClientPlan> Rooms(Clips clips, int count) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody($"room-{i / 5}", i, count) with
                {
                    Sound =
                        i == 0 ? clips.Markers
                        : i % 5 == 0 ? clips.Voice(i)
                        : clips.Listening,
                    Listens = i is > 0 and < 5,
                }
            );

    private static Func<Clips, int, IEnumerable<ClientPlan>> Views(VideoCodec codec) =>
        (clips, count) =>
            Enumerable
                .Range(0, count)
                .Select(i =>
                    Somebody("views", i, count) with
                    {
                        Sound = i == 0 ? clips.Markers : clips.Voice(i),
                        Video = clips.Camera(i),
                        ReceivesVideo = [codec],
                    }
                );

    private static IEnumerable<ClientPlan> Watchers(Clips clips, int count)
    {
        const int Visible = 9;
        var watchers = Enumerable.Range(Visible, Math.Max(count - Visible, 0)).Select(i => Somebody("views", i, count));
        return Views(VideoCodec.H264)(clips, Visible).Concat(watchers.Select(plan => plan with { ReceivesVideo = [VideoCodec.H264] }));
    }

    private static ClientPlan Somebody(string room, int index, int count) =>
        new()
        {
            Name = $"Guest {index}",
            Room = room,
            Listens = Decodes(index, count),
        };
}
