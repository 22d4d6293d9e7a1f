using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>What an audience costs: some views alone, then the same and all who only watch, each in front of a server of its own.</summary>
/// <param name="visible">How many are seen and have a view of their own.</param>
/// <param name="codec">Of all views.</param>
internal sealed class WatchersLoad(string name, int visible, VideoCodec codec) : ILoad
{
    private const int Watchers = 300;

    private static readonly Dictionary<string, string> s_settings = new()
    {
        ["MCU_CONFERENCE_VIDEO_KBPS"] = "1000",
        // Both are to encode the same: only then is the difference what the audience costs.
        ["MCU_CONFERENCE_MAX_REDUCTION"] = "1",
    };

    public string Name => name;

    public string What => $"one room, {visible} visible with a 1280x720 {codec} view each, all others only watch, at 1 Mbit/s";

    public string Target => "300 watchers: real time, they add <= 0.3 core";

    public async Task<object> RunAsync(LoadContext context)
    {
        var count = context.Options.Participants ?? Watchers;
        context.Say($"{Name}: {What}, {count} watchers (target {Target})");
        var seen = LoadPlans.Visible(context.Library, Name, visible, codec).ToList();
        var alone = await MeasureAsync(context, $"the {visible} alone:", seen);
        var together = await MeasureAsync(
            context,
            $"the {visible} and {count} watchers:",
            [.. seen, .. LoadPlans.Audience(Name, visible, count, codec)]
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
