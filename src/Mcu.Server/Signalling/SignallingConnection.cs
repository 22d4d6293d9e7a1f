using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Mcu.Server.Rooms;

namespace Mcu.Server.Signalling;

/// <summary>
/// One WebSocket: reads messages one after another, writes from a bounded queue, pings every 2 s, and ends when it hears nothing for 6 s.
/// Three tasks, of which the reading one (<see cref="RunAsync"/>) owns the others; only the writing one sends.
/// </summary>
internal sealed class SignallingConnection : ISignallingOutput, IDisposable
{
    private const int QueueLength = 256;

    private static readonly TimeSpan PingInterval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(6);

    /// <summary>Pings after which a connection that has not joined is closed: it holds memory, and has shown no right to be here.</summary>
    private const int PingsBeforeJoining = 5;

    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(1);

    private readonly WebSocket _socket;
    private readonly SignallingServices _services;
    private readonly SignallingDialogue _dialogue;
    private readonly CancellationTokenSource _dead = new();
    private readonly Channel<byte[]> _outbound = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(QueueLength) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait }
    );

    private readonly ITimer _silence;
    private MessageBudget _budget;
    private int _closeStatus; // the first that was given, or 0

    public SignallingConnection(WebSocket socket, SignallingServices services, IPAddress? source, string? credential)
    {
        _socket = socket;
        _services = services;
        _dialogue = new SignallingDialogue(services, this, source, credential);
        _budget = new MessageBudget(services.Options.Limits.MessagesPerSecond);
        _silence = services.Time.CreateTimer(
            static connection => ((SignallingConnection)connection!).Abort(),
            this,
            SilenceLimit,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Serves the connection until either side ends it.</summary>
    public async Task RunAsync()
    {
        using var stopping = _services.Lifetime.ApplicationStopping.Register(FinishUnlessJoined);
        var writer = WriteAsync();
        var pings = PingAsync();
        var status = await ReadAsync();
        try
        {
            await _dialogue.EndAsync(leaves: status is WebSocketCloseStatus.NormalClosure or WebSocketCloseStatus.EndpointUnavailable);
        }
        finally
        {
            Finish(status is null ? WebSocketCloseStatus.InternalServerError : WebSocketCloseStatus.NormalClosure);
            await writer;
            await _dead.CancelAsync();
            await pings;
            await _silence.DisposeAsync();
        }
    }

    public void Send(ServerMessage message) => Queue(JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Default.ServerMessage));

    public void Send(RoomEvent roomEvent) => Queue(JsonSerializer.SerializeToUtf8Bytes(roomEvent, WireJson.Default.RoomEvent));

    public void Finish(WebSocketCloseStatus status)
    {
        // Before the queue ends: whoever empties it looks at once how to close.
        _ = Interlocked.CompareExchange(ref _closeStatus, (int)status, 0);
        _outbound.Writer.TryComplete();
    }

    public void Dispose() => _dead.Dispose();

    private void Queue(byte[] message)
    {
        // A client that does not read its messages is as good as gone; it may come back and resume.
        if (!_outbound.Writer.TryWrite(message) && !_outbound.Reader.Completion.IsCompleted && _outbound.Reader.Count >= QueueLength)
        {
            Abort();
        }
    }

    /// <summary>Reads until the end; returns the client's close status, or null when the connection died.</summary>
    private async Task<WebSocketCloseStatus?> ReadAsync()
    {
        var buffer = new byte[SignallingReader.MaxBytes + 1];
        try
        {
            while (true)
            {
                var length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await _socket.ReceiveAsync(buffer.AsMemory(length), _dead.Token);
                    length += part.Count;
                } while (!part.EndOfMessage && length < buffer.Length);

                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return _socket.CloseStatus;
                }

                Heard();
                if (length > SignallingReader.MaxBytes)
                {
                    Refuse($"A message has at most {SignallingReader.MaxBytes} bytes.", ErrorCode.BadRequest);
                    Finish(WebSocketCloseStatus.MessageTooBig);
                    return null;
                }

                await HandleAsync(part.MessageType, buffer.AsMemory(0, length));
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            return null;
        }
    }

    private async Task HandleAsync(WebSocketMessageType type, ReadOnlyMemory<byte> bytes)
    {
        if (!_budget.TryTake(_services.Time.GetElapsedTime(0)))
        {
            Refuse("Too many messages: slow down.", ErrorCode.RateLimited);
        }
        else if (type != WebSocketMessageType.Text)
        {
            Refuse("Messages are text.", ErrorCode.BadRequest);
        }
        else if (SignallingReader.TryParse(bytes.Span, out var message, out var error))
        {
            await _dialogue.HandleAsync(message, _dead.Token);
        }
        else
        {
            Send(SignallingDialogue.Error(error.Re, ErrorCode.BadRequest, error.Detail));
        }
    }

    private void Refuse(string detail, ErrorCode code) => Send(SignallingDialogue.Error(re: null, code, detail));

    /// <summary>Writes what is queued; at the queue's end closes, and gives the client a moment to close too.</summary>
    private async Task WriteAsync()
    {
        try
        {
            await foreach (var message in _outbound.Reader.ReadAllAsync(_dead.Token))
            {
                await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, _dead.Token);
            }

            if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                var given = (WebSocketCloseStatus)Volatile.Read(ref _closeStatus);
                var status = given == default ? WebSocketCloseStatus.NormalClosure : given;
                await _socket.CloseOutputAsync(status, statusDescription: null, _dead.Token);
            }

            _dead.CancelAfter(CloseGrace);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            Abort();
        }
    }

    private async Task PingAsync()
    {
        using var timer = new PeriodicTimer(PingInterval, _services.Time);
        try
        {
            for (var pings = 1; await timer.WaitForNextTickAsync(_dead.Token); pings++)
            {
                if (pings >= PingsBeforeJoining && !_dialogue.IsJoined)
                {
                    Refuse("Join within 10 s after connecting.", ErrorCode.Unauthorized);
                    Finish(WebSocketCloseStatus.PolicyViolation);
                    return;
                }

                Send(new ServerPing(_services.Time.GetUtcNow().ToUnixTimeMilliseconds()));
            }
        }
        catch (OperationCanceledException)
        {
            // The connection has ended.
        }
    }

    /// <summary>A connection that is silent for 6 s from now is dead.</summary>
    private void Heard() => _silence.Change(SilenceLimit, Timeout.InfiniteTimeSpan);

    /// <summary>At the server's end those in a room hear from the room.</summary>
    private void FinishUnlessJoined()
    {
        if (!_dialogue.IsJoined)
        {
            Finish(WebSocketCloseStatus.EndpointUnavailable);
        }
    }

    private void Abort()
    {
        _outbound.Writer.TryComplete();
        _dead.Cancel();
    }
}
