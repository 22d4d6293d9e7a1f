using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>Twice the video that fits, then half of it leaves: sound has to stay whole, pictures have to come back.</summary>
internal sealed class OverloadLoad : ILoad
{
    private const int First = 4;
    private const int RoomSize = 4; // and never one alone, who would see nobody
    private const int Most = 200;
    private static readonly TimeSpan s_trying = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_glance = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_longestRecovery = TimeSpan.FromSeconds(90);

    public string Name => "overload";

    public string What =>
        "rooms of 4, all visible in VP8 640x360, a personal 1280x720 VP8 view each: twice as many as fit, then half leave";

    public string Target => "sound stays whole (0 missed ticks), pictures degrade, and come back when load goes";

    public async Task<object> RunAsync(LoadContext context)
    {
        context.Say($"{Name}: {What} (target {Target})");
        var fits = context.Options.Participants ?? await FindWhatFitsAsync(context);
        if (fits == 0)
        {
            context.Say("  not even one view fits");
            return new { Fits = fits };
        }

        var server = await McuServer.StartAsync();
        await using var crowd = new Crowd(server, context.Codecs);
        await crowd.JoinAsync(Plans(context, 2 * fits));
        var overloaded = await crowd.Window.MeasureAsync(context.Options.Window);
        Say(context, $"{2 * fits} views:", overloaded);

        foreach (var participant in crowd.Engine.Participants.Where(participant => participant.Number >= fits).ToList())
        {
            await server.LeaveAsync(crowd.Engine, participant);
        }

        var recovery = await RecoverAsync(crowd);
        var recovered = await crowd.Window.MeasureAsync(context.Options.Window);
        Say(context, ResultText.Invariant($"{fits} views, {recovery.TotalSeconds:0} s after the others left:"), recovered);
        var holds = overloaded.HasWholeSound && recovered.IsGood;
        context.Say($"  {(holds ? "sound stayed whole, pictures came back" : "NOT GOOD")}");
        return new
        {
            Fits = fits,
            Overloaded = overloaded,
            RecoverySeconds = recovery.TotalSeconds,
            Recovered = recovered,
            Holds = holds,
        };
    }

    private static async Task<int> FindWhatFitsAsync(LoadContext context)
    {
        var search = new RampSearch(First, Most, step: 2, factor: 1.5);
        while (search.Next is { } count)
        {
            var result = await Crowd.MeasureAsync(await McuServer.StartAsync(), Plans(context, count), context.Codecs, s_trying);
            search.Report(result.IsGood);
            context.Say(
                ResultText.Invariant(
                    $"  {count, 3} views: {(result.IsGood ? "fit" : "do not fit"), -10} server {result.ServerCores:0.00} cores, least {result.Pictures?.LeastRate:0.0} pictures/s, {result.Sound.LeastRate:0.0} packets/s"
                )
            );
        }

        return search.Largest;
    }

    /// <summary>Waits until pictures are whole again; returns how long that took.</summary>
    private static async Task<TimeSpan> RecoverAsync(Crowd crowd)
    {
        var start = crowd.Engine.Now;
        while (
            crowd.Engine.Now - start < s_longestRecovery
            && !(await crowd.Window.MeasureAsync(() => Task.Delay(s_glance), decodes: false)).IsGood
        )
        {
            // Looking takes its own time.
        }

        return crowd.Engine.Now - start;
    }

    private static IEnumerable<ClientPlan> Plans(LoadContext context, int count) =>
        LoadPlans
            .Visible(context.Library, "overload", count, VideoCodec.Vp8)
            .Select((plan, i) => plan with { Room = $"overload-{i / RoomSize}" });

    private static void Say(LoadContext context, string title, Result result)
    {
        context.Say($" {title}");
        context.Say(ResultText.Of(result));
    }
}
