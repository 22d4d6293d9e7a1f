using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>All loads by name.</summary>
internal static class Loads
{
    public static readonly ILoad[] All =
    [
        .. LoadPlans.All,
        new WatchersLoad("watchers-h264", 9, VideoCodec.H264),
        new WatchersLoad("watchers-vp8", 4, VideoCodec.Vp8),
        new JoinStormLoad(),
        new OverloadLoad(),
        new EmptyRoomsLoad(),
        new JanusLoad(),
    ];
}
