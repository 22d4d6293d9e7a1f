using System.Net;
using System.Net.Sockets;

namespace Mcu.Transport.Sip;

/// <summary>Which of this machine's addresses somebody sees.</summary>
public static class LocalAddresses
{
    /// <summary>Our address on the way to another; loopback where there is no way.</summary>
    public static IPAddress Towards(IPAddress remote)
    {
        ArgumentNullException.ThrowIfNull(remote);
        using var probe = new Socket(remote.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            probe.Connect(remote, 9); // sends nothing, but chooses the way
            return ((IPEndPoint)probe.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return IPAddress.Loopback;
        }
    }
}
