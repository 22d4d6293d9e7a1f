using System.Net;
using System.Net.Sockets;
using Mcu.Media.Network;

namespace Mcu.Transport;

/// <summary>What a <see cref="MediaPort"/> binds to.</summary>
public sealed record MediaPortOptions
{
    /// <summary>IPv6Any takes IPv4 too, and becomes IPv4 alone on hosts without IPv6.</summary>
    public IPAddress Address { get; init; } = IPAddress.IPv6Any;

    /// <summary>0 takes any port that is free for both UDP and TCP.</summary>
    public int Port { get; init; }

    /// <summary>Asked of the kernel for each direction of the UDP socket.</summary>
    public int UdpBufferBytes { get; init; } = 4 * 1024 * 1024;

    public TcpPortOptions Tcp { get; init; } = new();
}

/// <summary>The one port that carries all media: UDP, and TCP on the same number.</summary>
public sealed class MediaPort : IDisposable
{
    private const int Attempts = 16;

    private readonly UdpPort _udp;
    private readonly TcpPort _tcp;

    private MediaPort(UdpPort udp, TcpPort tcp)
    {
        _udp = udp;
        _tcp = tcp;
    }

    public IPEndPoint LocalEndPoint => _udp.LocalEndPoint;

    public UdpPortStatistics Udp => _udp.Statistics;

    public TcpPortStatistics Tcp => _tcp.Statistics;

    /// <summary>Binds both sockets and starts to receive.</summary>
    /// <exception cref="SocketException">The address or port cannot be had; the message names it.</exception>
    public static MediaPort Open(MediaPortOptions options, MediaClock clock, IDatagramRouter router)
    {
        ArgumentNullException.ThrowIfNull(options);
        for (var attempt = 1; ; attempt++)
        {
            var udp = new UdpPort(new IPEndPoint(options.Address, options.Port), clock, router, options.UdpBufferBytes);
            try
            {
                return new MediaPort(udp, new TcpPort(udp.LocalEndPoint, clock, router, options.Tcp));
            }
            catch (SocketException exception)
            {
                var local = udp.LocalEndPoint;
                udp.Dispose();
                // A port that was given to us for UDP may be taken for TCP: ask for another.
                if (options.Port != 0 || attempt == Attempts)
                {
                    throw new SocketException(exception.ErrorCode, $"TCP {local}: {exception.Message}");
                }
            }
        }
    }

    /// <summary>Sends each datagram of a batch over its path's transport. Any thread; never waits; the batch stays as it is.</summary>
    public void Send(DatagramBatch batch)
    {
        _udp.Send(batch);
        _tcp.Send(batch);
    }

    public void Dispose()
    {
        _tcp.Dispose();
        _udp.Dispose();
    }
}
