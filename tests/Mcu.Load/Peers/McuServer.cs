using System.Net.Http.Headers;
using Mcu.Benchmarks.Live;
using Mcu.Load.Clients;
using Mcu.Load.Measuring;

namespace Mcu.Load.Peers;

/// <summary>Our server, joined over HTTP and WebRTC.</summary>
internal sealed class McuServer : IServerUnderTest
{
    private readonly ServerProcess _process;

    private McuServer(ServerProcess process) => _process = process;

    public TimeSpan ProcessorTime => _process.ProcessorTime;

    public double ResidentMegabytes => _process.ResidentMegabytes;

    /// <param name="settings">Environment variables beside those that lift the limits of joining.</param>
    /// <exception cref="InvalidOperationException">The server is not built or did not start.</exception>
    public static async Task<McuServer> StartAsync(IReadOnlyDictionary<string, string>? settings = null) =>
        new(await ServerProcess.StartAsync(settings));

    public async Task<ServerCounters?> ReadCountersAsync() =>
        ServerCounters.From(new MetricsPage(await _process.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative))));

    /// <summary>Rooms that exist, also those that are empty.</summary>
    public async Task<int> CountRoomsAsync()
    {
        var page = new MetricsPage(await _process.Http.GetStringAsync(new Uri("/metrics", UriKind.Relative)));
        return (int)page.Sum("mcu_rooms");
    }

    public async Task<Participant> JoinAsync(LoadEngine engine, ClientPlan plan)
    {
        var client = await engine.MakeAsync((number, parts) => new WebRtcClient(plan, number, parts));
        var sdp = await engine.InvokeAsync(client.CreateOffer);
        client.Asked = engine.Now;
        string answer;
        try
        {
            answer = await PostAsync(client, sdp);
        }
        catch (Exception exception) when (exception is HttpRequestException or JoinRefusedException)
        {
            await engine.RemoveAsync(client);
            throw exception as JoinRefusedException ?? new JoinRefusedException($"{plan.Name} cannot join: {exception.Message}");
        }

        client.Answered = engine.Now;
        return await engine.InvokeAsync(() =>
        {
            client.AcceptAnswer(answer);
            engine.Start(client);
            return client;
        });
    }

    /// <summary>Takes a participant out of its room, as a client that leaves does.</summary>
    public async Task LeaveAsync(LoadEngine engine, Participant participant)
    {
        if (participant is WebRtcClient { Session: { } session })
        {
            using var response = await _process.Http.DeleteAsync(session);
        }

        await engine.RemoveAsync(participant);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private async Task<string> PostAsync(WebRtcClient client, string sdp)
    {
        using var offer = new StringContent(sdp, new MediaTypeHeaderValue("application/sdp"));
        var url = $"/api/v1/rooms/{client.Plan.Room}/sessions?name={Uri.EscapeDataString(client.Plan.Name)}";
        using var response = await _process.Http.PostAsync(new Uri(url, UriKind.Relative), offer);
        var answer = await response.Content.ReadAsStringAsync();
        client.Session = response.Headers.Location;
        return response.IsSuccessStatusCode
            ? answer
            : throw new JoinRefusedException($"{client.Plan.Name} may not join ({(int)response.StatusCode}): {answer}");
    }
}
