using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json.Nodes;

namespace Mcu.Load.Peers.Janus;

/// <summary>Where Janus takes a participant's RTP.</summary>
internal readonly record struct JanusMedia(int Port, byte PayloadType);

/// <summary>The little of Janus's API that it takes to join a room of the AudioBridge by plain RTP: one session, a handle for each participant. One caller at a time.</summary>
internal sealed class JanusApi : IDisposable
{
    private const byte OpusPayloadType = 111;
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_answerLimit = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly byte[] _buffer = new byte[1024 * 1024];
    private long _session;
    private int _transactions;

    private JanusApi(ClientWebSocket socket) => _socket = socket;

    /// <summary>Connects as soon as Janus listens, and opens a session.</summary>
    /// <exception cref="TimeoutException">It does not.</exception>
    public static async Task<JanusApi> ConnectAsync(JanusProcess process)
    {
        using var limit = new CancellationTokenSource(s_startLimit);
        while (!limit.IsCancellationRequested && !process.HasExited)
        {
            var socket = new ClientWebSocket();
            socket.Options.AddSubProtocol("janus-protocol");
            try
            {
                await socket.ConnectAsync(process.Address, limit.Token);
                var api = new JanusApi(socket);
                api._session = IdOf(await api.RequestAsync(new JsonObject { ["janus"] = "create" }));
                return api;
            }
            catch (WebSocketException)
            {
                socket.Dispose();
                await Task.Delay(100, limit.Token);
            }
        }

        throw new TimeoutException("Janus does not listen.");
    }

    /// <summary>Joins a participant who receives on a port of loopback.</summary>
    /// <exception cref="JoinRefusedException">Janus refuses.</exception>
    public async Task<JanusMedia> JoinAsync(string name, int port)
    {
        var attach = new JsonObject { ["janus"] = "attach", ["plugin"] = "janus.plugin.audiobridge" };
        var handle = IdOf(await RequestAsync(attach));
        var join = new JsonObject
        {
            ["request"] = "join",
            ["room"] = JanusProcess.Room,
            ["display"] = name,
            ["rtp"] = new JsonObject
            {
                ["ip"] = "127.0.0.1",
                ["port"] = port,
                ["payload_type"] = OpusPayloadType,
            },
        };
        var message = new JsonObject
        {
            ["janus"] = "message",
            ["handle_id"] = handle,
            ["body"] = join,
        };
        var joined = (await RequestAsync(message))["plugindata"]?["data"];
        return joined?["rtp"] is { } rtp
            ? new JanusMedia((int)rtp["port"]!, (byte)rtp["payload_type"]!)
            : throw new JoinRefusedException($"Janus does not let {name} in: {joined?.ToJsonString()}");
    }

    public void Dispose() => _socket.Dispose();

    private static long IdOf(JsonNode reply) =>
        (long?)reply["data"]?["id"] ?? throw new InvalidOperationException($"Janus says {reply.ToJsonString()}.");

    /// <summary>Sends a request and waits for its answer; acknowledgements and what others do is skipped.</summary>
    private async Task<JsonNode> RequestAsync(JsonObject request)
    {
        using var limit = new CancellationTokenSource(s_answerLimit);
        var transaction = (_transactions++).ToString(CultureInfo.InvariantCulture);
        request["transaction"] = transaction;
        if (_session != 0)
        {
            request["session_id"] = _session;
        }

        var text = System.Text.Encoding.UTF8.GetBytes(request.ToJsonString());
        await _socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
        while (true)
        {
            var message = await ReceiveAsync(limit.Token);
            if ((string?)message["transaction"] == transaction && (string?)message["janus"] != "ack")
            {
                return message;
            }
        }
    }

    private async Task<JsonNode> ReceiveAsync(CancellationToken limit)
    {
        var length = 0;
        while (true)
        {
            var part = await _socket.ReceiveAsync(_buffer.AsMemory(length), limit);
            length += part.Count;
            if (part.EndOfMessage)
            {
                return JsonNode.Parse(_buffer.AsSpan(0, length)) ?? throw new InvalidDataException("Janus sent no JSON.");
            }
        }
    }
}
