using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mcu.Media.Network;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>What <see cref="CallPorts"/> takes its ports from.</summary>
public sealed record CallPortOptions
{
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The first port, even: RTP has the even ones, RTCP the odd ones above them (RFC 3550 section 11).</summary>
    public int FirstPort { get; init; } = 10_000;

    /// <summary>The last port, odd.</summary>
    public int LastPort { get; init; } = 11_999;
}

/// <summary>Counters of <see cref="CallPorts"/>.</summary>
/// <param name="Open">Pairs of ports in use.</param>
/// <param name="Received">Datagrams handed to calls.</param>
/// <param name="SendDropped">Datagrams that the kernel had no room or no route for, or whose call was over.</param>
public readonly record struct CallPortStatistics(int Open, long Received, long SendDropped);

/// <summary>
/// Ports for calls whose media is plain RTP: a pair of sockets for each call, since nothing but the port tells whose a datagram is
/// before anything is known of its sender. One thread reads them all. A datagram's path names its socket in
/// <see cref="NetworkPath.Connection"/>, both ways.
/// </summary>
public sealed class CallPorts : IDisposable
{
    private const int SlotBytes = 2048;
    private const int SlotsPerRead = 16;
    private const int BufferBytes = 128 * 1024;
    private const int Nice = -10;

    /// <inheritdoc cref="UdpPort"/>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // given
    private readonly CallPortOptions _options;
    private readonly MediaClock _clock;

    // owned
    private readonly UdpSetHandle _set = UdpSetHandle.Open();
    private readonly ConcurrentDictionary<uint, CallSocket> _sockets = new();
    private readonly Thread _receiver;
    private readonly byte[] _slab = GC.AllocateUninitializedArray<byte>(SlotsPerRead * SlotBytes, pinned: true);

    // state
    private readonly Lock _gate = new();
    private int _nextPort;
    private uint _lastId;
    private long _received;
    private long _sendDropped;
    private volatile bool _stopping;

    /// <exception cref="ArgumentException">The range holds no pair of ports.</exception>
    public CallPorts(CallPortOptions options, MediaClock clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.FirstPort % 2 != 0 || options.LastPort <= options.FirstPort || options.LastPort > ushort.MaxValue)
        {
            throw new ArgumentException(
                "Ports of calls begin with an even one, and end with a later one of at most 65535.",
                nameof(options)
            );
        }

        _options = options;
        _clock = clock;
        _nextPort = options.FirstPort;
        _receiver = new Thread(Receive) { Name = "udp-calls", IsBackground = true };
        _receiver.Start();
    }

    public IPAddress Address => _options.Address;

    public CallPortStatistics Statistics => new(_sockets.Count / 2, Volatile.Read(ref _received), Volatile.Read(ref _sendDropped));

    /// <summary>Opens a pair of ports for a call; null where none is free. What comes to them goes to the inbox.</summary>
    public CallPort? TryOpen(IDatagramInbox inbox)
    {
        ArgumentNullException.ThrowIfNull(inbox);
        lock (_gate)
        {
            var pairs = (_options.LastPort - _options.FirstPort + 1) / 2;
            for (var attempt = 0; attempt < pairs && !_stopping; attempt++)
            {
                var port = _nextPort;
                // The port that was free for longest comes next: late packets of a call that is over meet nobody.
                _nextPort = port + 3 > _options.LastPort ? _options.FirstPort : port + 2;
                if (TryOpenPair(port, inbox) is { } opened)
                {
                    return opened;
                }
            }

            return null;
        }
    }

    /// <summary>Sends the datagrams of a batch that go out from ports of calls, and leaves the others. Never waits; any thread.</summary>
    public void Send(DatagramBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        foreach (ref readonly var entry in batch.Entries)
        {
            if (entry.Path.Transport != PathTransport.Udp || entry.Path.Connection == 0)
            {
                continue;
            }

            var item = new NativeDatagram
            {
                AddressHigh = entry.Path.AddressHigh,
                AddressLow = entry.Path.AddressLow,
                Port = entry.Path.Port,
                Offset = entry.Offset,
                Length = entry.Length,
            };
            if (!_sockets.TryGetValue(entry.Path.Connection, out var socket) || !socket.Send(batch.Slab, item))
            {
                Interlocked.Increment(ref _sendDropped);
            }
        }
    }

    /// <summary>Closes all ports. Not to be called from an inbox.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        UdpNative.InterruptSet(_set);
        _receiver.Join();
        foreach (var socket in _sockets.Values)
        {
            socket.Dispose();
        }

        _sockets.Clear();
        _set.Dispose();
    }

    internal void Close(uint id)
    {
        if (_sockets.TryRemove(id, out var socket))
        {
            socket.Dispose();
        }
    }

    private CallPort? TryOpenPair(int port, IDatagramInbox inbox)
    {
        if (TryOpenSocket(port, inbox) is not { } rtp)
        {
            return null;
        }

        if (TryOpenSocket(port + 1, inbox) is not { } rtcp)
        {
            Close(rtp);
            return null;
        }

        return new CallPort(this, port, rtp, rtcp);
    }

    private uint? TryOpenSocket(int port, IDatagramInbox inbox)
    {
        var path = NetworkPath.Udp(new IPEndPoint(_options.Address, port));
        if (UdpHandle.TryOpen(path.AddressHigh, path.AddressLow, port, BufferBytes, out _) is not { } handle)
        {
            return null;
        }

        var id = ++_lastId == 0 ? ++_lastId : _lastId;
        _sockets[id] = new CallSocket(handle, inbox);
        if (UdpNative.AddToSet(_set, handle, id) == 0)
        {
            return id;
        }

        Close(id);
        return null;
    }

    private void Receive()
    {
        // As urgent as the lanes it feeds; where that is not allowed, as urgent as the rest of the process.
        _ = ThreadNative.SetNice(Nice);
        using var gate = new Gate();
        var ids = new uint[UdpNative.MaxBatch];
        var items = new NativeDatagram[SlotsPerRead];
        while (true)
        {
            var ready = UdpNative.WaitForSet(_set, ref ids[0], ids.Length);
            if (_stopping)
            {
                return;
            }

            if (ready < 0)
            {
                throw new SocketException(Errno.ToSocketError(-ready), $"Waiting for ports of calls: {new Win32Exception(-ready).Message}");
            }

            var now = _clock.Now;
            foreach (var id in ids.AsSpan(0, ready))
            {
                if (_sockets.TryGetValue(id, out var socket))
                {
                    Interlocked.Add(ref _received, socket.Read(id, _slab, SlotBytes, items, now));
                }
            }

            if (ready < ids.Length)
            {
                gate.Wait(now + Pause);
            }
        }
    }

    /// <summary>One socket and whom it belongs to. The lock keeps it from being closed while it is used.</summary>
    private sealed class CallSocket(UdpHandle handle, IDatagramInbox inbox) : IDisposable
    {
        private readonly Lock _lock = new();
        private bool _closed;

        /// <summary>Hands over what there is, up to a bound; what is left is found at the next turn.</summary>
        public int Read(uint id, byte[] slab, int slotBytes, NativeDatagram[] items, Media.MediaTime now)
        {
            lock (_lock)
            {
                var count = _closed ? 0 : UdpNative.ReceiveReady(handle, ref slab[0], slotBytes, ref items[0], items.Length);
                var handed = 0;
                for (var i = 0; i < count; i++)
                {
                    ref readonly var item = ref items[i];
                    if (item.Length < 0)
                    {
                        continue; // longer than any we know
                    }

                    var path = new NetworkPath(item.AddressHigh, item.AddressLow, item.Port, PathTransport.Udp, id);
                    var age = new TimeSpan(item.AgeNanoseconds / TimeSpan.NanosecondsPerTick);
                    inbox.Enqueue(slab.AsSpan(item.Offset, item.Length), path, now - age);
                    handed++;
                }

                return handed;
            }
        }

        public bool Send(byte[] slab, in NativeDatagram item)
        {
            lock (_lock)
            {
                return !_closed && UdpNative.SendBatch(handle, ref MemoryMarshal.GetArrayDataReference(slab), in item, 1) == 1;
            }
        }

        public void Dispose()
        {
            lock (_lock)
            {
                _closed = true;
                handle.Dispose();
            }
        }
    }
}

/// <summary>The two ports of one call.</summary>
public sealed class CallPort : IDisposable
{
    private readonly CallPorts _ports;

    internal CallPort(CallPorts ports, int rtpPort, uint rtp, uint rtcp)
    {
        _ports = ports;
        RtpPort = rtpPort;
        Rtp = rtp;
        Rtcp = rtcp;
    }

    /// <summary>The even one; RTCP has the next.</summary>
    public int RtpPort { get; }

    /// <summary>What paths of RTP have as their <see cref="NetworkPath.Connection"/>.</summary>
    public uint Rtp { get; }

    /// <summary>The same of RTCP.</summary>
    public uint Rtcp { get; }

    /// <summary>Nothing comes any more once this has returned; not to be called from the inbox.</summary>
    public void Dispose()
    {
        _ports.Close(Rtp);
        _ports.Close(Rtcp);
    }
}
