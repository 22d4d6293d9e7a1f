using Mcu.Load.Clients;
using Mcu.Load.Measuring;

namespace Mcu.Load.Peers.Janus;

/// <summary>Janus with one AudioBridge room, whatever room a participant wants.</summary>
internal sealed class JanusServer : IServerUnderTest
{
    private readonly JanusProcess _process;
    private readonly JanusApi _api;
    private readonly SemaphoreSlim _oneJoin = new(1);

    private JanusServer(JanusProcess process, JanusApi api) => (_process, _api) = (process, api);

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    public double ResidentMegabytes => _process.ResidentMegabytes;

    public static async Task<JanusServer> StartAsync()
    {
        var process = JanusProcess.Start();
        try
        {
            return new JanusServer(process, await JanusApi.ConnectAsync(process));
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    public Task<ServerCounters?> ReadCountersAsync() => Task.FromResult<ServerCounters?>(null);

    public async Task<Participant> JoinAsync(LoadEngine engine, ClientPlan plan)
    {
        var client = await engine.MakeAsync((number, parts) => new JanusClient(plan, number, parts));
        client.Asked = engine.Now;
        await _oneJoin.WaitAsync();
        try
        {
            var media = await _api.JoinAsync(plan.Name, client.Port);
            client.Answered = engine.Now;
            return await engine.InvokeAsync(() =>
            {
                client.Joined(media);
                engine.Start(client);
                return client;
            });
        }
        finally
        {
            _oneJoin.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _api.Dispose();
        _oneJoin.Dispose();
        await _process.DisposeAsync();
    }
}
