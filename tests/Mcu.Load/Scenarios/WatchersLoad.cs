using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>What an audience costs: nine views alone, then the same and all who only watch, each in front of a server of its own.</summary>
internal sealed class WatchersLoad : ILoad
{
    private const int Visible = 9;
    private const int Watchers = 300;

    // 1 Mbit/s for everybody.
    private static readonly Dictionary<string, string> s_settings = new() { ["MCU_CONFERENCE_VIDEO_KBPS"] = "1000" };

    public string Name => "watchers";

    public string What => "one room, 9 visible as in views-h264, all others only watch, 1280x720 at 1 Mbit/s";

    public string Target => "300 watchers: real time, they add <= 0.3 core";

    public async Task<object> RunAsync(LoadContext context)
    {
        var count = context.Options.Participants ?? Watchers;
        context.Say($"{Name}: {What}, {count} watchers (target {Target})");
        var seen = LoadPlans.Visible(context.Library, Name, Visible, VideoCodec.H264).ToList();
        var alone = await MeasureAsync(context, "the 9 alone:", seen);
        var together = await MeasureAsync(
            context,
            $"the 9 and {count} watchers:",
            [.. seen, .. LoadPlans.Audience(Name, Visible, count, VideoCodec.H264)]
        );
        var added = together.ServerCores - alone.ServerCores;
        var isComparable = alone.IsGood && together.IsGood;
        context.Say(
            ResultText.Invariant(
                $"  {count} watchers add {added:0.00} cores{(isComparable ? "" : " (not comparable: pictures are missing)")}"
            )
        );
        return new
        {
            Watchers = count,
            Alone = alone,
            Together = together,
            AddedCores = added,
            IsComparable = isComparable,
        };
    }

    private static async Task<Result> MeasureAsync(LoadContext context, string title, List<ClientPlan> plans)
    {
        var server = await McuServer.StartAsync(s_settings);
        var result = await Crowd.MeasureAsync(server, plans, context.Codecs, context.Options.Window);
        context.Say($" {title}");
        context.Say(ResultText.Of(result));
        return result;
    }
}
