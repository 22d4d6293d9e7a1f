using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;

namespace Mcu.Transport;

/// <summary>One accepted ICE-TCP connection: reads frames until it ends, and writes what fits into its bounded queue.</summary>
internal sealed class TcpConnection : IDisposable
{
    private const int QueueBytes = 128 * 1024;
    private const int PrefixLength = 2;

    // given
    private readonly Socket _socket;
    private readonly MediaClock _clock;
    private readonly IDatagramRouter _router;

    // owned
    private readonly Lock _lock = new();
    private readonly FrameReader _frames = new();

    // state, under the lock
    private byte[]? _filling;
    private byte[]? _spare;
    private int _filled;
    private bool _writing;

    private long _lastHeard;
    private volatile bool _heardStun;

    public TcpConnection(Socket socket, uint id, MediaClock clock, IDatagramRouter router)
    {
        _socket = socket;
        _clock = clock;
        _router = router;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
        Path = NetworkPath.Tcp(Remote, id);
        Opened = clock.Now;
        _lastHeard = Opened.Ticks;
    }

    public IPEndPoint Remote { get; }

    public NetworkPath Path { get; }

    public MediaTime Opened { get; }

    public MediaTime LastHeard => new(Volatile.Read(ref _lastHeard));

    /// <summary>Its first frame was STUN, as it must be (RFC 6544 section 4.1).</summary>
    public bool HeardStun => _heardStun;

    /// <summary>Reads until the peer closes, breaks the framing, begins with something other than STUN, or <see cref="Dispose"/>.</summary>
    public async Task ReceiveAsync()
    {
        try
        {
            while (await _socket.ReceiveAsync(_frames.Free, SocketFlags.None) is var count && count > 0)
            {
                _frames.Advance(count);
                if (!RouteFrames())
                {
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The connection is gone, which is all there is to know; its owner counts it.
        }
    }

    /// <summary>Queues one datagram; false where the peer reads too slowly and it is lost.</summary>
    public bool TrySend(ReadOnlySpan<byte> datagram)
    {
        lock (_lock)
        {
            _filling ??= GC.AllocateUninitializedArray<byte>(QueueBytes, pinned: true);
            if (_filled + PrefixLength + datagram.Length > QueueBytes)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt16BigEndian(_filling.AsSpan(_filled), (ushort)datagram.Length);
            datagram.CopyTo(_filling.AsSpan(_filled + PrefixLength));
            _filled += PrefixLength + datagram.Length;
            return true;
        }
    }

    /// <summary>Starts to write what was queued, unless that is under way.</summary>
    public void Flush()
    {
        lock (_lock)
        {
            if (_writing || _filled == 0)
            {
                return;
            }

            _writing = true;
        }

        _ = WriteAsync();
    }

    public void Dispose() => _socket.Dispose();

    private bool RouteFrames()
    {
        var now = _clock.Now;
        Volatile.Write(ref _lastHeard, now.Ticks);
        while (_frames.TryRead(out var frame))
        {
            if (!_heardStun && !StunMessage.TryParse(frame, out _))
            {
                return false;
            }

            _heardStun = true;
            _router.Route(frame, Path, now);
        }

        return !_frames.IsBroken;
    }

    private async Task WriteAsync()
    {
        try
        {
            while (TakeFilled(out var bytes))
            {
                while (!bytes.IsEmpty)
                {
                    bytes = bytes[await _socket.SendAsync(bytes, SocketFlags.None)..];
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The reading side sees the same end and reports it.
            Dispose();
        }
    }

    /// <summary>Swaps the two buffers: one is written while the other is filled.</summary>
    private bool TakeFilled(out ReadOnlyMemory<byte> bytes)
    {
        lock (_lock)
        {
            bytes = _filling.AsMemory(0, _filled);
            _writing = _filled > 0;
            if (_writing)
            {
                (_filling, _spare) = (_spare, _filling);
                _filled = 0;
            }

            return _writing;
        }
    }
}
