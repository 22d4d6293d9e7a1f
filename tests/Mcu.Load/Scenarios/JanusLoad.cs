using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Load.Peers.Janus;

namespace Mcu.Load.Scenarios;

/// <summary>Our server and Janus's AudioBridge one after the other, with the same participants, packets and markers.</summary>
internal sealed class JanusLoad : ILoad
{
    private readonly LoadPlan _talkers = LoadPlans.All.Single(plan => plan.Name == "talkers");

    public string Name => "janus";

    public string What => "one room, all talking: ours over WebRTC, then Janus AudioBridge over plain RTP";

    public string Target => "100: Janus uses at least 6 times as much processor";

    public bool IsOnDemand => true;

    public async Task<object> RunAsync(LoadContext context)
    {
        var count = context.Options.Participants ?? _talkers.Participants;
        context.Say($"{Name}: {What}, {count} participants (target {Target})");
        var ours = await MeasureAsync(context, "ours:", await McuServer.StartAsync(), count);
        var janus = await MeasureAsync(context, "Janus:", await JanusServer.StartAsync(), count);
        var ratio = janus.ServerCores / ours.ServerCores;
        context.Say(ResultText.Invariant($"  Janus / ours: {ratio:0.0} times the processor"));
        return new
        {
            Participants = count,
            Ours = ours,
            Janus = janus,
            JanusToOurs = ratio,
        };
    }

    private async Task<Result> MeasureAsync(LoadContext context, string title, IServerUnderTest server, int count)
    {
        var result = await Crowd.MeasureAsync(server, _talkers.Plans(context.Library, count), context.Codecs, context.Options.Window);
        context.Say($" {title}");
        context.Say(ResultText.Of(result));
        return result;
    }
}
