using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Mcu.Media.Network;

public enum PathTransport : byte
{
    Udp,
    Tcp,
}

/// <summary>
/// Where a datagram came from or goes to: the remote address and port, and for TCP the connection. A value without references,
/// so that comparing and storing it costs nothing. IPv4 addresses are kept in their IPv4-mapped IPv6 form.
/// </summary>
public readonly record struct NetworkPath(ulong AddressHigh, ulong AddressLow, ushort Port, PathTransport Transport, uint Connection)
{
    private const ulong Ipv4MappedPrefix = 0x0000_FFFF_0000_0000;

    public bool IsIpv4 => AddressHigh == 0 && (AddressLow & 0xFFFF_FFFF_0000_0000) == Ipv4MappedPrefix;

    public static NetworkPath Udp(IPEndPoint remote) => From(remote, PathTransport.Udp, 0);

    public static NetworkPath Tcp(IPEndPoint remote, uint connection) => From(remote, PathTransport.Tcp, connection);

    public static NetworkPath UdpIpv4(uint address, ushort port) => new(0, Ipv4MappedPrefix | address, port, PathTransport.Udp, 0);

    public IPEndPoint ToEndPoint()
    {
        if (IsIpv4)
        {
            return new IPEndPoint(BinaryPrimitives.ReverseEndianness((uint)AddressLow), Port);
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, AddressHigh);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], AddressLow);
        return new IPEndPoint(new IPAddress(bytes), Port);
    }

    public override string ToString() => $"{(Transport == PathTransport.Udp ? "udp" : "tcp")}:{ToEndPoint()}";

    private static NetworkPath From(IPEndPoint remote, PathTransport transport, uint connection)
    {
        ArgumentNullException.ThrowIfNull(remote);
        Span<byte> bytes = stackalloc byte[16];
        var address = remote.AddressFamily == AddressFamily.InterNetwork ? remote.Address.MapToIPv6() : remote.Address;
        address.TryWriteBytes(bytes, out _);
        return new NetworkPath(
            BinaryPrimitives.ReadUInt64BigEndian(bytes),
            BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]),
            (ushort)remote.Port,
            transport,
            connection
        );
    }
}
