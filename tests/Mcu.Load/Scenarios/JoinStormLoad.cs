using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Media;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>Many join a running conference within ten seconds: what those already in hear and see of it, and how long joining takes.</summary>
internal sealed class JoinStormLoad : ILoad
{
    private const int Present = 10;
    private const int Newcomers = 200;
    private const int OneWatcherIn = 10;
    private const double LongestFreezeMs = 300;
    private static readonly TimeSpan s_storm = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_after = TimeSpan.FromSeconds(2);

    public string Name => "join-storm";

    public string What => "one room, 10 talk and are seen, others join evenly over 10 s, all listen and one in ten watches";

    public string Target => "200: for those already in no missed audio tick, no silence and no freeze over 300 ms";

    public async Task<object> RunAsync(LoadContext context)
    {
        var count = context.Options.Participants ?? Newcomers;
        context.Say($"{Name}: {What}, {count} join (target {Target})");
        var server = await McuServer.StartAsync();
        await using var crowd = new Crowd(server, context.Codecs);
        await crowd.JoinAsync(LoadPlans.Visible(context.Library, Name, Present, VideoCodec.H264, VideoCodec.Vp8));
        var joins = new List<Task<Participant>>();
        var result = await crowd.Window.MeasureAsync(() => StormAsync(server, crowd.Engine, count, joins));
        await crowd.WaitUntilConnectedAsync();
        var newcomers = await Task.WhenAll(joins);
        await Task.Delay(s_after);
        var answer = Spread.Of(newcomers.Select(newcomer => Ms(newcomer, newcomer.Answered)))!;
        var heard = newcomers.Where(newcomer => newcomer.Sound.First != MediaTime.Never).ToList();
        var sound = Spread.Of(heard.Select(newcomer => Ms(newcomer, newcomer.Sound.First)));
        var isCalm =
            result is { MissedAudioTicks: 0, Sound.LongestSilenceMs: <= LongestFreezeMs, Pictures.LongestFreezeMs: <= LongestFreezeMs };
        context.Say(" those already in, meanwhile:");
        context.Say(ResultText.Of(result));
        context.Say(
            ResultText.Invariant(
                $"  joining: answer after {answer.Median:0} ms (95th percentile {answer.P95:0}), first sound after {sound?.Median:0} ms (95th percentile {sound?.P95:0}), {heard.Count} of {count} hear"
            )
        );
        context.Say($"  {(isCalm ? "no silence, no freeze" : "NOT GOOD: they noticed")}");
        return new
        {
            Newcomers = count,
            AlreadyIn = result,
            IsCalm = isCalm,
            AnswerMs = answer,
            FirstSoundMs = sound,
            Hearing = heard.Count,
        };
    }

    /// <summary>Begins a join at each moment, whether or not those before are done.</summary>
    private async Task StormAsync(McuServer server, LoadEngine engine, int count, List<Task<Participant>> joins)
    {
        var start = engine.Now;
        var plans = LoadPlans.Audience(Name, Present, count).Select(Watching).ToList();
        for (var i = 0; i < count; i++)
        {
            var wait = start + (s_storm * i / count) - engine.Now;
            if (wait > TimeSpan.Zero)
            {
                await Task.Delay(wait);
            }

            joins.Add(server.JoinAsync(engine, plans[i]));
        }

        await Task.WhenAll(joins);
        await Task.Delay(s_after);
    }

    private static ClientPlan Watching(ClientPlan plan, int index) =>
        index % OneWatcherIn != 0 ? plan
        : index % (2 * OneWatcherIn) == 0 ? plan with { ReceivesVideo = [VideoCodec.H264] }
        : plan with { ReceivesVideo = [VideoCodec.Vp8] };

    private static double Ms(Participant newcomer, MediaTime at) => (at - newcomer.Asked).TotalMilliseconds;
}
