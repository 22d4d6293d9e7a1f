using Mcu.Load.Clients;
using Mcu.Load.Clips;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;

namespace Mcu.Load.Scenarios;

/// <summary>A load that stays the same while it is measured: who joins which room and sends what.</summary>
/// <param name="Name">As given on the command line.</param>
/// <param name="What">For the table.</param>
/// <param name="Target">For the table.</param>
/// <param name="Participants">So many, unless the command line says otherwise.</param>
/// <param name="Plans">The participants, for a given number of them.</param>
internal sealed record LoadPlan(
    string Name,
    string What,
    string Target,
    int Participants,
    Func<Library, int, IEnumerable<ClientPlan>> Plans
) : ILoad
{
    /// <summary>As many as one room takes at most by its settings, and more than any machine of two cores serves.</summary>
    private const int MostParticipants = 5000;

    /// <summary>Settings of the server beside its defaults, as environment variables.</summary>
    public IReadOnlyDictionary<string, string>? Settings { get; init; }

    /// <summary>Participants come in groups of so many.</summary>
    public int Step { get; init; } = 1;

    /// <summary>The largest number for which sound is whole may be looked for.</summary>
    public bool CanRamp { get; init; }

    public async Task<object> RunAsync(LoadContext context)
    {
        if (context.Options.Ramp)
        {
            return await RampAsync(context);
        }

        var count = context.Options.Participants ?? Participants;
        context.Say($"{Name}: {What}, {count} participants (target {Target})");
        var result = await MeasureAsync(context, count);
        context.Say(ResultText.Of(result));
        return new { Participants = count, Result = result };
    }

    public async Task<Result> MeasureAsync(LoadContext context, int count) =>
        await Crowd.MeasureAsync(
            await McuServer.StartAsync(Settings),
            Plans(context.Library, count),
            context.Codecs,
            context.Options.Window
        );

    private async Task<object> RampAsync(LoadContext context)
    {
        if (!CanRamp)
        {
            throw new NotSupportedException($"There is no ramp for {Name}.");
        }

        context.Say($"{Name}: {What}; the most participants for whom sound is whole");
        var search = new RampSearch(context.Options.Participants ?? Participants, MostParticipants, Step);
        var steps = new List<object>();
        while (search.Next is { } count)
        {
            var result = await TryAsync(context, count);
            search.Report(result is { IsGood: true });
            steps.Add(
                new
                {
                    Participants = count,
                    IsGood = result is { IsGood: true },
                    Result = result,
                }
            );
        }

        context.Say($"  largest: {search.Largest}");
        return new { search.Largest, Steps = steps };
    }

    /// <summary>One step; null where the server would not let all in.</summary>
    private async Task<Result?> TryAsync(LoadContext context, int count)
    {
        try
        {
            var result = await MeasureAsync(context, count);
            context.Say(
                ResultText.Invariant(
                    $"  {count, 5}: {(result.IsGood ? "good" : "NOT GOOD"), -8} server {result.ServerCores:0.00} cores, least {result.Sound.LeastRate:0.0} packets/s, missed ticks {result.MissedAudioTicks:0}, delay p95 {result.DelayMs?.P95:0} ms, generator {result.GeneratorCores:0.00} cores, {result.LateTurns} late turns"
                )
            );
            return result;
        }
        catch (JoinRefusedException refused)
        {
            context.Say($"  {count, 5}: NOT GOOD {refused.Message}");
            return null;
        }
    }
}
