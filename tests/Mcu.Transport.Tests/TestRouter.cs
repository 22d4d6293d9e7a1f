using System.Collections.Concurrent;
using Mcu.Media;
using Mcu.Media.Network;
using Mcu.WebRtc.Stun;
using Shouldly;

namespace Mcu.Transport.Tests;

/// <summary>A router and inbox that keeps what it is given, for a test to wait for.</summary>
internal sealed class TestRouter : IDatagramRouter, IDatagramInbox
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    private readonly BlockingCollection<(byte[] Bytes, NetworkPath Path)> _received = [];

    public int Count => _received.Count;

    public void Route(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival) => _received.Add((datagram.ToArray(), path));

    public void Enqueue(ReadOnlySpan<byte> datagram, in NetworkPath path, MediaTime arrival) => Route(datagram, path, arrival);

    public (byte[] Bytes, NetworkPath Path) Next()
    {
        _received.TryTake(out var datagram, s_patience).ShouldBeTrue("nothing came");
        return datagram;
    }
}

internal static class TestStun
{
    /// <summary>A binding request for a local ufrag.</summary>
    public static byte[] Request(string ufrag)
    {
        var buffer = new byte[256];
        var writer = new StunWriter(buffer, StunClass.Request, new byte[12]);
        writer.AddUsername(System.Text.Encoding.ASCII.GetBytes(ufrag), "peer"u8);
        return buffer[..writer.Finish("0123456789abcdefghijkl"u8)];
    }
}
