using Mcu.Codecs;
using Mcu.Load.Clients;
using Mcu.Load.Measuring;
using Mcu.Load.Peers;

namespace Mcu.Load.Scenarios;

/// <summary>A server and the participants in its rooms, for one run.</summary>
internal sealed class Crowd(IServerUnderTest server, NativeCodecFactory codecs, TimeSpan? settling = null) : IAsyncDisposable
{
    private const int JoinsAtOnce = 8;

    /// <summary>Joining leaves work behind (compilation, garbage): what is measured is the load itself.</summary>
    private static readonly TimeSpan s_settling = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(60);

    public LoadEngine Engine { get; } = new(codecs);

    public Window Window => field ??= new Window(server, Engine, codecs);

    /// <summary>Joins some, several at a time, and waits until their media flows and the server has come to rest.</summary>
    /// <exception cref="JoinRefusedException">The server refuses one of them.</exception>
    public async Task JoinAsync(IEnumerable<ClientPlan> plans)
    {
        await Parallel.ForEachAsync(
            plans,
            new ParallelOptions { MaxDegreeOfParallelism = JoinsAtOnce },
            async (plan, _) => await server.JoinAsync(Engine, plan)
        );
        await WaitUntilConnectedAsync();
        await Task.Delay(settling ?? s_settling);
    }

    /// <exception cref="JoinRefusedException">Some are not connected within a minute.</exception>
    public async Task WaitUntilConnectedAsync()
    {
        var limit = Engine.Now + s_connectLimit;
        while (await Engine.InvokeAsync(() => Engine.Participants.Count(participant => !participant.IsConnected)) is var missing and > 0)
        {
            if (Engine.Now > limit)
            {
                throw new JoinRefusedException($"{missing} participants were not connected within a minute.");
            }

            await Task.Delay(200);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Engine.Dispose();
        await server.DisposeAsync();
    }

    /// <summary>One window of one crowd in front of a server of its own.</summary>
    public static async Task<Result> MeasureAsync(
        IServerUnderTest server,
        IEnumerable<ClientPlan> plans,
        NativeCodecFactory codecs,
        TimeSpan window
    )
    {
        await using var crowd = new Crowd(server, codecs);
        await crowd.JoinAsync(plans);
        return await crowd.Window.MeasureAsync(window);
    }
}
