using System.Net;
using System.Net.Sockets;
using Mcu.Media;
using Mcu.Sip.Messages;

namespace Mcu.Transport.Sip;

/// <summary>
/// One SIP connection over TCP or TLS, accepted or opened: messages out of its stream, and messages into it in their order.
/// </summary>
internal sealed class SipConnection : IDisposable
{
    private const int ReadBytes = 8 * 1024;
    private static readonly byte[] s_pong = "\r\n"u8.ToArray();

    // given
    private readonly Socket _socket;
    private readonly SipInbox _inbox;
    private readonly MediaClock _clock;
    private readonly int _maxUnwritten;

    // owned
    private readonly SipStreamReader _reader = new();
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _unwritten = new();

    // state, under the lock
    private Stream? _stream;
    private int _unwrittenBytes;
    private bool _writing;
    private bool _closed;

    private long _lastHeard;
    private volatile bool _heardMessage;

    public SipConnection(SipFlow flow, Socket socket, SipInbox inbox, MediaClock clock, int maxUnwritten)
    {
        Flow = flow;
        _socket = socket;
        _inbox = inbox;
        _clock = clock;
        _maxUnwritten = maxUnwritten;
        Opened = clock.Now;
        _lastHeard = Opened.Ticks;
    }

    /// <summary>Transport, other end and number of the connection.</summary>
    public SipFlow Flow { get; }

    /// <summary>Our end; null before it is connected.</summary>
    public IPEndPoint? Local { get; private set; }

    public MediaTime Opened { get; }

    public MediaTime LastHeard => new(Volatile.Read(ref _lastHeard));

    /// <summary>A whole message came.</summary>
    public bool HeardMessage => _heardMessage;

    /// <summary>The stream is ready (over TLS: the handshake is done). What was sent before leaves now; reads until the end.</summary>
    public async Task RunAsync(Stream stream)
    {
        lock (_lock)
        {
            if (_closed)
            {
                stream.Dispose();
                return;
            }

            _stream = stream;
            Local = (IPEndPoint?)_socket.LocalEndPoint;
        }

        Flush();
        var buffer = new byte[ReadBytes];
        try
        {
            while (await stream.ReadAsync(buffer) is var count && count > 0)
            {
                Volatile.Write(ref _lastHeard, _clock.Now.Ticks);
                if (!await TakeAsync(buffer.AsMemory(0, count)))
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The connection is gone, which is all there is to know; its owner tells the agent.
        }
    }

    /// <summary>Queues one message; false where the connection is gone or its peer reads too slowly.</summary>
    public bool TrySend(ReadOnlyMemory<byte> message)
    {
        lock (_lock)
        {
            if (_closed || _unwrittenBytes + message.Length > _maxUnwritten)
            {
                return false;
            }

            _unwritten.Enqueue(message);
            _unwrittenBytes += message.Length;
        }

        Flush();
        return true;
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _unwritten.Clear();
        }

        _stream?.Dispose();
        _socket.Dispose();
    }

    /// <summary>Cuts messages out of what came; false where nothing after it can be read.</summary>
    private async ValueTask<bool> TakeAsync(ReadOnlyMemory<byte> bytes)
    {
        _reader.Append(bytes.Span);
        while (true)
        {
            var (item, message) = Next();
            switch (item)
            {
                case SipStreamItem.None:
                    return true;
                case SipStreamItem.Message:
                    _heardMessage = true;
                    // Nothing more is read while too much waits: the peer's sending stops by itself, and no message is lost.
                    await _inbox.AddAsync(Flow, message);
                    break;
                case SipStreamItem.Ping:
                    TrySend(s_pong);
                    break;
                case SipStreamItem.Broken:
                    await _inbox.AddAsync(Flow, message);
                    return false;
                default:
                    break;
            }
        }
    }

    private (SipStreamItem Item, byte[] Message) Next()
    {
        var item = _reader.Next(out var message);
        return (item, item is SipStreamItem.Message or SipStreamItem.Broken ? message.ToArray() : []);
    }

    private void Flush()
    {
        lock (_lock)
        {
            if (_writing || _stream is null || _unwritten.Count == 0 || _closed)
            {
                return;
            }

            _writing = true;
        }

        _ = WriteAsync();
    }

    private async Task WriteAsync()
    {
        try
        {
            while (TryTake(out var message))
            {
                await _stream!.WriteAsync(message);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or ObjectDisposedException)
        {
            // The reading side sees the same end and reports it.
            Dispose();
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> message)
    {
        lock (_lock)
        {
            _writing = _unwritten.TryDequeue(out message) && !_closed;
            _unwrittenBytes -= message.Length;
            return _writing;
        }
    }
}
