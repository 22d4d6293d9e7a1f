using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;
using Mcu.Media.Codecs;

namespace Mcu.Load.Scenarios;

/// <summary>
/// What rooms cost that everybody has left and that linger for a minute: a server before any room, with them, and when they are gone. The last
/// tells what the rooms held from what their use left behind: compiled code and pools.
/// </summary>
internal sealed class EmptyRoomsLoad : ILoad
{
    private const int Rooms = 1000;
    private const int JoinsAtOnce = 8;
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestLinger = TimeSpan.FromSeconds(90); // a minute, and the directory looks every 15 s

    public string Name => "empty-rooms";

    public string What => "rooms that were each joined once and left";

    public string Target => "1,000: <= 1 % of a core, <= 50 MB more than none";

    /// <summary>As many as join at once, and some more: all code has run and all buffers are there.</summary>
    private const int FirstRooms = 100;

    private sealed record Cost(int Rooms, double CorePercent, double Megabytes);

    public async Task<object> RunAsync(LoadContext context)
    {
        var count = context.Options.Participants ?? Rooms;
        context.Say($"{Name}: {What}, {count} rooms (target {Target})");
        await using var server = await McuServer.StartAsync();
        using var engine = new LoadEngine(context.Codecs);
        await Task.Delay(s_settling);
        var none = await MeasureAsync(context, server, engine, "before any room:");
        // What the first rooms leave behind is compiled code and buffers of the process, of which more rooms need no more.
        await VisitAllAsync(server, engine, FirstRooms);
        await WaitUntilGoneAsync(server, engine);
        await Task.Delay(s_settling);
        var used = await MeasureAsync(context, server, engine, $"after {FirstRooms} that are gone:");
        var started = engine.Now;
        await VisitAllAsync(server, engine, count);
        context.Say(ResultText.Invariant($"  all joined and left within {(engine.Now - started).TotalSeconds:0} s"));
        await Task.Delay(s_settling);
        var full = await MeasureAsync(context, server, engine, "with the rooms:");
        await WaitUntilGoneAsync(server, engine);
        await Task.Delay(s_settling);
        var gone = await MeasureAsync(context, server, engine, "when they are gone:");
        context.Say(
            ResultText.Invariant(
                $"  {full.Rooms} rooms: {full.CorePercent - used.CorePercent:0.0} % of a core and {full.Megabytes - used.Megabytes:0} MB more than a used server without any, {full.Megabytes - none.Megabytes:0} MB more than one that never had one"
            )
        );
        return new
        {
            None = none,
            Used = used,
            Full = full,
            Gone = gone,
        };
    }

    private static Task VisitAllAsync(McuServer server, LoadEngine engine, int rooms) =>
        Parallel.ForEachAsync(
            Enumerable.Range(0, rooms),
            new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce },
            async (room, _) => await VisitAsync(server, engine, room)
        );

    /// <summary>Somebody comes, hears, sees, and goes.</summary>
    private static async Task VisitAsync(McuServer server, LoadEngine engine, int room)
    {
        var plan = new ClientPlan
        {
            Name = "Visitor",
            Room = $"empty-{room}",
            ReceivesVideo = [VideoCodec.Vp8],
        };
        var visitor = await server.JoinAsync(engine, plan);
        while (await engine.InvokeAsync(() => Math.Min(visitor.Sound.Packets, visitor.Picture.Packets)) == 0)
        {
            await Task.Delay(20);
        }

        await server.LeaveAsync(engine, visitor);
    }

    private static async Task<Cost> MeasureAsync(LoadContext context, McuServer server, LoadEngine engine, string title)
    {
        var (start, before) = (engine.Now, server.ProcessorTime);
        await Task.Delay(context.Options.Window);
        var percent = (server.ProcessorTime - before) / (engine.Now - start) * 100;
        var cost = new Cost(await server.CountRoomsAsync(), percent, server.ResidentMegabytes);
        context.Say(ResultText.Invariant($"  {title, -20} {cost.Rooms} rooms, {cost.CorePercent:0.0} % of a core, {cost.Megabytes:0} MB"));
        return cost;
    }

    private static async Task WaitUntilGoneAsync(McuServer server, LoadEngine engine)
    {
        var limit = engine.Now + s_longestLinger;
        while (await server.CountRoomsAsync() > 0 && engine.Now < limit)
        {
            await Task.Delay(1000);
        }
    }
}
