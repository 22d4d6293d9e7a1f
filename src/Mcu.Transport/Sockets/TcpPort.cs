using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Mcu.Media.Network;

namespace Mcu.Transport;

/// <summary>Bounds of a <see cref="TcpPort"/>.</summary>
public sealed record TcpPortOptions
{
    public int MaxConnections { get; init; } = 512;

    public int MaxConnectionsPerAddress { get; init; } = 32;

    /// <summary>The first frame, which must be STUN, has to come within this time.</summary>
    public TimeSpan FirstFrameTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A connection on which nothing comes for so long is closed.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(45);

    /// <summary>How often the two times are looked at.</summary>
    public TimeSpan SweepInterval { get; init; } = TimeSpan.FromSeconds(1);
}

/// <summary>Counters of a <see cref="TcpPort"/>.</summary>
/// <param name="Connections">Open now.</param>
/// <param name="Refused">Closed at once because of a bound.</param>
/// <param name="SendDropped">Datagrams lost because their connection is gone or its peer reads too slowly.</param>
public readonly record struct TcpPortStatistics(int Connections, long Refused, long SendDropped);

/// <summary>Passive ICE-TCP (RFC 6544): accepts connections and treats each frame (RFC 4571) as a datagram.</summary>
public sealed class TcpPort : IDisposable
{
    private const int Backlog = 128;
    private const int SocketBufferBytes = 128 * 1024;

    // given
    private readonly MediaClock _clock;
    private readonly IDatagramRouter _router;
    private readonly TcpPortOptions _options;

    // owned
    private readonly Socket _listener;
    private readonly Timer _sweeper;
    private readonly ConcurrentDictionary<uint, TcpConnection> _connections = new();

    // state
    private uint _lastId;
    private long _refused;
    private long _sendDropped;

    /// <summary>Listens and starts to accept.</summary>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public TcpPort(IPEndPoint local, MediaClock clock, IDatagramRouter router, TcpPortOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(local);
        _clock = clock;
        _router = router;
        _options = options ?? new TcpPortOptions();
        _listener = Listen(local);
        LocalEndPoint = (IPEndPoint)_listener.LocalEndPoint!;
        LoudTask.Forget(AcceptAsync());
        _sweeper = new Timer(static port => ((TcpPort)port!).Sweep(), this, _options.SweepInterval, _options.SweepInterval);
    }

    public IPEndPoint LocalEndPoint { get; }

    public TcpPortStatistics Statistics => new(_connections.Count, Volatile.Read(ref _refused), Volatile.Read(ref _sendDropped));

    /// <summary>Queues the TCP datagrams of a batch on their connections and leaves the others. Never waits.</summary>
    public void Send(DatagramBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        var entries = batch.Entries;
        for (var i = 0; i < entries.Length; i++)
        {
            if (entries[i].Path.Transport != PathTransport.Tcp)
            {
                continue;
            }

            if (!_connections.TryGetValue(entries[i].Path.Connection, out var connection) || !connection.TrySend(batch.BytesOf(entries[i])))
            {
                Interlocked.Increment(ref _sendDropped);
            }

            // A run of datagrams to one peer is written at once.
            if (i + 1 == entries.Length || entries[i + 1].Path != entries[i].Path)
            {
                connection?.Flush();
            }
        }
    }

    /// <summary>Closes the listener and all connections.</summary>
    public void Dispose()
    {
        _sweeper.Dispose();
        _listener.Dispose();
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }
    }

    private static Socket Listen(IPEndPoint local)
    {
        var socket = new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (local.AddressFamily == AddressFamily.InterNetworkV6)
            {
                socket.DualMode = true;
            }

            socket.Bind(local);
            socket.Listen(Backlog);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var socket = await _listener.AcceptAsync();
                LoudTask.Forget(ServeAsync(socket));
            }
            catch (SocketException exception) when (exception.SocketErrorCode != SocketError.OperationAborted)
            {
                // The peer was gone before we took it, or file descriptors are short: the listener itself lives on.
                Interlocked.Increment(ref _refused);
                await Task.Delay(TimeSpan.FromMilliseconds(10));
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var connection = TryOpen(socket);
        if (connection is null)
        {
            Interlocked.Increment(ref _refused);
            socket.Dispose();
            return;
        }

        _connections[connection.Path.Connection] = connection;
        try
        {
            await connection.ReceiveAsync();
        }
        finally
        {
            _connections.TryRemove(connection.Path.Connection, out _);
        }
    }

    private TcpConnection? TryOpen(Socket socket)
    {
        try
        {
            socket.NoDelay = true;
            socket.SendBufferSize = SocketBufferBytes;
            var address = ((IPEndPoint)socket.RemoteEndPoint!).Address;
            var ofAddress = _connections.Values.Count(connection => connection.Remote.Address.Equals(address));
            if (_connections.Count >= _options.MaxConnections || ofAddress >= _options.MaxConnectionsPerAddress)
            {
                return null;
            }

            return new TcpConnection(socket, NextId(), _clock, _router);
        }
        catch (SocketException)
        {
            // Gone already.
            return null;
        }
    }

    private uint NextId()
    {
        uint id;
        do
        {
            id = Interlocked.Increment(ref _lastId);
        } while (id == 0);

        return id;
    }

    private void Sweep()
    {
        var now = _clock.Now;
        foreach (var connection in _connections.Values)
        {
            var silent = now - connection.LastHeard > _options.IdleTimeout;
            var nothing = !connection.HeardStun && now - connection.Opened > _options.FirstFrameTimeout;
            if (silent || nothing)
            {
                connection.Dispose();
            }
        }
    }
}
