using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Shouldly;

namespace Mcu.Server.Tests;

/// <summary>A WebSocket that speaks the protocol by hand.</summary>
internal sealed class SignallingClient(ClientWebSocket socket) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public WebSocketCloseStatus? CloseStatus => socket.CloseStatus;

    public Task SendAsync(string json) => SendAsync(Encoding.UTF8.GetBytes(json), WebSocketMessageType.Text);

    public Task SendAsync(byte[] bytes, WebSocketMessageType type) =>
        socket.SendAsync(bytes, type, true, TestContext.Current.CancellationToken);

    /// <summary>The next message that is no ping.</summary>
    public async Task<JsonElement> ReceiveAsync(bool withPings = false)
    {
        while (true)
        {
            var message = await ReceiveAnyAsync();
            message.ShouldNotBeNull("the server closed the connection");
            if (withPings || message.Value.GetProperty("type").GetString() != "ping")
            {
                return message.Value;
            }
        }
    }

    /// <summary>The next message, which must have this type.</summary>
    public async Task<JsonElement> ExpectAsync(string type)
    {
        var message = await ReceiveAsync(withPings: type == "ping");
        message.GetProperty("type").GetString().ShouldBe(type, message.ToString());
        return message;
    }

    public async Task<JsonElement> JoinAsync(string room = "room", string name = "Ada", string more = "")
    {
        await SendAsync($$"""{"type":"join","id":1,"room":"{{room}}","name":"{{name}}"{{more}}}""");
        return await ReceiveAsync();
    }

    /// <summary>Reads until the server closes, or the connection breaks; returns whether it was closed properly.</summary>
    public async Task<bool> UntilClosedAsync()
    {
        try
        {
            while (await ReceiveAnyAsync() is not null) { }

            return true;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    public Task CloseAsync(WebSocketCloseStatus status) => socket.CloseAsync(status, null, TestContext.Current.CancellationToken);

    public void Abort() => socket.Abort();

    public void Dispose() => socket.Dispose();

    private async Task<JsonElement?> ReceiveAnyAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        var buffer = new byte[128 * 1024];
        var length = 0;
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), limit.Token);
            length += part.Count;
        } while (!part.EndOfMessage);

        return part.MessageType == WebSocketMessageType.Close ? null : JsonElement.Parse(buffer.AsSpan(0, length));
    }
}
