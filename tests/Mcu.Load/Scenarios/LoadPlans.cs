using Mcu.Load.Clients;
using Mcu.Load.Clips;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>The loads that stay the same while they are measured.</summary>
internal static class LoadPlans
{
    public static readonly LoadPlan[] All =
    [
        new("talkers", "one room, all talking", "100: <= 0.20 core, median delay <= 40 ms", 100, Talkers) { CanRamp = true },
        new("meeting", "one room, 3 talking, the rest DTX", "1,000: real time, <= 0.5 core", 1000, Meeting) { CanRamp = true },
        new("listeners", "one room, 3 talking, the rest receive only", "2,003: real time, <= 0.6 core", 2003, Listeners) { CanRamp = true },
        new("rooms", "rooms of 5, one talking in each", "1,000 in 200 rooms: real time, <= 1 core", 1000, Rooms)
        {
            CanRamp = true,
            Step = 5,
        },
        new(
            "views-h264",
            "one room, all visible in VP8 640x360, a personal 1280x720 H.264 view each",
            "9: real time, server / codecs <= 1.25",
            9,
            (library, count) => Visible(library, "views", count, VideoCodec.H264)
        ),
        new(
            "views-vp8",
            "one room, all visible in VP8 640x360, a personal 1280x720 VP8 view each",
            "4: real time, server / codecs <= 1.25",
            4,
            (library, count) => Visible(library, "views", count, VideoCodec.Vp8)
        ),
        new("mixed", "one room, cameras and views of all codecs in several sizes", "all pictures decodable", 6, Mixed),
    ];

    /// <summary>Some who talk, are seen and see: VP8 640x360 in, a 1280x720 view of one codec out.</summary>
    public static IEnumerable<ClientPlan> Visible(Library library, string room, int count, params VideoCodec[] codecs) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody(room, i, count) with
                {
                    Sound = i == 0 ? library.Markers : library.Talker(i),
                    Video = library.Camera(i),
                    ReceivesVideo = [codecs[i % codecs.Length]],
                }
            );

    /// <summary>Some who neither talk nor are seen.</summary>
    public static IEnumerable<ClientPlan> Audience(string room, int first, int count, params VideoCodec[] codecs) =>
        Enumerable.Range(first, count).Select(i => Somebody(room, i, count) with { Listens = false, ReceivesVideo = codecs });

    private static IEnumerable<ClientPlan> Talkers(Library library, int count) =>
        Enumerable.Range(0, count).Select(i => Somebody("talkers", i, count) with { Sound = i == 0 ? library.Markers : library.Voice(i) });

    private static IEnumerable<ClientPlan> Meeting(Library library, int count) => ThreeTalk(library, "meeting", count, library.Listening);

    private static IEnumerable<ClientPlan> Listeners(Library library, int count) => ThreeTalk(library, "listeners", count, null);

    private static IEnumerable<ClientPlan> ThreeTalk(Library library, string room, int count, SoundClip? rest) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody(room, i, count) with
                {
                    Sound =
                        i == 0 ? library.Markers
                        : i < 3 ? library.Voice(i)
                        : rest,
                }
            );

    private static IEnumerable<ClientPlan> Rooms(Library library, int count) =>
        Enumerable
            .Range(0, count)
            .Select(i =>
                Somebody($"room-{i / 5}", i, count) with
                {
                    Sound =
                        i == 0 ? library.Markers
                        : i % 5 == 0 ? library.Voice(i)
                        : library.Listening,
                    Listens = i is > 0 and < 5,
                }
            );

    private static IEnumerable<ClientPlan> Mixed(Library library, int count)
    {
        VideoFormat[] cameras =
        [
            VideoFormat.Usual,
            new(VideoCodec.H264, 1280, 720, 1_500_000),
            new(VideoCodec.Vp9, 320, 180, 300_000),
            new(VideoCodec.H264, 480, 640, 600_000),
        ];
        VideoCodec[] views = [VideoCodec.Vp9, VideoCodec.Vp8, VideoCodec.H264];
        return Visible(library, "mixed", count, views)
            .Select((plan, i) => plan with { Video = library.Camera(i, cameras[i % cameras.Length]) });
    }

    /// <summary>Every so manyth participant decodes what it hears, but no more than a few: decoding is the generator's own cost.</summary>
    private static ClientPlan Somebody(string room, int index, int count) =>
        new()
        {
            Name = $"Guest {index}",
            Room = room,
            Listens = index > 0 && index % Math.Max(count / 4, 1) == 0,
        };
}
