using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Mcu.Sip.Messages;

namespace Mcu.Transport.Sip;

/// <summary>
/// SIP's sockets: listens for UDP, TCP and TLS, opens connections where there are none, and hands what comes to an inbox. Thread-safe.
/// </summary>
internal sealed class SipSockets : IDisposable
{
    private const int DatagramBytes = 65_535;
    private const int UdpBufferBytes = 4 * 1024 * 1024;
    private const int Backlog = 256;
    private static readonly TimeSpan s_sweepInterval = TimeSpan.FromSeconds(1);

    // given
    private readonly SipNetworkOptions _options;
    private readonly SipInbox _inbox;
    private readonly MediaClock _clock;

    // owned
    private readonly List<Socket> _udp = [];
    private readonly List<(Socket Listener, SipTransport Transport)> _listeners = [];
    private readonly ConcurrentDictionary<long, SipConnection> _connections = new();
    private readonly ConcurrentDictionary<IPEndPoint, string> _serverNames = new();
    private readonly Timer _sweeper;

    // state
    private long _lastId;
    private long _refused;
    private volatile bool _closed;

    /// <summary>Binds everything and starts to receive.</summary>
    /// <exception cref="SocketException">An address or port cannot be had; the message names it.</exception>
    public SipSockets(SipNetworkOptions options, SipInbox inbox, MediaClock clock)
    {
        _options = options;
        _inbox = inbox;
        _clock = clock;
        _sweeper = new Timer(static sockets => ((SipSockets)sockets!).Sweep(), this, s_sweepInterval, s_sweepInterval);
        try
        {
            _udp.AddRange(options.Udp.Select(BindUdp));
            _listeners.AddRange(options.Tcp.Select(local => (Listen(local, "TCP"), SipTransport.Tcp)));
            _listeners.AddRange(options.Tls.Select(local => (Listen(local, "TLS"), SipTransport.Tls)));
        }
        catch
        {
            Dispose();
            throw;
        }

        _udp.ForEach(socket => LoudTask.Forget(ReceiveAsync(socket)));
        _listeners.ForEach(listener => LoudTask.Forget(AcceptAsync(listener.Listener, listener.Transport)));
    }

    public SipNetworkStatistics Statistics => new(_connections.Count, _inbox.Received, _inbox.Dropped, Volatile.Read(ref _refused));

    /// <summary>Where a transport listens; null where it does not.</summary>
    public IPEndPoint? Listens(SipTransport transport) =>
        transport == SipTransport.Udp
            ? (IPEndPoint?)_udp.FirstOrDefault()?.LocalEndPoint
            : (IPEndPoint?)_listeners.FirstOrDefault(listener => listener.Transport == transport).Listener?.LocalEndPoint;

    /// <summary>Our end of a flow's connection; null where there is none.</summary>
    public IPEndPoint? LocalOf(SipFlow flow) => Find(flow)?.Local;

    /// <summary>The name that a TLS server at that address must prove.</summary>
    public void Name(IPEndPoint server, string name)
    {
        if (_serverNames.Count >= _options.MaxConnections)
        {
            _serverNames.Clear();
        }

        _serverNames[server] = name;
    }

    /// <summary>Sends; false where it is known at once that this cannot be.</summary>
    public bool TrySend(SipFlow flow, ReadOnlyMemory<byte> message)
    {
        if (flow.Transport == SipTransport.Udp)
        {
            return TrySendDatagram(flow.Remote, message.Span);
        }

        if (Find(flow) is { } connection)
        {
            return connection.TrySend(message);
        }

        return flow.Connection == 0 && flow.Transport is SipTransport.Tcp or SipTransport.Tls && Open(flow)?.TrySend(message) == true;
    }

    public void Dispose()
    {
        _closed = true;
        _sweeper.Dispose();
        _udp.ForEach(socket => socket.Dispose());
        _listeners.ForEach(listener => listener.Listener.Dispose());
        foreach (var connection in _connections.Values)
        {
            connection.Dispose();
        }
    }

    private static Socket BindUdp(IPEndPoint local) =>
        Bind(
            new Socket(local.AddressFamily, SocketType.Dgram, ProtocolType.Udp)
            {
                ReceiveBufferSize = UdpBufferBytes,
                SendBufferSize = UdpBufferBytes,
                Blocking = false,
            },
            local,
            "UDP"
        );

    private static Socket Listen(IPEndPoint local, string what)
    {
        var socket = Bind(new Socket(local.AddressFamily, SocketType.Stream, ProtocolType.Tcp), local, what);
        socket.Listen(Backlog);
        return socket;
    }

    private static Socket Bind(Socket socket, IPEndPoint local, string what)
    {
        try
        {
            socket.Bind(local);
            return socket;
        }
        catch (SocketException exception)
        {
            socket.Dispose();
            throw new SocketException(exception.ErrorCode, $"{what} {local}: {exception.Message}");
        }
    }

    private bool TrySendDatagram(IPEndPoint remote, ReadOnlySpan<byte> message)
    {
        var socket = _udp.FirstOrDefault(candidate => candidate.AddressFamily == remote.AddressFamily);
        if (socket is null)
        {
            return false;
        }

        try
        {
            socket.SendTo(message, remote);
            return true;
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
        {
            return true; // lost, as in a network: it is repeated
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private SipConnection? Find(SipFlow flow) =>
        flow.Connection != 0
            ? _connections.GetValueOrDefault(flow.Connection)
            : _connections.Values.FirstOrDefault(c => c.Flow.Transport == flow.Transport && c.Flow.Remote.Equals(flow.Remote));

    private SipConnection? Open(SipFlow flow)
    {
        if (_closed || _connections.Count >= _options.MaxConnections)
        {
            Interlocked.Increment(ref _refused);
            return null;
        }

        var socket = new Socket(flow.Remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        var connection = Add(flow, socket);
        LoudTask.Forget(ConnectAsync(connection, socket));
        return connection;
    }

    private SipConnection Add(SipFlow flow, Socket socket)
    {
        var numbered = flow with { Connection = Interlocked.Increment(ref _lastId) };
        var connection = new SipConnection(numbered, socket, _inbox, _clock, _options.MaxUnwritten);
        _connections[numbered.Connection] = connection;
        return connection;
    }

    private async Task ReceiveAsync(Socket socket)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(DatagramBytes, pinned: true);
        EndPoint any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        while (!_closed)
        {
            try
            {
                var received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, any);
                _inbox.Add(
                    new SipFlow(SipTransport.Udp, Plain((IPEndPoint)received.RemoteEndPoint)),
                    buffer.AsSpan(0, received.ReceivedBytes).ToArray()
                );
            }
            catch (SocketException exception) when (exception.SocketErrorCode != SocketError.OperationAborted)
            {
                // What ICMP reports about earlier sends is no reason to stop reading.
            }
            catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AcceptAsync(Socket listener, SipTransport transport)
    {
        while (true)
        {
            try
            {
                var socket = await listener.AcceptAsync();
                LoudTask.Forget(ServeAsync(socket, transport));
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

    private async Task ServeAsync(Socket socket, SipTransport transport)
    {
        if (TryAdmit(socket, transport) is not { } connection)
        {
            Interlocked.Increment(ref _refused);
            socket.Dispose();
            return;
        }

        await CarryAsync(
            connection,
            async () =>
            {
                var stream = new NetworkStream(socket, ownsSocket: true);
                if (transport == SipTransport.Tcp)
                {
                    return stream;
                }

                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = _options.Certificate });
                return tls;
            }
        );
    }

    private SipConnection? TryAdmit(Socket socket, SipTransport transport)
    {
        try
        {
            socket.NoDelay = true;
            var remote = Plain((IPEndPoint)socket.RemoteEndPoint!);
            var ofAddress = _connections.Values.Count(connection => connection.Flow.Remote.Address.Equals(remote.Address));
            return _closed || _connections.Count >= _options.MaxConnections || ofAddress >= _options.MaxConnectionsPerAddress
                ? null
                : Add(new SipFlow(transport, remote), socket);
        }
        catch (SocketException)
        {
            return null; // gone already
        }
    }

    private Task ConnectAsync(SipConnection connection, Socket socket) =>
        CarryAsync(
            connection,
            async () =>
            {
                using var limit = new CancellationTokenSource(_options.OpeningTimeout);
                await socket.ConnectAsync(connection.Flow.Remote, limit.Token);
                var stream = new NetworkStream(socket, ownsSocket: true);
                if (connection.Flow.Transport == SipTransport.Tcp)
                {
                    return stream;
                }

                var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(ClientOptionsFor(connection.Flow.Remote), limit.Token);
                return tls;
            }
        );

    private SslClientAuthenticationOptions ClientOptionsFor(IPEndPoint remote)
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = _serverNames.GetValueOrDefault(remote) ?? remote.Address.ToString(),
        };
        if (!_options.VerifiesServers)
        {
#pragma warning disable CA5359 // The operator asked for this, for a PBX with a certificate of its own making.
            options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }

        return options;
    }

    /// <summary>From the opening of a connection to its end, of which the agent hears in any case.</summary>
    private async Task CarryAsync(SipConnection connection, Func<Task<Stream>> open)
    {
        try
        {
            await connection.RunAsync(await open());
        }
        catch (Exception exception)
            when (exception
                    is IOException
                        or SocketException
                        or AuthenticationException
                        or OperationCanceledException
                        or ObjectDisposedException
            )
        {
            // It did not come about; what waited for it is told so below.
        }
        finally
        {
            _connections.TryRemove(connection.Flow.Connection, out _);
            connection.Dispose();
        }

        await _inbox.AddFailureAsync(connection.Flow);
        await _inbox.AddFailureAsync(connection.Flow with { Connection = 0 });
    }

    private void Sweep()
    {
        var now = _clock.Now;
        foreach (var connection in _connections.Values)
        {
            var silent = now - connection.LastHeard > _options.IdleTimeout;
            var nothing = !connection.HeardMessage && now - connection.Opened > _options.OpeningTimeout;
            if (silent || nothing)
            {
                connection.Dispose();
            }
        }
    }

    private static IPEndPoint Plain(IPEndPoint endPoint) =>
        endPoint.Address.IsIPv4MappedToIPv6 ? new IPEndPoint(endPoint.Address.MapToIPv4(), endPoint.Port) : endPoint;
}
