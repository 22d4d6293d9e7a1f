using System.Collections.Concurrent;
using System.Net.Http.Headers;
using Mcu.Codecs;
using Mcu.Media;
using Mcu.Media.Memory;
using Mcu.Media.Network;
using Mcu.Rtp.Send;
using Mcu.Transport;

namespace Mcu.Load.Clients;

/// <summary>
/// All participants of one run, on one thread: waits for datagrams, and gives each participant its turn every 20 ms, spread evenly over them.
/// </summary>
internal sealed class LoadEngine : IDisposable
{
    private const int Turns = 20; // of 1 ms each: every participant has one in 20 ms
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(1);

    private readonly MediaClock _clock = new();
    private readonly NativeCodecFactory _codecs;
    private readonly HttpClient _http;
    private readonly Epoll _epoll = new();
    private readonly DatagramBatch _output = new(64);
    private readonly PacketizedFramePool _frames = new(BufferPool.Shared);
    private readonly ConcurrentQueue<Action> _commands = new();
    private readonly List<LoadClient> _clients = [];
    private readonly List<LoadClient>[] _turns = [.. Enumerable.Range(0, Turns).Select(_ => new List<LoadClient>())];
    private readonly List<LoadClient> _filming = [];
    private readonly byte[] _buffer = new byte[2048];
    private readonly Thread _thread;
    private volatile bool _stopping;
    private MediaTime _nextTurn;
    private int _turn;

    public LoadEngine(HttpClient http, NativeCodecFactory codecs)
    {
        _http = http;
        _codecs = codecs;
        _nextTurn = _clock.Now;
        _thread = new Thread(Run) { Name = "load", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Joined participants. Only in <see cref="InvokeAsync{T}"/>, or when nobody joins or leaves.</summary>
    public IReadOnlyList<LoadClient> Clients => _clients;

    /// <summary>Turns that began more than 10 ms late: the generator itself had not enough processor.</summary>
    public long LateTurns { get; private set; }

    public MediaTime Now => _clock.Now;

    /// <summary>Joins one participant; returns when the server has answered its offer.</summary>
    /// <exception cref="HttpRequestException">The server refuses.</exception>
    public async Task<LoadClient> JoinAsync(ClientPlan plan)
    {
        var (client, sdp) = await InvokeAsync(() =>
        {
            var made = new LoadClient(plan, _clients.Count, _clock, _output, _frames, _codecs);
            _clients.Add(made);
            return (made, made.CreateOffer());
        });
        using var offer = new StringContent(sdp, new MediaTypeHeaderValue("application/sdp"));
        var url = $"/api/v1/rooms/{plan.Room}/sessions?name={Uri.EscapeDataString(plan.Name)}";
        using var response = await _http.PostAsync(new Uri(url, UriKind.Relative), offer);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"{plan.Name} may not join: {await response.Content.ReadAsStringAsync()}");
        }

        client.Session = response.Headers.Location;
        var answer = await response.Content.ReadAsStringAsync();
        await InvokeAsync(() =>
        {
            client.AcceptAnswer(answer);
            _epoll.Watch(client.Socket, client.Number);
            _turns[client.Number % Turns].Add(client);
            if (plan.Video is not null)
            {
                _filming.Add(client);
            }

            return true;
        });
        return client;
    }

    /// <summary>Runs a function on the engine's thread.</summary>
    public Task<T> InvokeAsync<T>(Func<T> command)
    {
        var completion = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _commands.Enqueue(() =>
        {
            try
            {
                completion.SetResult(command());
            }
#pragma warning disable CA1031 // Whatever it is, it belongs to the caller.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                completion.SetException(exception);
            }
        });
        return completion.Task;
    }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _epoll.Dispose();
    }

    private void Run()
    {
        Span<int> ready = stackalloc int[256];
        while (!_stopping)
        {
            var wait = (int)Math.Ceiling((_nextTurn - _clock.Now).TotalMilliseconds);
            var count = _epoll.Wait(ready, Math.Clamp(wait, 0, 1));
            var arrival = _clock.Now;
            for (var i = 0; i < count; i++)
            {
                _clients[ready[i]].Receive(_buffer, arrival);
            }

            RunTurns();
            while (_commands.TryDequeue(out var command))
            {
                command();
            }
        }
    }

    private void RunTurns()
    {
        for (var now = _clock.Now; now >= _nextTurn; now = _clock.Now)
        {
            LateTurns += now - _nextTurn > 10 * s_turn ? 1 : 0;
            foreach (var client in _turns[_turn])
            {
                client.Turn(now);
            }

            foreach (var client in _filming)
            {
                client.Film(now);
            }

            _turn = (_turn + 1) % Turns;
            _nextTurn += s_turn;
        }
    }
}
