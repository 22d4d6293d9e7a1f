using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Mcu.Media.Network;
using Mcu.Transport.Interop;

namespace Mcu.Transport;

/// <summary>Counters of a <see cref="UdpPort"/>.</summary>
/// <param name="Received">Datagrams handed to the router.</param>
/// <param name="Sent">Datagrams the kernel took.</param>
/// <param name="SendDropped">Datagrams lost because the kernel's queue was full or there was no route.</param>
/// <param name="TooLong">Datagrams received that were longer than any we know, dropped.</param>
public readonly record struct UdpPortStatistics(long Received, long Sent, long SendDropped, long TooLong);

/// <summary>One UDP socket with its receiving thread. Sending may happen from any thread and never waits.</summary>
public sealed class UdpPort : IDisposable
{
    private const int SlotBytes = 2048;
    private const int Nice = -10;
    private const int TimerSlackNanoseconds = 10_000;

    /// <summary>
    /// After it has read what there was, the receiving thread waits so long before it looks again: waking up for each of thousands of datagrams a second
    /// would cost more than handling them, and this is nothing beside a tick. The first after a silence is read at once, and when each arrived
    /// is the kernel's word.
    /// </summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // given
    private readonly MediaClock _clock;
    private readonly IDatagramRouter _router;

    // owned
    private readonly UdpHandle _socket;
    private readonly Thread _receiver;
    private readonly byte[] _slab = GC.AllocateUninitializedArray<byte>(UdpNative.MaxBatch * SlotBytes, pinned: true);

    // state
    private long _received;
    private long _sent;
    private long _sendDropped;
    private long _tooLong;
    private volatile bool _stopping;

    /// <summary>Binds and starts to receive.</summary>
    /// <remarks>Port 0 takes any free one; IPv6Any takes IPv4 too, and becomes IPv4 alone on hosts without IPv6. The kernel may give less buffer than asked for.</remarks>
    /// <exception cref="SocketException">The address or port cannot be had.</exception>
    public UdpPort(IPEndPoint local, MediaClock clock, IDatagramRouter router, int bufferBytes = 4 * 1024 * 1024)
    {
        ArgumentNullException.ThrowIfNull(local);
        _clock = clock;
        _router = router;
        var address = local.Address;
        var socket = TryOpen(address, local.Port, bufferBytes, out var error);
        if (socket is null && address.Equals(IPAddress.IPv6Any) && error == Errno.AddressFamilyNotSupported)
        {
            address = IPAddress.Any;
            socket = TryOpen(address, local.Port, bufferBytes, out error);
        }

        _socket = socket ?? throw new SocketException(Errno.ToSocketError(error), $"UDP {local}: {new Win32Exception(error).Message}");
        LocalEndPoint = new IPEndPoint(address, UdpNative.Port(_socket));
        _receiver = new Thread(Receive) { Name = $"udp-{LocalEndPoint.Port}", IsBackground = true };
        _receiver.Start();
    }

    public IPEndPoint LocalEndPoint { get; }

    public UdpPortStatistics Statistics =>
        new(Volatile.Read(ref _received), Volatile.Read(ref _sent), Volatile.Read(ref _sendDropped), Volatile.Read(ref _tooLong));

    /// <summary>Sends the UDP datagrams of a batch and leaves the others, those of <see cref="CallPorts"/> among them; what the kernel has no room for is lost. The batch stays as it is.</summary>
    public void Send(DatagramBatch batch)
    {
        ArgumentNullException.ThrowIfNull(batch);
        Span<NativeDatagram> items = stackalloc NativeDatagram[UdpNative.MaxBatch];
        var count = 0;
        foreach (ref readonly var entry in batch.Entries)
        {
            if (entry.Path.Transport != PathTransport.Udp || entry.Path.Connection != 0)
            {
                continue;
            }

            items[count++] = new NativeDatagram
            {
                AddressHigh = entry.Path.AddressHigh,
                AddressLow = entry.Path.AddressLow,
                Port = entry.Path.Port,
                Offset = entry.Offset,
                Length = entry.Length,
            };
            if (count == items.Length)
            {
                Send(batch.Slab, items);
                count = 0;
            }
        }

        Send(batch.Slab, items[..count]);
    }

    /// <summary>Ends the receiving thread and closes the socket. Not to be called from the router.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        UdpNative.Interrupt(_socket);
        _receiver.Join();
        _socket.Dispose();
    }

    private void Send(byte[] slab, ReadOnlySpan<NativeDatagram> items)
    {
        if (items.IsEmpty)
        {
            return;
        }

        var sent = UdpNative.SendBatch(
            _socket,
            ref MemoryMarshal.GetArrayDataReference(slab),
            ref MemoryMarshal.GetReference(items),
            items.Length
        );
        Interlocked.Add(ref _sent, sent);
        Interlocked.Add(ref _sendDropped, items.Length - sent);
    }

    private void Receive()
    {
        // As urgent as the lanes it feeds; where that is not allowed, as urgent as the rest of the process.
        _ = ThreadNative.SetNice(Nice);
        _ = ThreadNative.SetTimerSlack(TimerSlackNanoseconds);
        using var gate = new Gate();
        var items = new NativeDatagram[UdpNative.MaxBatch];
        while (true)
        {
            var count = UdpNative.ReceiveBatch(_socket, ref _slab[0], SlotBytes, ref items[0], items.Length);
            if (_stopping)
            {
                return;
            }

            if (count < 0)
            {
                throw new SocketException(
                    Errno.ToSocketError(-count),
                    $"Receiving on UDP {LocalEndPoint}: {new Win32Exception(-count).Message}"
                );
            }

            var now = _clock.Now;
            foreach (ref readonly var item in items.AsSpan(0, count))
            {
                if (item.Length < 0)
                {
                    _tooLong++;
                    continue;
                }

                _received++;
                var path = new NetworkPath(item.AddressHigh, item.AddressLow, item.Port, PathTransport.Udp, 0);
                var age = new TimeSpan(item.AgeNanoseconds / TimeSpan.NanosecondsPerTick);
                _router.Route(_slab.AsSpan(item.Offset, item.Length), path, now - age);
            }

            if (count < items.Length)
            {
                gate.Wait(now + Pause);
            }
        }
    }

    private static UdpHandle? TryOpen(IPAddress address, int port, int bufferBytes, out int error)
    {
        var path = NetworkPath.Udp(new IPEndPoint(address, port));
        return UdpHandle.TryOpen(path.AddressHigh, path.AddressLow, port, bufferBytes, out error);
    }
}

/// <summary>The few error numbers of Linux that callers tell apart.</summary>
internal static class Errno
{
    public const int AddressFamilyNotSupported = 97;

    public static int ToSocketError(int errno) =>
        (int)(
            errno switch
            {
                13 => SocketError.AccessDenied,
                AddressFamilyNotSupported => SocketError.AddressFamilyNotSupported,
                98 => SocketError.AddressAlreadyInUse,
                99 => SocketError.AddressNotAvailable,
                _ => SocketError.SocketError,
            }
        );
}
